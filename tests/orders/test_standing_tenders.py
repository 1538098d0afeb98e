"""Standing orders are paid as their customer said: by whom, with which tip, never above the ceiling, or asked about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from service import clock
from service.orders.actions.standing import days, tenders
from service.orders.rules.client_ids import day_named, of_day
from tests.preferences.test_usuals import save

from .paying import AT_PICKUP, WALLET, Payer, states
from .shop import Shop
from .standing import URL, coming, facts, orders, place_next, read, start, started, two_workers
from .test_order_life import held_seconds

COSTS = 433  # a flat white with its tax


@pytest.fixture
def payer(shop: Shop) -> Payer:
    """The shop's customer, with 5.00."""
    payer = Payer(shop)
    payer.load(500)
    return payer


@pytest.fixture
def poor(shop: Shop) -> Payer:
    """The shop's customer, with 1.00: less than a flat white."""
    payer = Payer(shop)
    payer.load(100)
    return payer


def say(payer: Payer, kind: str, value: dict[str, Any]) -> None:
    """Say something of every order."""
    url = f"/v1/me/preferences/{kind}"
    version = payer.client.get(url, headers=payer.headers).headers["ETag"]
    answer = payer.client.put(url, json={"value": value}, headers=payer.headers | {"If-Match": version})
    assert answer.status_code == 200, answer.text


def order_of(payer: Payer, day: dict[str, Any]) -> Any:
    """Read the day's order."""
    return payer.shop.show(day["order_id"]).json


def bank_is_asked(payer: Payer, at: datetime) -> None:
    """Let the worker ask the banks right after it placed."""
    payer.shop.app.extensions["sayso.payments"].drive_due(now=at)


def test_what_is_said_of_every_order_pays_with_its_tip_and_says_where_it_comes_from(payer: Payer) -> None:
    say(payer, "tender_order", {"tenders": [{"kind": "wallet"}]})
    say(payer, "default_tip", {"percent": 15})

    day = place_next(payer.shop, started(payer.shop))

    order = order_of(payer, day)
    assert (day["outcome"], states(order)) == ("placed", [("wallet", "held", COSTS)])
    assert (order["tip"]["amount_minor"], order["tip"]["source"]["preference"]) == (60, "default_tip")
    assert order["tenders"][0]["source"]["preference"] == "tender_order"
    assert payer.has() == (500, 500 - COSTS - 60)
    assert payer.shop.cancel(order["id"]).status_code == 200
    assert payer.has() == (500, 500)
    payer.sound()


def test_what_the_standing_order_says_itself_goes_before_it(payer: Payer) -> None:
    say(payer, "tender_order", {"tenders": [{"kind": "pay_at_pickup"}]})
    standing = started(payer.shop, tenders=[{"kind": "wallet", "most_minor": 200}, AT_PICKUP], tip={"amount_minor": 0})
    shown = read(payer.shop, standing)
    assert shown["tenders"] == [
        {"kind": "wallet", "method_id": None, "most_minor": 200},
        {"kind": "pay_at_pickup", "method_id": None, "most_minor": None},
    ]
    assert shown["tip"] == {"amount_minor": 0, "percent": None}

    order = order_of(payer, place_next(payer.shop, standing))

    assert states(order) == [("wallet", "held", 200), ("pay_at_pickup", "held", COSTS - 200)]
    assert order["tenders"][0]["source"] == order["tip"]["source"] == {"kind": "customer_choice"}
    payer.sound()


def test_a_wallet_that_can_not_pay_asks_whatever_else_was_said_and_claims_nothing(poor: Payer) -> None:
    day = place_next(poor.shop, started(poor.shop, tenders=[WALLET], if_unmakeable="skip"))

    assert (day["outcome"], day["reason"], day["order_id"]) == ("asked", "insufficient-balance", None)
    assert day["total"] == {"amount_minor": COSTS, "currency": "USD"}
    assert (facts(poor.shop), held_seconds(poor.shop)) == (["StandingOrderAsked"], (0, 0))
    poor.sound()


