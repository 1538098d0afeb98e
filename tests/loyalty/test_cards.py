"""Cards shown at a counter: what somebody buys there earns the member stars, and staff learn nothing of whose it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import clock, codes
from service.loyalty import actions as loyalty
from service.loyalty import queries
from service.loyalty.actions import ledger
from service.loyalty.models import Card, CardShown
from service.loyalty.rules.cards import MOST_CARDS, NUMBER_SYMBOLS
from service.menu import actions as menu_actions
from service.menu.rules import chain
from service.orders import actions as orders
from service.orders.models import WalkIn
from service.pickup import actions as pickup
from tests.accounts.test_sign_in import limited
from tests.orders.shop import MENU
from tests.pickup.counter import Counter
from tests.pickup.test_walk_in_tickets import cancel, ticket, touch, walk_in

from .club import Club
from .merging import Two
from .test_merger_races import at_once

__all__ = ["limited"]


class Till:
    """The counter of the club's shop. A walk-in there is a flat white of 4.00 and a croissant of 3.25: 14 stars for
    7.25, and 5 for the bake."""

    STARS = 14 + 5

    def __init__(self, club: Club) -> None:
        self.club, self.counter = club, Counter(club.shop)

    def card(self, label: str = "Key ring", headers: dict[str, str] | None = None) -> dict[str, Any]:
        """Get a card."""
        answer = self.club.send("POST", "/cards", json={"label": label}, headers=headers)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json
        return made

    def sell(self, *lines: dict[str, Any], **body: Any) -> str:
        """Register a walk-in; return its id."""
        sold: str = walk_in(self.counter, *lines, **body)["id"]
        return sold

    def show(self, sale_id: str, number: str) -> Any:
        """Show a card for it."""
        path = f"{self.counter.path}/walk-ins/{sale_id}/loyalty-card"
        return self.club.app.test_client().put(path, json={"number": number}, headers=self.counter.barista)

    def hand_over(self, sale_id: str) -> None:
        """Bump all of it."""
        assert touch(self.counter, "bump", sale_id).status_code == 200

    def shown(self) -> int:
        """Return for how many sales a card is noted that earned nothing yet."""
        noted = sa.select(sa.func.count()).where(CardShown.card_id.is_not(None), CardShown.earned_at.is_(None))
        with self.club.app.database.reading() as session:
            return session.scalar(noted) or 0


@pytest.fixture
def till(club: Club) -> Till:
    """The till of the club's shop."""
    return Till(club)


def unknown() -> str:
    """Return a number that nobody has."""
    return codes.with_check_digits("0" * NUMBER_SYMBOLS)


# ---- earning


def test_what_is_bought_with_a_card_earns_as_it_is_handed_over(till: Till) -> None:
    club, card, sale = till.club, till.card(), till.sell()

    answer = till.show(sale, card["number"])

    assert (answer.status_code, answer.data) == (204, b"")  # nothing of whose it is
    assert club.entries() == []
    till.hand_over(sale)
    said = ("kind", "reference_id", "rule", "stars")
    assert [tuple(each[name] for name in said) for each in club.entries()] == [
        ("earned", card["id"], "base", 14),
        ("earned", card["id"], "oven", 5),
    ]
    (receipt_id,) = {each["order_id"] for each in club.entries()}
    assert receipt_id != sale  # staff choose a walk-in's id, and nothing in the ledger leads to it
    assert (club.stars(), club.show()["tier"]["qualifying_stars"], till.shown()) == (till.STARS, till.STARS, 0)
    club.expect_whole()


def test_several_cards_are_of_one_membership(till: Till) -> None:
    mine, partners = till.card("Phone"), till.card("Partner")
    for card in (mine, partners):
        sale = till.sell()
        assert till.show(sale, card["number"]).status_code == 204
        till.hand_over(sale)

    assert till.club.stars() == 2 * till.STARS
    listed = till.club.send("GET", "/cards").json["data"]
    assert listed == [partners, mine]
    assert {each["reference_id"] for each in till.club.entries()} == {mine["id"], partners["id"]}


@pytest.mark.parametrize("write", [str.lower, lambda number: number.replace("-", " "), lambda n: n.replace("-", "")])
def test_a_number_is_read_however_it_is_written(till: Till, write: Callable[[str], str]) -> None:
    assert till.show(till.sell(), write(till.card()["number"])).status_code == 204


