"""Orders that their customer pays: by wallet, in part at pickup, with a tip."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import Invalid
from service.orders.rules import tenders as rules
from service.wallet.actions import spending
from service.wallet.errors import InsufficientBalance
from tests.wallet.purse import at_once

from .errand import Errand
from .paying import AT_PICKUP, WALLET, Payer, states
from .shop import Shop


@pytest.fixture
def payer(shop: Shop) -> Payer:
    """The shop's customer, with 20.00."""
    payer = Payer(shop)
    payer.load(2_000)
    return payer


def total(shown: Any) -> int:
    """Return an order's or a quote's total."""
    amount: int = shown["totals"]["total"]["amount_minor"]
    return amount


def test_without_tenders_a_quote_and_an_order_say_nothing_of_them(shop: Shop) -> None:
    quote = shop.quote().json
    order = shop.placed()
    assert not {"tenders", "tip", "to_pay"} & quote.keys()
    assert not {"tenders", "tip", "payment_pending"} & order.keys()
    assert order["tender"]["kind"] == "pay_at_pickup"


def test_what_a_quote_shows_of_its_tenders_is_posted(payer: Payer) -> None:
    quote = payer.quote(WALLET, tip={"percent": 15}).json
    subtotal, costs = quote["totals"]["subtotal"]["amount_minor"], total(quote)
    tip = (subtotal * 15 + 50) // 100
    assert (quote["tip"]["amount_minor"], quote["to_pay"]["amount_minor"]) == (tip, costs + tip)
    assert quote["tip"]["source"]["kind"] == "customer_choice"
    (shown,) = quote["tenders"]
    assert (shown["amount"]["amount_minor"], shown["tip"]["amount_minor"]) == (costs, tip)

    order = payer.shop.place(quote["id"]).json

    assert states(order) == [("wallet", "held", costs)]
    assert (order["tender"]["kind"], order["tender"]["paid"]["amount_minor"]) == ("wallet", 0)
    assert payer.has() == (2_000, 2_000 - costs - tip)
    fired = payer.fire(order)
    assert (states(fired), fired["tender"]["paid"]["amount_minor"]) == ([("wallet", "paid", costs)], costs)
    assert payer.has() == (2_000 - costs - tip, 2_000 - costs - tip)
    tax = order["totals"]["tax"]["amount_minor"]
    assert payer.house() == {"revenue": costs - tax, "tax": tax, "tips": tip}
    payer.sound()


def test_a_wallet_of_any_remainder_reaches_nothing_and_the_rest_is_paid_at_pickup(payer: Payer) -> None:
    payer.fire(payer.placed(WALLET))
    left = payer.has()[1]
    order = payer.placed(WALLET, AT_PICKUP)
    payer.fire(order)
    left -= total(order)
    four = [payer.shop.line(quantity=9)]
    quote = payer.shop.quote(*four, tenders=[WALLET, AT_PICKUP]).json
    assert [each["amount"]["amount_minor"] for each in quote["tenders"]] == [left, total(quote) - left]
    order = payer.shop.place(quote["id"]).json
    assert order["tender"]["kind"] == "split"
    payer.fire(order)

    assert payer.has() == (0, 0)
    for to in ("in_preparation", "ready", "picked_up"):
        last = payer.shop.move(order["id"], to).json
    assert [state for _, state, _ in states(last)] == ["paid", "paid"]
    assert last["tender"]["paid"]["amount_minor"] == total(order)
    payer.sound()


def test_a_wallet_that_can_not_pay_all_is_refused_with_the_numbers(payer: Payer) -> None:
    lines = [payer.shop.line(quantity=9)]
    refused = payer.shop.quote(*lines, tenders=[WALLET])
    assert (refused.status_code, refused.json["type"]) == (402, "/problems/insufficient-balance")
    assert refused.json["available"]["amount_minor"] == 2_000

    quote = payer.quote().json
    spend = payer.shop.quote(payer.shop.line(quantity=4), tenders=[WALLET]).json
    assert payer.shop.place(spend["id"]).status_code == 201
    refused = payer.shop.place(quote["id"])
    assert refused.status_code == 402
    assert payer.shop.place(quote["id"], client_order_id="another-id").status_code == 402  # nothing was claimed
    payer.sound()


