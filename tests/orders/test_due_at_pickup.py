"""What is due at pickup: the ticket, which the store asks by, and the order, which its customer reads, say the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from .paying import AT_PICKUP, WALLET, Payer, states
from .shop import Shop
from .test_cards import card, total
from .test_unpaid_cards import due, paid, two_lines

TIP = {"amount_minor": 60}
WAYS: dict[str, tuple[str, ...]] = {
    "nobody named": (),
    "the till": ("pay_at_pickup",),
    "the wallet": ("wallet",),
    "the wallet and the till": ("wallet:300", "pay_at_pickup"),
    "a card": ("sandbox_visa",),
    "a card that is refused": ("sandbox_capture_refused",),
    "the wallet and a card that is refused": ("wallet:300", "sandbox_capture_refused"),
    "two cards": ("sandbox_visa:400", "sandbox_mastercard"),
    "two cards, the first refused": ("sandbox_capture_refused:400", "sandbox_visa"),
    "two cards, the last refused": ("sandbox_visa:400", "sandbox_capture_refused"),
    "a bank that is silent": ("sandbox_timeout",),
}


@pytest.fixture
def payer(shop: Shop) -> Payer:
    """The shop's customer, with 20.00 in the wallet."""
    payer = Payer(shop)
    payer.load(2_000)
    return payer


def tender(payer: Payer, named: str) -> dict[str, Any]:
    """Return a tender by its kind or its test card, with at most so much after a colon."""
    name, _, most = named.partition(":")
    known = {"wallet": WALLET, "pay_at_pickup": AT_PICKUP}
    found = known[name] if name in known else card(payer, name)
    return found | ({"most_minor": int(most)} if most else {})


def test_of_two_cards_the_refused_one_is_due_but_for_what_went_back_of_it(payer: Payer) -> None:
    """Both were given something back before one was refused: the other's part was never the refused one's."""
    order = two_lines(payer, tender(payer, "sandbox_capture_refused:437"), tender(payer, "sandbox_visa"))
    payer.fire(order)
    assert payer.shop.refund(order["id"], amount_minor=500).status_code == 201
    payer.reconcile()

    assert [state for _, state, _ in states(payer.shop.show(order["id"]).json)] == ["failed", "paid"]
    assert due(payer) == 437 - (500 - (total(order) - 437))
    for to in ("ready", "picked_up"):
        last = payer.shop.move(order["id"], to).json
    assert (last["tender"]["due"]["amount_minor"], paid(payer, order)) == (0, (total(order), 500))
    payer.sound()


@pytest.mark.parametrize("way", WAYS)
def test_the_ticket_asks_for_what_the_order_says(payer: Payer, way: str) -> None:
    named = [tender(payer, each) for each in WAYS[way]]
    order = two_lines(payer, *named, **({"tip": TIP} if named else {}))
    same(payer, order["id"], "scheduled")
    payer.reconcile()  # a silent bank was asked, and is looked up
    payer.fire(order)
    same(payer, order["id"])
    payer.shop.refund(order["id"], amount_minor=500)
    same(payer, order["id"])
    payer.reconcile()
    same(payer, order["id"])
    payer.shop.reject(order["id"], 2)
    same(payer, order["id"])
    payer.shop.move(order["id"], "ready")
    same(payer, order["id"])
    ended = payer.shop.move(order["id"], "picked_up").json
    assert ended["tender"]["due"]["amount_minor"] == 0
    for _ in range(6):  # a silent bank is asked again, later and later
        payer.reconcile()
        payer.now += timedelta(minutes=10)
    payer.sound()


def same(payer: Payer, order_id: str, view: str = "open") -> None:
    """Ticket and order say one number, which is what the tenders shown have left to pay at pickup."""
    queue = f"/v1/stores/{payer.shop.store.id}/queue?view={view}"
    (ticket,) = payer.client.get(queue, headers=payer.shop.barista).json["data"]
    order = payer.shop.show(order_id).json
    assert ticket["to_pay"] == order["tender"]["due"]
    if "tenders" in order:
        assert minor(ticket["to_pay"]) == sum(map(unpaid, order["tenders"]))
    else:
        assert ticket["to_pay"] == order["totals"]["total"]


def unpaid(tender: Any) -> int:
    """Return what a tender, as it is shown, leaves to be paid at pickup."""
    is_due = tender["state"] == "failed" or (tender["kind"], tender["state"]) == ("pay_at_pickup", "held")
    return minor(tender["amount"]) + minor(tender["tip"]) - minor(tender["refunded"]) if is_due else 0


def minor(amount: Any) -> int:
    """Return an amount's minor units."""
    found: int = amount["amount_minor"]
    return found
