"""Walk-ins in the queue: tickets of their own kind, bumped, recalled and undone like the others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from service import clock
from service.http.edge import Edge
from service.menu.models import StockCount
from service.orders.models import CapacitySlot, WalkIn
from service.orders.rules.states import WALK_IN_ENDED, State
from service.pickup import queries
from service.pickup.models import WalkInBump
from service.pickup.rules import rows as row_rules
from service.pickup.rules import walk_in as walk_in_rules
from tests.orders.test_races import THREADS, all_at_once

from .counter import Counter, states
from .test_queue_plans import connected, plan_of
from .test_walk_ins import register


def walk_in(counter: Counter, *lines: dict[str, Any], **body: Any) -> dict[str, Any]:
    """Register a walk-in of a flat white and a croissant, unless told otherwise; return the answer."""
    shop = counter.shop
    answer = register(
        counter, **{"work_seconds": {}, "lines": list(lines) or [shop.line(), shop.line(shop.croissant)]} | body
    )
    assert answer.status_code == 201, answer.text
    registered: dict[str, Any] = answer.json
    return registered


def ticket(counter: Counter, walk_in_id: str) -> dict[str, Any] | None:
    """Return the walk-in's ticket, None where the queue doesn't show it."""
    return next((each for each in counter.tickets() if each["walk_in_id"] == walk_in_id), None)


def touch(counter: Counter, kind: str, walk_in_id: str, **what: Any) -> Any:
    """Bump, start or recall (something of) a walk-in as the barista."""
    return counter.shop.app.test_client().post(
        f"{counter.path}/{kind}s",
        json={"walk_in_id": walk_in_id, **what},
        headers=counter.barista | {"Idempotency-Key": str(uuid4())},
    )


def cancel(counter: Counter, walk_in_id: str) -> int:
    """Cancel a walk-in; return the answer's status."""
    path = f"{counter.path}/walk-ins/{walk_in_id}"
    return int(counter.shop.client.delete(path, headers=counter.barista).status_code)


def claimed_seconds(counter: Counter) -> int:
    """Return the seconds that are claimed at the store."""
    with counter.shop.app.database.reading() as session:
        return int(session.scalar(sa.select(sa.func.coalesce(sa.func.sum(CapacitySlot.claimed_seconds), 0))) or 0)


# ---- what it shows


def test_it_is_a_ticket_of_its_own_kind_with_what_to_make(counter: Counter) -> None:
    shop = counter.shop
    line = shop.line(quantity=2, note="extra hot", modifiers=[{"option_id": str(shop.oat)}])

    registered = walk_in(counter, line, label="Blue scarf")

    shown = ticket(counter, registered["id"])
    assert shown == registered["ticket"]
    assert shown is not None
    assert (shown["kind"], shown["order_id"], shown["code"], shown["alias"]) == ("walk_in", None, None, "Blue scarf")
    assert (shown["state"], shown["to_pay"], shown["void"]) == ("fired", None, None)
    assert (shown["fired_at"], shown["due_at"]) == (registered["registered_at"], registered["expected_at"])
    (drink,) = shown["lines"]
    assert (drink["quantity"], drink["item"]["name"], drink["note"]) == (2, "Flat white", "extra hot")
    assert [(each["name"], each["is_chosen"]) for each in drink["modifiers"]] == [("Oat drink", True)]
    assert registered["work"] == {"bar": 120}


def test_it_stands_among_the_orders_by_the_instant_to_start_on_it(counter: Counter) -> None:
    early = counter.fired()
    later = counter.shop.placed(pickup={"at": counter.shop.client.get(
        f"{counter.path}/pickup-times?hours=4").json["data"][-1]["window_starts_at"]})  # fmt: skip
    assert counter.shop.move(later["id"], "fired").status_code == 200

    registered = walk_in(counter)

    shown = counter.tickets()
    assert [each["fire_at"] for each in shown] == sorted(each["fire_at"] for each in shown)
    ids = [each["order_id"] or each["walk_in_id"] for each in shown]
    assert ids.index(registered["id"]) < ids.index(later["id"])
    assert early["id"] in ids