def test_the_price_is_that_of_the_registration_and_what_is_on_no_menu_earns_nothing(till: Till) -> None:
    card, shop = till.card(), till.club.shop
    sale, beside = till.sell(shop.line(quantity=2)), till.sell(work_seconds={"bar": 60}, lines=[])
    for each in (sale, beside):
        assert till.show(each, card["number"]).status_code == 204
    dearer = replace(MENU.items[0].sizes[0], prices=(chain.Price(currency="USD", amount_minor=900),))
    items = (replace(MENU.items[0], sizes=(dearer, MENU.items[0].sizes[1])), MENU.items[1])
    menu_actions.load_menu(shop.session, replace(MENU, items=items), now=clock.now())
    shop.session.commit()

    till.hand_over(sale)
    till.hand_over(beside)

    assert [each["stars"] for each in till.club.entries()] == [16]


def test_a_card_shown_after_it_was_handed_over_earns_at_once_for_half_an_hour(till: Till) -> None:
    card, soon, late = till.card(), till.sell(), till.sell()
    till.hand_over(soon)
    till.hand_over(late)

    assert till.show(soon, card["number"]).status_code == 204
    assert till.club.stars() == till.STARS
    till.club.session.execute(
        sa.update(WalkIn).where(WalkIn.id == UUID(late)).values(ended_at=clock.now() - timedelta(minutes=31))
    )
    till.club.session.commit()
    refused = till.show(late, card["number"])
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/transition-refused")
    assert till.club.stars() == till.STARS


def test_one_that_nobody_ended_earns_when_the_worker_does(till: Till) -> None:
    sale = till.sell()
    till.show(sale, till.card()["number"])

    till.club.shop.follow_up(clock.now() + timedelta(hours=2))

    assert sum(each["stars"] for each in till.club.entries()) == till.STARS


# ---- once


def test_what_is_brought_back_and_handed_over_again_earns_once(till: Till) -> None:
    card, sale = till.card(), till.sell()
    till.show(sale, card["number"])
    till.hand_over(sale)
    assert touch(till.counter, "recall", sale).status_code == 200

    again, other = till.show(sale, card["number"]), till.show(sale, till.card()["number"])

    assert again.status_code == 204  # its answer may have been lost
    assert (other.status_code, other.json["type"]) == (409, "/problems/stars-given")
    till.hand_over(sale)
    assert till.club.stars() == till.STARS
    till.club.expect_whole()


def test_what_is_brought_back_and_cancelled_earned_nothing(till: Till) -> None:
    sale = till.sell()
    till.show(sale, till.card()["number"])
    till.hand_over(sale)
    touch(till.counter, "recall", sale)

    assert cancel(till.counter, sale) == 204

    assert (till.club.stars(), till.club.show()["tier"]["qualifying_stars"]) == (0, 0)
    assert [each["kind"] for each in till.club.entries()] == ["earned", "earned", "reversed", "reversed"]
    till.club.expect_whole()