def test_what_the_wallet_loses_between_the_look_and_the_hold_asks_too(
    poor: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.orders.actions.tendering._available", lambda *_: 10_000)

    day = place_next(poor.shop, started(poor.shop, tenders=[WALLET]))

    assert (day["outcome"], day["reason"]) == ("asked", "insufficient-balance")
    assert held_seconds(poor.shop) == (0, 0)
    poor.sound()


def test_the_tip_counts_against_the_ceiling(payer: Payer) -> None:
    payer.load(500)
    said: dict[str, Any] = {"tenders": [WALLET], "price_ceiling": {"amount_minor": COSTS + 50, "currency": "USD"}}

    within = place_next(payer.shop, started(payer.shop, tip={"amount_minor": 50}, **said))
    above = place_next(payer.shop, started(payer.shop, tip={"amount_minor": 51}, **said))

    assert (within["outcome"], above["outcome"], above["reason"]) == ("placed", "asked", "above-ceiling")
    assert above["total"]["amount_minor"] == COSTS + 51


def test_a_card_is_asked_right_after_and_the_store_starts_once_it_pays(payer: Payer) -> None:
    card = payer.card()
    standing = started(payer.shop, tenders=[{"kind": "card", "method_id": card}])
    at = datetime.fromisoformat(coming(payer.shop, standing, 1)[0]["place_at"])
    payer.shop.follow_up(at)
    day = read(payer.shop, standing)["days"][0]
    assert states(order_of(payer, day)) == [("card", "pending", COSTS)]

    bank_is_asked(payer, at)

    order = order_of(payer, day)
    assert (states(order), order["payment_pending"]) == ([("card", "held", COSTS)], False)
    payer.sound()


def test_a_declined_card_fails_the_day_with_its_reason_and_frees_all_it_held(payer: Payer) -> None:
    card = payer.card("sandbox_declined")
    standing = started(payer.shop, tenders=[{"kind": "wallet", "most_minor": 100}, {"kind": "card", "method_id": card}])
    at = datetime.fromisoformat(coming(payer.shop, standing, 1)[0]["place_at"])
    before = held_seconds(payer.shop)
    payer.shop.follow_up(at)
    version = read(payer.shop, standing)["version"]
    assert payer.has() == (500, 400)

    bank_is_asked(payer, at)

    found = read(payer.shop, standing)
    day = found["days"][0]
    assert (day["outcome"], day["reason"], found["version"]) == ("failed", "card_declined", version + 1)
    order = order_of(payer, day)
    assert (order["state"], order["end_reason"]) == ("cancelled", "payment_failed: card_declined")
    assert facts(payer.shop) == ["StandingOrderPlaced", "StandingOrderFailed"]
    assert (payer.has(), held_seconds(payer.shop)) == ((500, 500), before)
    payer.reconcile()
    payer.sound()


def test_a_card_that_is_gone_asks_and_is_never_turned_into_paying_at_pickup(payer: Payer) -> None:
    card = payer.card()
    named = started(payer.shop, tenders=[{"kind": "card", "method_id": card}], if_unmakeable="skip")
    other = payer.card("sandbox_mastercard")
    say(payer, "tender_order", {"tenders": [{"kind": "card", "method_id": other}]})
    of_every_order = started(payer.shop, if_unmakeable="skip")
    for each in (card, other):
        assert payer.client.delete(f"/v1/me/payment-methods/{each}", headers=payer.headers).status_code == 204

    found = [place_next(payer.shop, each) for each in (named, of_every_order)]

    assert [(day["outcome"], day["reason"]) for day in found] == [("asked", "no-tender")] * 2
    assert orders(payer.shop) == 0


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"tenders": [{"kind": "card", "method_id": str(uuid4())}]}, "tenders.0.method_id"),
        ({"tenders": [AT_PICKUP, WALLET]}, "tenders.0.kind"),
        ({"tenders": []}, "tenders"),
        ({"tip": {"amount_minor": 1, "percent": 1}}, "tip.percent"),
    ],
)
def test_who_can_not_pay_is_refused_by_its_name(shop: Shop, said: dict[str, Any], field: str) -> None:
    answer = start(shop, **said)

    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_an_id_of_an_app_that_looks_like_a_days_fails_no_day(payer: Payer) -> None:
    standing = started(payer.shop)
    day = place_next(payer.shop, standing)
    declined = {"kind": "card", "method_id": payer.card("sandbox_declined")}
    spoofed = of_day(UUID(standing["id"]), datetime.fromisoformat(day["pickup_at"]).date() - timedelta(days=1))
    quote = payer.quote(declined).json
    placed = payer.shop.place(quote["id"], client_order_id=spoofed, headers=payer.headers)
    assert (placed.status_code, placed.json["state"]) == (201, "cancelled")

    assert read(payer.shop, standing)["days"] == [day]