def test_what_is_not_on_the_menu_is_a_line_of_its_own(counter: Counter) -> None:
    registered = walk_in(counter, counter.shop.line(), work_seconds={"oven": 45})
    only = walk_in(counter, lines=[], work_seconds={"bar": 30, "cold": 20})

    shown = registered["ticket"]["lines"]
    assert [line["item"] and line["item"]["name"] for line in shown] == ["Flat white", None]
    assert states(registered["ticket"]) == {(1, "bar"): "waiting", (2, "oven"): "waiting"}
    assert states(only["ticket"]) == {(1, "bar"): "waiting", (1, "cold"): "waiting"}


def test_one_of_an_earlier_release_can_be_bumped_too(counter: Counter) -> None:
    registered = walk_in(counter, lines=[], work_seconds={"bar": 30})
    counter.shop.session.execute(sa.update(WalkIn).values(lines=[], rows=[]))
    counter.shop.session.commit()

    assert touch(counter, "bump", registered["id"]).json["changed"]
    assert counter.tickets() == []


def test_a_station_and_the_all_day_counts_have_it(counter: Counter) -> None:
    shop = counter.shop
    counter.fired()
    registered = walk_in(counter, shop.line(quantity=2), shop.line(shop.croissant), work_seconds={"cold": 5})

    def counts() -> list[tuple[int, str]]:
        shown = shop.client.get(f"{counter.path}/queue/all-day", headers=counter.barista).json["data"]
        return [(each["quantity"], each["item"]["name"]) for each in shown]

    assert [each["walk_in_id"] for each in counter.tickets("?station=oven")] == [registered["id"]]
    assert counts() == [(3, "Flat white"), (1, "Croissant")]
    touch(counter, "bump", registered["id"], station="bar")
    assert counts() == [(1, "Croissant"), (1, "Flat white")]


def test_nothing_new_costs_no_body_and_every_change_is_news(counter: Counter) -> None:
    def etag() -> str:
        return str(counter.queue().headers["ETag"])

    empty = etag()
    registered = walk_in(counter)
    seen = {empty, etag()}
    same = counter.queue(headers=counter.barista | {"If-None-Match": etag()})
    touch(counter, "start", registered["id"], position=1)
    seen.add(etag())
    touch(counter, "bump", registered["id"], position=1)
    seen.add(etag())
    touch(counter, "bump", registered["id"])

    assert same.status_code == 304
    assert len(seen) == 4
    assert etag() == empty


def test_the_queues_version_reads_the_index_of_the_stores_walk_ins(app: Edge, counter: Counter) -> None:
    with connected(app) as connection:
        if app.database.is_postgresql:
            connection.exec_driver_sql("SET enable_seqscan = off")  # the table is small
        plan = plan_of(connection, "open", counter.shop.store.id)

    assert "ix_walk_ins_store_id_open" in plan


# ---- what is done to it


def test_lines_are_begun_and_bumped_and_all_of_it_bumped_is_handed_over(counter: Counter) -> None:
    registered = walk_in(counter)

    started = touch(counter, "start", registered["id"], position=1).json
    bumped = touch(counter, "bump", registered["id"], position=1).json
    over = touch(counter, "bump", registered["id"], station="oven").json

    assert started["ticket"]["state"] == "in_preparation"
    assert states(bumped["ticket"]) == {(1, "bar"): "done", (2, "oven"): "waiting"}
    assert (over["ticket"], over["changed"], over["version"]) == (None, True, bumped["version"] + 1)
    assert counter.tickets() == []
    assert claimed_seconds(counter) == 0


def test_what_is_so_already_stays_and_a_bump_twice_is_one(counter: Counter) -> None:
    registered = walk_in(counter)

    first = touch(counter, "bump", registered["id"]).json
    again = touch(counter, "bump", registered["id"]).json

    assert (first["changed"], again["changed"], again["id"]) == (True, False, None)
    assert again["version"] == first["version"]


def test_a_bump_is_undone_and_it_is_back_in_its_old_place(counter: Counter) -> None:
    counter.fired()
    registered = walk_in(counter)
    before = [each["walk_in_id"] for each in counter.tickets()]
    bump_id = touch(counter, "bump", registered["id"]).json["id"]

    undone = [counter.undo(bump_id) for _ in range(2)]

    assert [each.json["changed"] for each in undone] == [True, False]
    assert states(undone[0].json["ticket"]) == {(1, "bar"): "waiting", (2, "oven"): "waiting"}
    assert undone[0].json["ticket"]["state"] == "fired"
    assert [each["walk_in_id"] for each in counter.tickets()] == before
    assert claimed_seconds(counter) == 60  # the order's: what it gave back may be others' by now


