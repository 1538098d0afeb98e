"""Stars of orders that were not paid after all, and stars that somebody tries to keep alive."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from service import clock, events
from service.loyalty.models import StarLot
from service.payments.actions import PaymentFailed
from service.reactions import stars
from service.reactions.stars import reverse_unpaid
from tests.orders.paying import AT_PICKUP, WALLET, Payer, states
from tests.orders.test_cards import card
from tests.orders.test_reject_lines import soon

from .club import Club
from .test_ordering import pick_up


@pytest.fixture
def payer(club: Club) -> Payer:
    """The club's customer, with 2.00 in the wallet."""
    payer = Payer(club.shop)
    payer.load(200)
    return payer


def unpaid(club: Club, payer: Payer, *tenders: dict[str, Any]) -> None:
    """Pick up a flat white and a croissant before the bank refuses to capture."""
    quote = club.shop.quote(club.shop.line(), club.shop.line(club.shop.croissant), tenders=list(tenders))
    order = club.shop.place(quote.json["id"]).json
    pick_up(club, order["id"])
    assert club.stars() == quote.json["stars"]["stars"] > 0
    payer.reconcile()


def test_what_a_card_did_not_pay_after_all_earns_nothing(club: Club, payer: Payer) -> None:
    unpaid(club, payer, card(payer, "sandbox_capture_refused"))
    assert club.stars() == 0
    club.expect_whole()


def test_what_the_wallet_paid_beside_it_earns_its_part(club: Club, payer: Payer) -> None:
    unpaid(club, payer, WALLET, card(payer, "sandbox_capture_refused"))
    assert club.stars() == 3 + 5  # of 1.81 before tax; the croissant was paid in part
    club.expect_whole()


def test_without_the_reaction_they_stay(club: Club, payer: Payer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    heard = [each for each in events.in_transaction[PaymentFailed] if each is not reverse_unpaid]
    monkeypatch.setitem(events.in_transaction, PaymentFailed, heard)
    unpaid(club, payer, card(payer, "sandbox_capture_refused"))
    assert club.stars() > 0


@pytest.mark.parametrize("steps", [1, 3])
def test_all_of_it_given_back_by_amounts_leaves_no_star_for_its_pieces(club: Club, steps: int) -> None:
    club.send("PUT", "/promotions/white")
    order = club.shop.placed(club.shop.line(), club.shop.line(club.shop.croissant))
    pick_up(club, order["id"])
    rest = order["totals"]["total"]["amount_minor"]
    for left in range(steps, 0, -1):
        part = rest if left == 1 else 150
        assert club.shop.refund(order["id"], amount_minor=part).status_code == 201
        rest -= part

    assert club.stars() == 0
    club.expect_whole()


SOON, GRACE = timedelta(days=2), timedelta(days=14)


def about_to_expire(club: Club) -> str:
    """Let the customer's stars expire in two days; return a dollar off that they were redeemed for."""
    redeemed = club.redeem()
    assert redeemed.status_code == 201, redeemed.text
    with club.app.database.writing.begin() as session:
        session.execute(sa.update(StarLot).values(expires_at=clock.now() + SOON))
    return str(redeemed.json["id"])


def by_cancelling(club: Club, order: Any) -> None:
    """Cancel while it is free."""
    assert club.shop.cancel(order["id"]).status_code == 200


def by_changing(club: Club, order: Any) -> None:
    """Change the order to one without the reward."""
    quote = club.shop.quote(replaces_order_id=order["id"]).json
    assert club.shop.change(order["id"], quote["id"]).status_code == 200


def by_not_paying(_club: Club, order: Any) -> None:
    """Pay with a card that is declined."""
    assert order["end_reason"] == "payment_failed: card_declined"


def by_not_coming(club: Club, order: Any) -> None:
    """Let it expire."""
    for to in ("fired", "ready"):
        club.shop.move(order["id"], to)
    club.shop.follow_up(clock.now() + timedelta(days=1))
    assert club.shop.show(order["id"]).json["state"] == "expired"


def by_a_no_show(club: Club, order: Any) -> None:
    """Have it end as soon as it counts as not collected."""
    for to in ("fired", "ready"):
        club.shop.move(order["id"], to)
    club.shop.follow_up(clock.now() + timedelta(minutes=31))
    assert club.shop.show(order["id"]).json["state"] == "no_show"


@pytest.mark.parametrize("end", [by_cancelling, by_changing, by_not_paying, by_not_coming, by_a_no_show])
def test_who_orders_and_lets_it_end_keeps_stars_alive_once(club: Club, payer: Payer, end: Any) -> None:
    club.earn(10)
    basket: dict[str, Any] = {"tenders": [card(payer, "sandbox_declined")]} if end is by_not_paying else {}
    basket |= {"pickup": {"if_not_collected": "cancel"}} if end is by_a_no_show else {}
    lives = []
    for _ in range(2):
        redemption = about_to_expire(club)
        quote = club.shop.quote(rewards=[{"redemption_id": redemption}], **basket).json
        end(club, club.shop.place(quote["id"]).json)
        (lot,) = club.lots()
        lives.append(lot)

    assert [lot["remaining"] for lot in lives] == [10, 10]
    assert lives[0]["expires_at"] > (clock.now() + GRACE - timedelta(days=1)).isoformat()
    assert lives[1]["expires_at"] < (clock.now() + SOON).isoformat()
    club.expect_whole()


def test_what_the_store_does_not_make_never_costs_stars_their_life(club: Club) -> None:
    club.earn(10)
    for _ in range(2):
        quote = club.shop.quote(rewards=[{"redemption_id": about_to_expire(club)}]).json
        club.shop.move(club.shop.place(quote["id"]).json["id"], "rejected")
        (lot,) = club.lots()
        assert lot["expires_at"] > (clock.now() + GRACE - timedelta(days=1)).isoformat()


def test_if_all_that_ends_were_the_stores_doing_they_would_live_for_ever(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(stars, "_ended_by_customer", lambda *_: False)
    club.earn(10)
    for _ in range(2):
        quote = club.shop.quote(rewards=[{"redemption_id": about_to_expire(club)}]).json
        by_cancelling(club, club.shop.place(quote["id"]).json)
        (lot,) = club.lots()
        assert lot["expires_at"] > (clock.now() + GRACE - timedelta(days=1)).isoformat()


@pytest.mark.parametrize("tender", [WALLET, AT_PICKUP])
def test_what_a_substitute_costs_in_an_order_that_was_free_is_due_at_pickup(
    club: Club, payer: Payer, tender: dict[str, Any]
) -> None:
    shop = club.shop
    club.earn(10)
    closest = {"do": "closest", "substitutes": [{"item_id": str(shop.flat_white)}], "max_extra_minor": 500}
    line = shop.line(shop.croissant, if_unavailable=closest)
    rewards = [{"redemption_id": club.redeem("last").json["id"]}]
    quote = shop.quote(line, tenders=[tender], rewards=rewards, pickup=soon())
    assert quote.status_code == 201, quote.text
    order = shop.place(quote.json["id"]).json
    assert (order["totals"]["total"]["amount_minor"], order["tenders"]) == (0, [])

    after = shop.reject(order["id"], 1)

    assert after.status_code == 200, after.text
    costs = after.json["totals"]["total"]["amount_minor"]
    assert states(after.json) == [("pay_at_pickup", "held", costs)]
    assert costs > 0
    payer.sound()