def test_cancelling_before_the_store_starts_leaves_the_wallet_as_it_was(payer: Payer) -> None:
    order = payer.placed(WALLET, tip={"amount_minor": 100})
    cancelled = payer.shop.cancel(order["id"]).json

    assert states(cancelled) == [("wallet", "freed", total(order))]
    assert payer.has() == (2_000, 2_000)
    assert payer.receipt(order)["refunds"] == []
    payer.sound()


def test_an_order_that_the_store_rejects_is_given_back_with_its_tip(payer: Payer) -> None:
    order = payer.placed(WALLET, tip={"amount_minor": 100})
    payer.fire(order)
    payer.shop.move(order["id"], "rejected", reason="oven broke")

    assert payer.has() == (2_000, 2_000)
    (refund,) = payer.receipt(order)["refunds"]
    assert (refund["amount"]["amount_minor"], refund["tip"]["amount_minor"]) == (total(order), 100)
    assert [each["kind"] for each in refund["tenders"]] == ["wallet"]
    assert set(payer.house().values()) == {0}
    payer.sound()


def test_a_part_of_an_order_goes_back_to_who_paid_it_last(payer: Payer) -> None:
    order = payer.shop.place(
        payer.shop.quote(payer.shop.line(quantity=9), tenders=[WALLET | {"most_minor": 1_000}, AT_PICKUP]).json["id"]
    ).json
    for to in ("fired", "in_preparation", "ready", "picked_up"):
        payer.shop.move(order["id"], to)
    at_pickup = total(order) - 1_000
    body = {"reason": "cold", "amount_minor": at_pickup + 250}
    refunded = payer.shop.refund(order["id"], **body)

    assert refunded.status_code == 201, refunded.text
    assert [(each["kind"], each["amount"]["amount_minor"]) for each in refunded.json["tenders"]] == [
        ("pay_at_pickup", at_pickup),
        ("wallet", 250),
    ]
    assert payer.has()[0] == 1_250
    payer.sound()


def test_changing_an_order_changes_who_pays_it(payer: Payer) -> None:
    order = payer.shop.place(payer.shop.quote(payer.shop.line(quantity=4), tenders=[WALLET]).json["id"]).json
    less = payer.shop.quote(payer.shop.line(quantity=4), tenders=[WALLET], replaces_order_id=order["id"])
    assert less.status_code == 201, less.text  # what it holds counts as available
    changed = payer.shop.change(order["id"], less.json["id"])
    assert states(changed.json) == [("wallet", "held", total(order))]
    at_pickup = payer.shop.quote(replaces_order_id=order["id"]).json
    changed = payer.shop.change(order["id"], at_pickup["id"])
    assert "tenders" not in changed.json
    assert payer.has() == (2_000, 2_000)
    payer.sound()


def test_what_is_named_to_be_paid_at_pickup_is_paid_there_and_can_be_changed_before(payer: Payer) -> None:
    order = payer.placed(AT_PICKUP)
    for to in ("fired", "in_preparation", "ready", "picked_up"):
        last = payer.shop.move(order["id"], to).json
    assert states(last) == [("pay_at_pickup", "paid", total(order))]

    order = payer.placed(AT_PICKUP)
    changed = payer.shop.change(order["id"], payer.quote(WALLET, replaces_order_id=order["id"]).json["id"])
    assert states(changed.json) == [("wallet", "held", total(order))]
    back = payer.shop.change(order["id"], payer.quote(AT_PICKUP, replaces_order_id=order["id"]).json["id"])
    assert states(back.json) == [("pay_at_pickup", "held", total(order))]
    assert payer.has() == (2_000, 2_000)
    payer.sound()


def test_a_line_that_can_not_be_made_is_not_paid(payer: Payer) -> None:
    shop = payer.shop
    lines = [shop.line(if_unavailable={"do": "refund_line"}), shop.line(shop.croissant)]
    order = shop.place(shop.quote(*lines, tenders=[WALLET]).json["id"]).json
    rejected = shop.reject(order["id"], 1, reason="no milk")
    assert rejected.status_code == 200, rejected.text
    costs = total(rejected.json)
    assert 0 < costs < total(order)
    payer.fire(order)
    assert payer.has() == (2_000 - costs, 2_000 - costs)
    payer.sound()


