"""Places, access and the tail: the rules that a stream keeps, without a socket."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from service import clock
from service.events import Recorded
from service.http import Caller
from service.http.live import Access, Topic, event
from service.http.live.tail import Recent, Tail
from service.http.live.topics import Event, Follower

ROLES = ("barista", "manager")


def a_topic(**more: Any) -> Topic:
    """Return a topic that tells nothing by itself."""
    nothing: dict[str, Any] = {"concerns": lambda _: None, "tell": lambda *_: {}, "catch_up": lambda *_: {}}
    return Topic(name="thing", **{**nothing, "in_order": True, **more})


def a_caller(**roles: Any) -> Caller:
    """Return someone."""
    return Caller(person_id=uuid4(), session_id=uuid4(), is_guest=False, **roles)


def facts(*seqs: int, seconds: int = 0) -> list[Recorded]:
    """Return facts with these sequences."""
    at = clock.now() + timedelta(seconds=seconds)
    return [Recorded(seq, "Happened", "thing", uuid4(), {}, at) for seq in seqs]


@given(st.lists(st.integers(1, 30), max_size=40), st.integers(0, 30))
@settings(max_examples=50)
def test_a_follower_in_order_is_told_each_place_once_and_upwards(seqs: list[int], after: int) -> None:
    follower = Follower(a_topic(), Access(), after=after)
    told = [int(text.split(b"\n")[0][4:]) for text in follower.take(event("x", {}, seq=seq) for seq in seqs)]

    assert told == sorted(set(told))
    assert all(seq > after for seq in told)
    assert follower.seq == max([after, *seqs])


def test_nothing_is_told_after_the_end() -> None:
    follower = Follower(a_topic(), Access(), after=None)

    assert len(follower.take([event("x", {}, seq=1, ends=True), event("x", {}, seq=2)])) == 1
    assert follower.take([event("x", {}, seq=3)]) == []


def test_staff_of_the_store_that_an_order_left_are_not_told_where_it_went() -> None:
    here, there = uuid4(), uuid4()
    follower = Follower(a_topic(), Access(owner_id=uuid4(), store_id=here, roles=ROLES), after=None)
    follower.caller = a_caller(roles={here: "barista"})

    assert follower.take([event("x", {}, seq=1, store_id=there)]) == []
    assert follower.has_ended


def test_its_owner_is() -> None:
    caller = a_caller()
    follower = Follower(a_topic(), Access(owner_id=caller.person_id, store_id=uuid4(), roles=ROLES), after=None)
    follower.caller = caller

    assert len(follower.take([event("x", {}, seq=1, store_id=uuid4())])) == 1


def test_who_may_follow() -> None:
    store_id = uuid4()
    queue = Access(store_id=store_id, roles=ROLES)

    assert queue.allows(a_caller(roles={store_id: "barista"}))
    assert queue.allows(a_caller(is_operator=True))
    assert not queue.allows(a_caller(roles={store_id: "front_desk"}))
    assert not queue.allows(a_caller(roles={uuid4(): "barista"}))
    assert not queue.allows(a_caller())
    assert not queue.allows(None)
    assert not Access(owner_id=uuid4()).allows(a_caller())
    assert Access(grant_id=uuid4()).allows(None)


def test_who_comes_back_is_told_also_what_may_have_appeared_late() -> None:
    recent = Recent()
    recent.add(facts(1, seconds=-100) + facts(2, seconds=-10) + facts(4, 3, 5))

    assert [fact.seq for fact in recent.since(4) or ()] == [2, 3, 5]
    assert recent.since(9) is None


def test_numbers_passed_over_are_awaited_and_no_more_than_so_many() -> None:
    tail = Tail()
    tail.have_seen(facts(1, 3, 6))
    assert set(tail._awaited) == {2, 4, 5}

    tail.have_seen(facts(4, 5_000))

    assert tail.head == 5_000
    assert 4 not in tail._awaited
    assert len(tail._awaited) == 1_000


def test_news_are_made_for_what_is_followed_only() -> None:
    followed, other = uuid4(), uuid4()
    asked: list[set[UUID]] = []

    def tell(_: Any, by_key: Any) -> dict[UUID, list[Event]]:
        asked.append(set(by_key))
        return {key: [event("x", {})] for key in by_key}

    topic = a_topic(concerns=lambda fact: fact.subject_id, tell=tell)
    happened = [Recorded(seq, "Happened", "thing", key, {}, clock.now()) for seq, key in ((1, followed), (2, other))]

    assert list(topic.news(SimpleNamespace(), happened, followed.__eq__)) == [followed]  # type: ignore[arg-type]
    assert topic.news(SimpleNamespace(), happened, lambda _: False) == {}  # type: ignore[arg-type]
    assert asked == [{followed}]


def test_who_is_told_all_there_is_hears_it_once_until_it_changes() -> None:
    first, other = event("board", {"ready": []}), event("board", {"ready": ["BCDF"]})
    follower = Follower(a_topic(in_order=False, is_whole=True), Access(grant_id=uuid4()), after=None)

    told = [follower.take([each]) for each in (first, first, other, other, first)]

    assert told == [[first.text], [], [other.text], [], [first.text]]
    assert follower.take([event("ticket", {})]) != []


def test_control_of_other_topics_every_event_is_told() -> None:
    follower = Follower(a_topic(in_order=False), Access(grant_id=uuid4()), after=None)

    assert [len(follower.take([event("check", {})])) for _ in range(2)] == [1, 1]
