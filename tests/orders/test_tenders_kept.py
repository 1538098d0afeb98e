"""What an order says of its tenders stays true: paid at pickup, changed, or with a card that is gone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from service.orders.models import Order, OrderTender
from service.orders.queries.tenders import held_minor
from tests.preferences.voice import Voice
from tests.wallet.purse import audited

from .paying import AT_PICKUP, WALLET, Payer, states
from .shop import Shop
from .test_cards import total
from .test_reject_lines import policy, soon


@pytest.fixture
def payer(shop: Shop) -> Payer:
    """The shop's customer, with 20.00."""
    payer = Payer(shop)
    payer.load(2_000)
    return payer


def test_a_named_tender_at_pickup_follows_its_order(payer: Payer) -> None:
    shop = payer.shop
    lines = [shop.line(if_unavailable=policy("refund_line")) for _ in range(2)]
    order = shop.place(shop.quote(*lines, tenders=[AT_PICKUP]).json["id"]).json
    half = total(order) // 2
    assert states(shop.reject(order["id"], 1).json) == [("pay_at_pickup", "held", half)]
    for to in ("fired", "ready", "picked_up"):
        last = shop.move(order["id"], to).json
    assert states(last) == [("pay_at_pickup", "paid", half)]
    refunded: Any = shop.refund(order["id"], amount_minor=100)
    assert refunded.status_code == 201, refunded.text
    assert shop.refund(order["id"], amount_minor=half - 99).status_code == 409
    assert shop.show(order["id"]).json["tenders"][0]["refunded"]["amount_minor"] == 100
    payer.sound()


@pytest.mark.parametrize("then", [[WALLET], [AT_PICKUP]])
def test_an_order_that_was_to_be_paid_at_pickup_can_be_changed(payer: Payer, then: list[dict[str, Any]]) -> None:
    shop = payer.shop
    order = shop.place(shop.quote(tenders=[AT_PICKUP]).json["id"]).json
    quote = shop.quote(shop.line(quantity=2), tenders=then, replaces_order_id=order["id"]).json
    changed = shop.change(order["id"], quote["id"])
    assert changed.status_code == 200, changed.text
    assert states(changed.json) == [(then[0]["kind"], "held", total(quote))]
    payer.sound()


def test_a_card_that_was_said_and_is_gone_is_not_how_an_order_is_paid(payer: Payer) -> None:
    card_id = payer.card()
    said = Voice(payer.shop, payer.headers).say("tender_order", tenders=[{"kind": "card", "method_id": card_id}])
    assert said.status_code == 200, said.text
    quoted = payer.shop.quote().json["tenders"]
    assert [each["kind"] for each in quoted] == ["card"]
    assert payer.client.delete(f"/v1/me/payment-methods/{card_id}", headers=payer.headers).status_code == 204

    order = payer.shop.placed()

    assert order["tender"]["kind"] == "pay_at_pickup"
    assert [kind for kind, _, _ in states(order)] == ["pay_at_pickup"]


def test_what_an_order_holds_counts_in_its_own_currency_only(payer: Payer) -> None:
    order = payer.placed(WALLET)
    with payer.shop.app.database.reading() as session:
        held = [held_minor(session, UUID(order["id"]), currency) for currency in ("USD", "EUR")]
    assert held == [total(order), 0]


def dearer(payer: Payer, do: str, **tendered: Any) -> Any:
    """Place an order whose one line may be replaced by a dearer one."""
    shop = payer.shop
    large = {"item_id": str(shop.flat_white), "size_id": str(shop.large)}
    line = shop.line(if_unavailable=policy(do, large) | {"max_extra_minor": 500})
    return shop.place(shop.quote(line, pickup=soon(), **tendered).json["id"]).json


def test_what_was_paid_is_not_replaced_by_something_dearer_for_nothing(payer: Payer) -> None:
    shop = payer.shop
    order = dearer(payer, "ask", tenders=[WALLET])
    payer.fire(order)
    asked = shop.reject(order["id"], 1).json
    assert [each["answer"] for each in asked["asks"][0]["options"]] == ["refund_line", "cancel_order"]

    order = dearer(payer, "closest", tenders=[WALLET])
    payer.fire(order)
    assert shop.reject(order["id"], 1).json["state"] == "rejected"
    assert payer.has()[0] == 2_000 - total(order)  # of the first one, that still waits
    payer.sound()


def test_a_dearer_offer_is_gone_once_the_order_is_paid(payer: Payer) -> None:
    shop = payer.shop
    order = dearer(payer, "ask", tenders=[WALLET])
    offered = shop.reject(order["id"], 1).json["asks"][0]["options"][0]
    assert offered["price_change"]["amount_minor"] > 0
    payer.fire(order)
    assert shop.answer(order["id"], 1, offered["answer"]).status_code == 409
    assert shop.answer(order["id"], 1, "refund_line").status_code == 200
    assert payer.has() == (2_000, 2_000)


def test_what_is_not_paid_yet_costs_what_the_dearer_one_does(payer: Payer) -> None:
    order = dearer(payer, "closest", tenders=[AT_PICKUP])
    payer.fire(order)
    after = payer.shop.reject(order["id"], 1).json
    assert total(after) > total(order)
    assert states(after) == [("pay_at_pickup", "held", total(after))]


TENDERS: Any = OrderTender.__table__
ORDERS: Any = Order.__table__
FAULTS: dict[str, tuple[Any, str]] = {
    "an amount": (sa.update(TENDERS).values(amount_minor=TENDERS.c.amount_minor + 1), "costs"),
    "a tip": (sa.update(TENDERS).values(tip_minor=TENDERS.c.tip_minor + 1), "has a tip of"),
    "a refund": (sa.update(TENDERS).values(refunded_minor=1), "gave back"),
    "a payment": (sa.update(ORDERS).values(paid_minor=1), "is paid 1"),
    "a state": (sa.update(TENDERS).values(state="freed"), "the ledger booked"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_audit_finds_what_an_order_says_wrongly_of_its_tenders(payer: Payer, fault: str) -> None:
    payer.fire(payer.placed(WALLET, tip={"amount_minor": 30}))
    payer.sound()
    planted, says = FAULTS[fault]
    with payer.shop.app.database.writing.begin() as session:
        session.execute(planted)
    ended, told = audited(payer.shop.app)
    assert ended == 1
    assert says in told