@pytest.mark.parametrize(
    ("tenders", "field"),
    [
        ([WALLET, WALLET], "tenders.1.kind"),
        ([AT_PICKUP, WALLET], "tenders.0.kind"),
        ([WALLET | {"method_id": str(uuid4())}], "tenders.0.method_id"),
        ([WALLET | {"most_minor": 1}], "tenders.0.most_minor"),
        ([], "tenders"),
    ],
)
def test_tenders_that_do_not_fit_together_are_named(shop: Shop, tenders: list[dict[str, Any]], field: str) -> None:
    Payer(shop).load(2_000)
    refused = shop.quote(tenders=tenders)
    assert (refused.status_code, list(refused.json["errors"])) == (422, [field])


@settings(max_examples=50)
@given(
    total_minor=st.integers(0, 5_000),
    tip_minor=st.integers(0, 500),
    tax=st.integers(0, 30),
    available=st.integers(0, 6_000),
    bounds=st.lists(st.none() | st.integers(1, 4_000), max_size=2),
    back=st.lists(st.integers(0, 2_000), max_size=4),
)
def test_every_cent_is_paid_once_and_given_back_once(
    total_minor: int, tip_minor: int, tax: int, available: int, bounds: list[int | None], back: list[int]
) -> None:
    kinds = ["wallet", "card"][: len(bounds)]
    asked = [{"kind": kind, "most_minor": most} for kind, most in zip(kinds, bounds, strict=True)]
    parts = rules.split(
        [*asked, AT_PICKUP], total_minor=total_minor, tip_minor=tip_minor, available_minor=available, currency="USD"
    )
    assert sum(part.amount_minor for part in parts) == total_minor
    assert sum(part.tip_minor for part in parts) == tip_minor
    assert all(part.amount_minor + part.tip_minor <= available for part in parts if part.kind == "wallet")

    tax_minor = min(tax, total_minor)
    tenders = [
        rules.Tender(uuid4(), number, part.kind, rules.PAID, part.amount_minor, part.tip_minor)
        for number, part in enumerate(parts, start=1)
    ]
    costs: dict[str, int] = {"total_minor": total_minor, "tax_minor": tax_minor}
    shares = rules.taxes(tenders, **costs)
    assert sum(shares) == (tax_minor if tenders and total_minor else 0)
    taxes_back = dict.fromkeys((tender.id for tender in tenders), 0)
    for amount in [*back, total_minor]:
        for each in rules.give_back(tenders, amount_minor=amount, tip_minor=0, **costs):
            taxes_back[each.tender.id] += each.tax_minor
            place = tenders.index(each.tender)
            tenders[place] = _refunded(each.tender, each.amount_minor)
    assert all(tender.left_minor == 0 for tender in tenders)
    assert list(taxes_back.values()) == shares


def _refunded(tender: rules.Tender, amount_minor: int) -> rules.Tender:
    return rules.Tender(
        tender.id,
        tender.number,
        tender.kind,
        tender.state,
        tender.amount_minor,
        tender.tip_minor,
        tender.refunded_minor + amount_minor,
    )


def test_the_last_tender_pays_all_that_is_left_or_none_is_taken() -> None:
    costs: dict[str, Any] = {"total_minor": 500, "tip_minor": 50, "available_minor": 300, "currency": "USD"}
    with pytest.raises(InsufficientBalance) as short:
        rules.split([WALLET], **costs)
    assert short.value.facts["missing"]["amount_minor"] == 250
    with pytest.raises(Invalid):
        rules.split([{"kind": "card", "method_id": uuid4(), "most_minor": 549}], **costs)


def test_the_store_collects_what_is_due_with_its_tip(payer: Payer) -> None:
    shop = payer.shop
    quote = shop.quote(shop.line(), tenders=[WALLET | {"most_minor": 300}, AT_PICKUP], tip={"amount_minor": 60}).json
    order = shop.place(quote["id"]).json
    payer.fire(order)
    (ticket,) = shop.client.get(f"/v1/stores/{shop.store.id}/queue", headers=shop.barista).json["data"]
    assert ticket["to_pay"]["amount_minor"] == total(order) - 300 + 60


def test_nobody_pays_with_anothers_wallet(payer: Payer) -> None:
    quote = payer.quote().json
    assert payer.shop.place(quote["id"], headers=payer.shop.other).status_code == 404
    other = Payer(payer.shop, payer.shop.other)
    assert other.quote().status_code == 402
    assert payer.has() == (2_000, 2_000)