def test_an_undo_after_something_else_was_done_is_refused(counter: Counter) -> None:
    registered = walk_in(counter)
    bump_id = touch(counter, "bump", registered["id"], position=1).json["id"]
    touch(counter, "recall", registered["id"], position=1)

    assert counter.undo(bump_id).json["type"] == "/problems/not-to-be-undone"


def test_one_handed_over_is_recalled_within_half_an_hour_and_then_no_more(counter: Counter) -> None:
    soon, late = walk_in(counter), walk_in(counter)
    for each in (soon, late):
        touch(counter, "bump", each["id"])
    long_ago = clock.now() - timedelta(minutes=31)
    counter.shop.session.execute(sa.update(WalkIn).where(WalkIn.id == UUID(late["id"])).values(ended_at=long_ago))
    counter.shop.session.commit()

    listed = [each["walk_in_id"] for each in counter.tickets("?view=recall")]
    recalled = touch(counter, "recall", soon["id"], position=1)

    assert listed == [soon["id"]]
    assert states(recalled.json["ticket"]) == {(1, "bar"): "waiting", (2, "oven"): "done"}
    assert touch(counter, "recall", late["id"]).json["type"] == "/problems/transition-refused"


def test_one_who_went_is_cancelled_for_good(counter: Counter) -> None:
    registered = walk_in(counter)

    assert [cancel(counter, registered["id"]) for _ in range(2)] == [204, 204]

    assert counter.tickets() == []
    assert claimed_seconds(counter) == 0
    assert touch(counter, "recall", registered["id"]).status_code == 409
    assert not touch(counter, "bump", registered["id"]).json["changed"]


def test_counted_units_are_taken_and_go_back_where_nothing_was_begun(counter: Counter) -> None:
    shop = counter.shop
    path = f"{counter.path}/stock/{shop.croissant}"
    shop.client.put(path, json={"left": 3}, headers=counter.barista)
    waiting, begun = walk_in(counter, shop.line(shop.croissant)), walk_in(counter, shop.line(shop.croissant))
    touch(counter, "start", begun["id"])

    refused = register(counter, work_seconds={}, lines=[shop.line(shop.croissant, quantity=2)])
    for each in (waiting, begun):
        cancel(counter, each["id"])

    assert (refused.status_code, refused.json["type"]) == (409, "/problems/sold-out")
    with shop.app.database.reading() as session:
        assert session.scalar(sa.select(StockCount.units_left)) == 2


def test_two_screens_that_bump_the_same_line_have_one_effect(counter: Counter) -> None:
    registered = walk_in(counter)

    answers = all_at_once(lambda _: touch(counter, "bump", registered["id"], position=1), THREADS)

    assert sorted(answer.json["changed"] for answer in answers) == [False] * (THREADS - 1) + [True]
    with counter.shop.app.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(WalkInBump)) == 1


# ---- registering


def test_a_screen_may_choose_the_id_so_that_a_bump_can_follow_unseen(counter: Counter) -> None:
    chosen = str(uuid4())

    registered = walk_in(counter, id=chosen)

    assert registered["id"] == chosen
    again = register(counter, id=chosen)
    assert (again.status_code, list(again.json["errors"])) == (422, ["id"])
    assert touch(counter, "bump", chosen).json["changed"]


@pytest.mark.parametrize("label", ["", " ", "x" * 41, "a\u202eb", "a\u200bb", "...", "a" + "\u0301" * 4])
def test_a_label_can_be_read_as_one_line(counter: Counter, label: str) -> None:
    answer = register(counter, label=label)

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["label"])


def test_what_is_wrong_with_its_lines_is_named_by_its_path(counter: Counter) -> None:
    shop = counter.shop

    unknown = register(counter, lines=[shop.line(), shop.line(uuid4())])
    nothing = register(counter, lines=[], work_seconds={})
    shop.sell_out("item", shop.croissant)
    sold_out = register(counter, lines=[shop.line(shop.croissant)])

    assert list(unknown.json["errors"]) == ["lines.1.item_id"]
    assert list(nothing.json["errors"]) == ["lines"]
    assert sold_out.json["type"] == "/problems/sold-out"
    assert counter.tickets() == []


