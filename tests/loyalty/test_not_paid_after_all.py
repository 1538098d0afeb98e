"""Stars of orders that were not paid after all, and stars that somebody tries to keep alive."""

from __future__ import annotations

from typing import Any

import pytest

from service import events
from service.payments.actions import PaymentFailed
from service.reactions.stars import reverse_unpaid
from tests.orders.paying import WALLET, Payer
from tests.orders.test_cards import card

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