def test_who_orders_for_another_spends_nothing_of_theirs(errand: Errand) -> None:
    refused = errand.shop.quote(headers=errand.ana, tenders=[WALLET], tip={"amount_minor": 1})
    assert (refused.status_code, sorted(refused.json["errors"])) == (422, ["tenders", "tip"])


def say(payer: Payer, kind: str, value: dict[str, Any]) -> None:
    """Say how the customer pays, or what they tip."""
    said = payer.client.put(
        f"/v1/me/preferences/{kind}", json={"value": value}, headers=payer.headers | {"If-Match": '"0"'}
    )
    assert said.status_code == 200, said.text


def test_what_the_customer_said_pays_where_the_order_names_nobody(payer: Payer) -> None:
    say(payer, "tender_order", {"tenders": [WALLET, AT_PICKUP]})
    say(payer, "default_tip", {"percent": 10})
    quote = payer.shop.quote().json

    assert [each["kind"] for each in quote["tenders"]] == ["wallet"]
    assert quote["tenders"][0]["source"]["kind"] == quote["tip"]["source"]["kind"] == "customer_rule"
    assert payer.shop.place(quote["id"]).json["tenders"][0]["source"] == quote["tenders"][0]["source"]
    chosen = payer.shop.quote(tenders=[AT_PICKUP], tip={"amount_minor": 0}).json
    assert chosen["tenders"][0]["source"]["kind"] == "customer_choice"
    assert chosen["tip"]["amount_minor"] == 0
    payer.sound()


def test_a_card_that_was_said_and_is_gone_is_left_out(payer: Payer) -> None:
    card = payer.card()
    say(payer, "tender_order", {"tenders": [{"kind": "card", "method_id": card}]})
    assert payer.shop.quote().json["tenders"][0]["method_id"] == card
    payer.client.delete(f"/v1/me/payment-methods/{card}", headers=payer.headers)

    assert payer.shop.quote().json["tenders"][0]["kind"] == "pay_at_pickup"


def test_a_tip_in_another_currency_fills_nothing(payer: Payer) -> None:
    say(payer, "default_tip", {"amount_minor": 100, "currency": "EUR"})
    assert "tip" not in payer.shop.quote().json


SPENDERS = 16


def spend_at_once(payer: Payer) -> list[int]:
    """Place as many orders at one moment, each of which the wallet could pay alone; return what each was answered."""
    quotes = [payer.quote().json["id"] for _ in range(SPENDERS)]
    return [
        answer if isinstance(answer, int) else 0 for answer in at_once(SPENDERS, lambda n: _placed(payer, quotes[n]))
    ]


def _placed(payer: Payer, quote_id: str) -> int:
    status: int = payer.shop.place(quote_id).status_code
    return status


def test_of_many_orders_that_spend_one_wallet_those_are_placed_that_it_can_pay(payer: Payer) -> None:
    costs = total(payer.quote().json)

    answers = spend_at_once(payer)

    affordable = 2_000 // costs
    assert sorted(answers) == [201] * affordable + [402] * (SPENDERS - affordable)
    assert payer.has() == (2_000, 2_000 - affordable * costs)
    payer.sound()


def test_without_the_holds_condition_the_database_still_refuses(payer: Payer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the statement asks for nothing, and the constraint answers."""
    monkeypatch.setattr(spending, "_HOLD", _any_hold())
    answers = spend_at_once(payer)
    payer.shop.app.extensions["tests.watcher"].undocumented.clear()  # the 500s are what it is about

    assert 500 in answers
    assert answers.count(201) == 2_000 // total(payer.quote(AT_PICKUP).json)


def _any_hold() -> Any:
    table = spending._ACCOUNTS
    held = table.c.held_minor + sa.bindparam("wanted")
    return sa.update(table).where(*spending._MINE).values(held_minor=held)


def test_what_is_wrong_with_a_tender_or_a_reward_is_named(payer: Payer) -> None:
    wrong = payer.shop.quote(rewards=[{"reward": "k", "redemption_id": "no-id"}], tenders=[{"kind": "gold"}])
    assert (wrong.status_code, sorted(wrong.json["errors"])) == (422, ["rewards.0.redemption_id", "tenders.0.kind"])
    said = payer.client.put(
        "/v1/me/preferences/tender_order",
        json={"value": {"tenders": [{"kind": "card", "method_id": "no-id"}]}},
        headers=payer.headers | {"If-Match": '"0"'},
    )
    assert (said.status_code, list(said.json["errors"])) == (422, ["value.tenders.0.method_id"])