def test_units_go_back_before_the_member_is_locked(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    sale, done = till.sell(), []
    till.show(sale, till.card()["number"])
    till.hand_over(sale)
    touch(till.counter, "recall", sale)
    for where, name in ((menu_actions, "release_stock"), (ledger, "lock_members")):
        monkeypatch.setattr(where, name, noted(done, name, getattr(where, name)))

    assert cancel(till.counter, sale) == 204

    assert done == ["release_stock", "lock_members"]


def noted(done: list[str], name: str, act: Callable[..., Any]) -> Callable[..., Any]:
    """Return what does the same, and notes that it did."""

    def do(*given: Any, **named: Any) -> Any:
        done.append(name)
        return act(*given, **named)

    return do


def test_who_goes_without_it_earns_nothing_and_the_card_is_forgotten(till: Till) -> None:
    sale = till.sell()
    till.show(sale, till.card()["number"])

    assert cancel(till.counter, sale) == 204

    assert (till.club.entries(), till.shown()) == ([], 0)


def test_of_two_cards_shown_for_it_the_last_one_counts(till: Till) -> None:
    sale, other = till.sell(), till.club.other
    till.club.join(other)
    for headers in (till.club.headers, other):
        assert till.show(sale, till.card(headers=headers)["number"]).status_code == 204

    till.hand_over(sale)

    assert (till.club.stars(), till.club.stars(other)) == (0, till.STARS)


@pytest.mark.parametrize("_", range(3))
def test_two_cards_at_once_and_the_handing_over_give_the_stars_once(till: Till, _: int) -> None:
    sale, other = till.sell(), till.club.other
    till.club.join(other)
    numbers = [till.card(headers=headers)["number"] for headers in (till.club.headers, other)]

    at_once(*[lambda number=number: till.show(sale, number) for number in numbers], lambda: till.hand_over(sale))  # type: ignore[misc]

    assert sorted([till.club.stars(), till.club.stars(other)]) == [0, till.STARS]
    assert till.shown() == 0
    till.club.expect_whole()


def test_without_the_walk_ins_lock_the_stars_are_lost(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: who shows a card sees nothing handed over, who hands over sees no card."""
    if till.club.app.database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    sale, number = UUID(till.sell()), till.card()["number"]
    monkeypatch.setattr(orders, "lock_walk_in", unlocked)
    at: dict[str, Any] = {"store_id": till.club.shop.store.id, "walk_in_id": sale, "by": uuid4(), "now": clock.now()}
    database = till.club.app.database

    with database.writing() as showing, database.writing() as handing_over:
        pickup.show_card(showing, number=number, **at)
        pickup.touch_ticket(handing_over, kind="bump", order_id=None, position=None, station=None, **at)
        showing.commit()
        handing_over.commit()

    assert (till.club.stars(), till.shown()) == (0, 1)


def unlocked(session: Session, *, store_id: UUID, walk_in_id: UUID) -> dict[str, Any]:
    """Return the walk-in without locking it."""
    found = sa.select(WalkIn.__table__).where(WalkIn.id == walk_in_id, WalkIn.store_id == store_id)
    return dict(session.execute(found).one()._mapping)


def test_a_walk_in_that_is_called_as_an_order_is_touches_no_stars_of_it(till: Till) -> None:
    """Staff choose a walk-in's id, and see those of orders."""
    order_id, other = str(till.club.earn(8)), till.club.other
    till.club.join(other)
    theirs = till.sell(id=order_id)

    assert till.show(theirs, till.card(headers=other)["number"]).status_code == 204
    till.hand_over(theirs)
    touch(till.counter, "recall", theirs)
    assert cancel(till.counter, theirs) == 204

    assert (till.club.stars(), till.club.stars(other)) == (8, 0)
    till.club.expect_whole()


def test_which_card_was_shown_is_forgotten_with_the_walk_in_and_who_noted_it_stays(till: Till) -> None:
    sale, by = till.sell(), till.club.customer_id(till.counter.barista)
    till.show(sale, till.card()["number"])
    till.hand_over(sale)
    long_ago = clock.now() - timedelta(days=2)
    till.club.session.execute(sa.update(WalkIn).where(WalkIn.id == UUID(sale)).values(ended_at=long_ago))
    till.club.session.commit()

    with till.club.app.database.writing.begin() as session:
        assert orders.forget_walk_in(session, walk_in_id=UUID(sale), now=clock.now())

    with till.club.app.database.reading() as session:
        noted = session.get_one(CardShown, UUID(sale))
        assert (noted.card_id, noted.receipt_id, noted.shown_by) == (None, None, by)
    assert till.club.stars() == till.STARS
    till.club.expect_whole()


@pytest.mark.parametrize("stars", [0, 20])
def test_the_audit_finds_what_a_card_earned_otherwise_than_it_says(till: Till, stars: int) -> None:
    sale = till.sell()
    till.show(sale, till.card()["number"])
    till.hand_over(sale)
    till.club.session.execute(sa.update(CardShown).values(stars=stars))
    till.club.session.commit()

    with till.club.app.database.reading() as session:
        (fault,) = queries.audit(session)
    assert f"earned {stars}, its entries say {till.STARS}" in fault


# ---- cards


def test_a_card_that_was_ended_never_works_again_but_for_what_it_was_shown_for(till: Till) -> None:
    card, before, after = till.card(), till.sell(), till.sell()
    till.show(before, card["number"])

    assert till.club.send("DELETE", f"/cards/{card['id']}").status_code == 204
    assert till.club.send("DELETE", f"/cards/{card['id']}").status_code == 204

    refused = till.show(after, card["number"])
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/card-unknown")
    till.hand_over(after)
    assert till.club.entries() == []
    till.hand_over(before)
    assert sum(each["stars"] for each in till.club.entries()) == till.STARS
    (listed,) = till.club.send("GET", "/cards").json["data"]
    assert listed["ended_at"] is not None


def test_ten_cards_work_at_most(till: Till) -> None:
    made = [till.card(f"Card {number}") for number in range(MOST_CARDS)]

    refused = till.club.send("POST", "/cards", json={"label": "One more"})

    assert (refused.status_code, refused.json["type"], refused.json["most"]) == (409, "/problems/too-many-cards", 10)
    till.club.send("DELETE", f"/cards/{made[0]['id']}")
    till.card("One more")
    numbers = [each["number"] for each in till.club.send("GET", "/cards").json["data"]]
    assert len(set(numbers)) == len(numbers) == MOST_CARDS + 1


def test_many_at_once_are_ten(till: Till) -> None:
    answers = at_once(
        *[lambda: till.club.send("POST", "/cards", json={"label": "Mine"}).status_code for _ in range(MOST_CARDS + 4)]
    )

    assert sorted(answers) == [201] * MOST_CARDS + [409] * 4


def test_a_label_is_asked_for(till: Till) -> None:
    for label in ("", " ", "x" * 41, None, 7):
        refused = till.club.send("POST", "/cards", json={"label": label})
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["label"])


def test_who_leaves_has_no_card_any_more_also_after_joining_again(till: Till) -> None:
    card, sale = till.card(), till.sell()
    till.show(sale, card["number"])
    till.club.send("DELETE", json={"stars": None})
    till.hand_over(sale)
    till.club.join()

    assert till.show(till.sell(), card["number"]).status_code == 409
    assert till.club.entries() == []


def test_a_card_can_be_made_by_who_is_a_moment_ahead_of_who_lets_the_member_leave(till: Till) -> None:
    now, customer_id = clock.now(), till.club.customer_id()
    with till.club.app.database.writing.begin() as session:
        loyalty.make_card(session, customer_id=customer_id, label="Mine", now=now + timedelta(seconds=1))
        loyalty.leave(session, customer_id=customer_id, stars=None, reward=None, now=now)


def test_cards_come_over_with_the_account(till: Till) -> None:
    two = Two(till.club)
    card, sale, later = till.card("Key ring"), till.sell(), till.sell()
    till.show(sale, card["number"])

    merged = two.merge()

    assert merged["cards"] == 1
    till.show(later, card["number"])
    for each in (sale, later):
        till.hand_over(each)
    assert till.club.stars(two.new) == 2 * till.STARS
    assert [each["id"] for each in till.club.send("GET", "/cards", headers=two.new).json["data"]] == [card["id"]]
    till.club.expect_whole()


# ---- what isn't a card


def test_a_mistyped_number_is_named_and_an_unknown_one_is_refused_and_the_drink_is_made(till: Till) -> None:
    sale, right = till.sell(), till.card()["number"]
    mistyped = right[:-1] + ("0" if right[-1] != "0" else "1")

    wrong, nobodys = till.show(sale, mistyped), till.show(sale, unknown())

    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["number"])
    assert (nobodys.status_code, nobodys.json["type"]) == (409, "/problems/card-unknown")
    assert ticket(till.counter, sale) is not None
    till.hand_over(sale)
    assert till.club.entries() == []


def test_a_walk_in_is_of_its_own_store_and_must_be_there(till: Till) -> None:
    assert till.show(str(uuid4()), till.card()["number"]).status_code == 404


def test_numbers_that_are_wrong_are_counted_and_right_ones_are_not(till: Till, limited: FlaskClient) -> None:
    sale, number = till.sell(), till.card()["number"]
    path = f"{till.counter.path}/walk-ins/{sale}/loyalty-card"

    def show(shown: str) -> int:
        return limited.put(path, json={"number": shown}, headers=till.counter.barista).status_code

    till.hand_over(sale)
    assert [show(number) for _ in range(5)] == [204] * 5
    assert [show(till.card()["number"]) for _ in range(5)] == [409] * 5  # it earned already
    assert [show(unknown()) for _ in range(4)] == [409] * 3 + [429]


def test_a_number_is_never_given_twice(club: Club, session: Session) -> None:
    made = {"member_id": club.member().id, "label": "Mine", "made_at": clock.now(), "ended_at": clock.now()}
    session.add_all(Card(number=unknown(), **made) for _ in range(2))
    with pytest.raises(sa.exc.IntegrityError):
        session.commit()
    session.rollback()