def test_a_touch_names_an_order_or_a_walk_in(counter: Counter) -> None:
    registered, order = walk_in(counter), counter.fired()

    assert touch(counter, "bump", registered["id"], order_id=order["id"]).status_code == 422
    assert counter.shop.client.post(
        f"{counter.path}/bumps", json={}, headers=counter.barista | {"Idempotency-Key": str(uuid4())}
    ).json["errors"] == {"order_id": ["Give `order_id` or `walk_in_id`, one of both."]}
    assert touch(counter, "bump", str(uuid4())).status_code == 404
    assert touch(counter, "bump", registered["id"], position=9).status_code == 422


def test_another_stores_staff_find_no_walk_in(counter: Counter) -> None:
    shop, registered = counter.shop, walk_in(counter)
    other = Counter(type(shop)(shop.app, shop.session))

    assert touch(other, "bump", registered["id"]).status_code == 404
    assert cancel(other, registered["id"]) == 404
    bump_id = touch(counter, "bump", registered["id"]).json["id"]
    assert other.undo(bump_id).status_code == 404


# ---- what follows it


def test_the_feed_carries_it_and_the_check_counts_it(counter: Counter) -> None:
    order, registered = counter.fired(), walk_in(counter)
    walk_in_id, store_id = UUID(registered["id"]), counter.shop.store.id

    def feed() -> tuple[list[dict[str, Any]], dict[str, int]]:
        with counter.shop.app.database.reading() as session:
            found = queries.tickets_of(session, store_id, [UUID(order["id"])], [walk_in_id, uuid4()])
            return found, queries.check_of(session, store_id)

    (of_order, own), check = feed()
    assert (of_order["order_id"], of_order["walk_in_id"]) == (order["id"], None)
    assert (own["walk_in_id"], own["version"], own["ticket"]["alias"]) == (registered["id"], 1, None)
    assert check == {"tickets": 2, "versions": of_order["version"] + 1}
    touch(counter, "bump", registered["id"])
    (_, own), check = feed()
    assert (own["version"], own["ticket"], check["tickets"]) == (2, None, 1)


def test_the_public_board_counts_them_and_names_nobody(counter: Counter) -> None:
    walk_in(counter, label="Blue scarf")
    order = counter.fired(pickup={"alias": "Maya"})

    with counter.shop.app.database.reading() as session:
        board = queries.board_of(session, counter.shop.store.id)

    assert board == {"walk_ins": 1, "preparing": [{"code": order["code"], "alias": "Maya"}], "ready": []}


def test_one_that_nobody_ends_leaves_the_queue_by_itself(counter: Counter) -> None:
    walk_in(counter)

    counter.shop.follow_up(clock.now() + timedelta(hours=2))

    assert counter.tickets() == []


# ---- rules

WORK = st.dictionaries(st.sampled_from(["bar", "oven", "cold"]), st.integers(1, 300), max_size=3)
LINES = st.lists(WORK, min_size=1, max_size=3)


@given(LINES, st.lists(st.sampled_from(sorted(row_rules.KINDS)), max_size=6), st.data())
@settings(max_examples=50)
def test_what_is_kept_of_its_rows_is_where_they_stand(
    works: list[dict[str, int]], kinds: list[str], data: st.DataObject
) -> None:
    now = clock.now()
    lines = [{"position": n, "quantity": 1, "work": work, "document": None} for n, work in enumerate(works, start=1)]
    kept: dict[str, Any] = {"lines": lines, "work": {}, "rows": []}
    for kind in kinds:
        rows = walk_in_rules.rows(kept)
        row = data.draw(st.sampled_from(rows))
        after = row_rules.moved(rows, row_rules.moves(rows, kind, position=row.position, station=row.station))
        kept["rows"] = walk_in_rules.rows_kept(kept, after, now)
        now += timedelta(seconds=1)

        assert walk_in_rules.rows(kept) == after
        assert all((each["state"] == "done") == (each["done_at"] is not None) for each in kept["rows"])
        assert all(each["started_at"] is None or each["state"] != "waiting" for each in kept["rows"])
        is_over = walk_in_rules.state_of(after) in WALK_IN_ENDED
        assert is_over == all(each["state"] == "done" for each in kept["rows"])
    assert walk_in_rules.state_of(walk_in_rules.rows({**kept, "rows": []})) is State.FIRED