def test_only_a_days_name_names_a_day() -> None:
    standing_order_id, on = uuid4(), clock.now().date()

    assert day_named(of_day(standing_order_id, on)) == (standing_order_id, on)
    assert [day_named(each) for each in ("app-1", f"standing-{uuid4()}", f"standing-{uuid4()}-2026-13-01")] == [
        None
    ] * 3


# ---- once, and the controls


def test_two_workers_hold_the_money_of_a_day_once_and_of_two_days_only_what_is_there(payer: Payer) -> None:
    usual = save(payer.shop).json
    both = [started(payer.shop, usual, tenders=[WALLET]) for _ in range(2)]
    at = max(datetime.fromisoformat(coming(payer.shop, each, 1)[0]["place_at"]) for each in both)

    two_workers(payer.shop, at)
    two_workers(payer.shop, at + timedelta(minutes=1))  # one that met the other is looked at again

    outcomes = sorted(read(payer.shop, each)["days"][0]["outcome"] for each in both)
    assert (outcomes, payer.has()) == (["asked", "placed"], (500, 500 - COSTS))
    payer.sound()


@pytest.mark.broken_on_purpose
def test_control_without_asking_who_pays_a_lost_card_is_paid_at_pickup(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = payer.card()
    say(payer, "tender_order", {"tenders": [{"kind": "card", "method_id": card}]})
    payer.client.delete(f"/v1/me/payment-methods/{card}", headers=payer.headers)
    monkeypatch.setattr(tenders, "AT_PICKUP", "nothing")

    day = place_next(payer.shop, started(payer.shop))

    assert order_of(payer, day)["tenders"][0]["kind"] == "pay_at_pickup"


@pytest.mark.broken_on_purpose
def test_control_with_the_price_alone_a_tip_goes_above_the_ceiling(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: dict[str, Any] = {"tenders": [WALLET], "price_ceiling": {"amount_minor": COSTS, "currency": "USD"}}
    as_said = tenders.as_said

    def without_its_sum(*args: Any, **kwargs: Any) -> Any:
        made = as_said(*args, **kwargs)
        if made is not None:
            made.document.pop("to_pay")
        return made

    monkeypatch.setattr(days, "as_said", without_its_sum)

    assert place_next(payer.shop, started(payer.shop, tip={"amount_minor": 60}, **said))["outcome"] == "placed"
    assert payer.has()[1] < 500 - COSTS


def test_they_are_shown_to_nobody_else_and_a_put_without_them_takes_them_back(payer: Payer) -> None:
    standing = started(payer.shop, tenders=[WALLET])
    body = {
        name: standing[name] for name in ("usual_id", "recurrence", "at", "price_ceiling", "if_unmakeable", "starts_on")
    }
    match = {"If-Match": f'"{standing["version"]}"'}

    changed = payer.client.put(f"{URL}/{standing['id']}", json=body, headers=payer.headers | match)

    assert (changed.status_code, changed.json["tenders"], changed.json["tip"]) == (200, None, None)
    assert payer.client.get(f"{URL}/{standing['id']}", headers=payer.shop.other).status_code == 404
