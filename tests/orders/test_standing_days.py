"""A standing order whose day can't be placed as said: it asks, skips or does what was chosen, once, and says so."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.http.edge import Edge
from service.orders.actions import capacity
from service.orders.actions.standing import days
from service.orders.rules.promise import SLOT, Claim
from tests.preferences.test_usuals import save
from tests.preferences.voice import Voice

from .shop import Shop
from .standing import URL, coming, facts, orders, place_next, read, started
from .test_order_life import held_seconds
from .test_quote_again import dearer
from .test_reject_lines import policy


def test_above_the_ceiling_it_asks_and_places_nothing(shop: Shop) -> None:
    standing = started(shop)
    dearer(shop, 100)

    day = place_next(shop, standing)

    assert (day["outcome"], day["reason"], day["order_id"]) == ("asked", "above-ceiling", None)
    assert day["total"]["amount_minor"] > 500
    assert orders(shop) == 0
    assert held_seconds(shop) == (0, 0)
    assert facts(shop) == ["StandingOrderAsked"]
    stream = shop.client.get(f"{URL}/{standing['id']}/events", headers=shop.customer | {"Last-Event-ID": "0"})
    assert "StandingOrderAsked" in stream.text
    assert "above-ceiling" in stream.text


@pytest.mark.parametrize(("said", "outcome"), [("ask", "asked"), ("skip", "skipped"), ("substitute", "asked")])
def test_what_is_sold_out_is_done_with_as_was_said(shop: Shop, said: str, outcome: str) -> None:
    standing = started(shop, if_unmakeable=said)
    shop.sell_out("item", shop.flat_white)

    day = place_next(shop, standing)

    assert (day["outcome"], day["reason"]) == (outcome, "sold-out")
    assert orders(shop) == 0


@pytest.mark.parametrize(("said", "outcome"), [("ask", "asked"), ("skip", "skipped"), ("substitute", "placed")])
def test_only_who_said_so_gets_the_substitute_of_their_policy(shop: Shop, said: str, outcome: str) -> None:
    closest = policy("closest", {"item_id": str(shop.croissant)})
    usual = save(shop, shop.line(if_unavailable=closest)).json
    standing = started(shop, usual, if_unmakeable=said)
    shop.sell_out("item", shop.flat_white)

    day = place_next(shop, standing)

    assert day["outcome"] == outcome
    if outcome == "placed":
        assert [line["item"]["name"] for line in shop.show(day["order_id"]).json["lines"]] == ["Croissant"]


@pytest.mark.parametrize(("said", "outcome"), [("ask", "asked"), ("skip", "skipped"), ("substitute", "asked")])
def test_what_its_customer_avoids_by_now_is_never_placed(shop: Shop, said: str, outcome: str) -> None:
    standing = started(shop, if_unmakeable=said)
    voice = Voice(shop, shop.customer)
    voice.say("avoid", entries=[{"allergen": "milk", "also_may_contain": True}])

    day = place_next(shop, standing)

    assert (day["outcome"], day["reason"], orders(shop)) == (outcome, "avoided", 0)


def test_by_policy_a_line_is_left_out_or_the_whole_day(shop: Shop) -> None:
    lines = [shop.line(), shop.line(shop.croissant)]
    without = started(shop, save(shop, *lines, if_unavailable=policy("refund_line")).json, if_unmakeable="substitute",
                      price_ceiling={"amount_minor": 900, "currency": "USD"})  # fmt: skip
    nothing = started(shop, save(shop, *lines, if_unavailable=policy("cancel_order")).json, if_unmakeable="substitute",
                      price_ceiling={"amount_minor": 900, "currency": "USD"})  # fmt: skip
    shop.sell_out("item", shop.flat_white)

    assert place_next(shop, without)["outcome"] == "placed"
    assert read(shop, nothing)["days"][0]["outcome"] == "skipped"


@pytest.mark.parametrize(("said", "outcome"), [("ask", "asked"), ("skip", "skipped")])
def test_a_closed_store_is_done_with_as_was_said(app: Edge, session: Session, said: str, outcome: str) -> None:
    shop = Shop(app, session, hours="Mo-Su 06:00-08:00")
    standing = started(shop, if_unmakeable=said)

    day = place_next(shop, standing)

    assert (day["outcome"], day["reason"]) == (outcome, "store-closed")


def test_counted_stock_that_ran_out_leaves_no_time_claimed(shop: Shop) -> None:
    usual = save(shop, shop.line(shop.croissant, quantity=1), shop.line(shop.croissant, quantity=1)).json
    standing = started(shop, usual, price_ceiling={"amount_minor": 900, "currency": "USD"})
    path = f"/v1/stores/{shop.store.id}/stock/{shop.croissant}"
    assert shop.client.put(path, json={"left": 1}, headers=shop.barista).status_code == 200

    day = place_next(shop, standing)

    assert (day["outcome"], day["reason"]) == ("asked", "sold-out")
    assert held_seconds(shop) == (0, 0)


def test_a_day_that_passed_while_no_worker_ran_is_left_out(shop: Shop) -> None:
    standing = started(shop)
    pickup_at = datetime.fromisoformat(coming(shop, standing, 1)[0]["pickup_at"])

    shop.follow_up(pickup_at + timedelta(minutes=1))

    (day,) = read(shop, standing)["days"]
    assert (day["outcome"], day["reason"], orders(shop)) == ("skipped", "too-late", 0)


def others_come_first(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Let others take all the time there is after each look at it, before it is claimed; count the looks."""
    real, looks = days.draft, Counter[str]()

    def taken(session: Session, store: Any, *args: Any, **kwargs: Any) -> Any:
        made = real(session, store, *args, **kwargs)
        looks["taken"] += 1
        planned: list[Claim] = list(made.promise.claims)
        slots = {replace(each, slot_at=each.slot_at + n * SLOT) for each in planned for n in range(-30, 2)}
        capacity.lock_slots(session, (store.id, list(slots)))
        session.execute(sa.text("UPDATE capacity_slots SET claimed_seconds = capacity_seconds"))
        return made

    monkeypatch.setattr(days, "draft", taken)
    return looks


@pytest.mark.parametrize(("said", "outcome"), [("ask", "asked"), ("skip", "skipped")])
def test_a_day_whose_time_others_took_meanwhile_is_done_with_once_and_says_so(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, said: str, outcome: str
) -> None:
    standing = started(shop, if_unmakeable=said)
    looks = others_come_first(monkeypatch)

    day = place_next(shop, standing)
    shop.follow_up(datetime.fromisoformat(day["pickup_at"]) - timedelta(minutes=1))

    assert (day["outcome"], day["reason"]) == (outcome, "window-full")
    assert (looks["taken"], len(read(shop, standing)["days"]), orders(shop)) == (1, 1, 0)
    assert [name for name in facts(shop) if name.endswith(outcome.capitalize())] == [
        f"StandingOrder{outcome.capitalize()}"
    ]


def test_control_not_planned_under_lock_it_is_tried_anew_and_nobody_is_told(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = started(shop)
    looks = others_come_first(monkeypatch)
    monkeypatch.setattr(days, "plan_under_lock", lambda _session: None)
    at = datetime.fromisoformat(coming(shop, standing, 1)[0]["place_at"])
    for minutes in range(0, 30, 5):
        shop.follow_up(at + timedelta(minutes=minutes))

    assert looks["taken"] > 2
    assert read(shop, standing)["days"] == []


def test_a_day_whose_name_an_app_gave_to_an_order_of_its_own_is_done_with_and_says_so(shop: Shop) -> None:
    standing = started(shop)
    pickup_at = datetime.fromisoformat(coming(shop, standing, 1)[0]["pickup_at"])
    name = days.order_name(UUID(standing["id"]), pickup_at.date())
    assert shop.place(shop.quote(shop.line()).json["id"], client_order_id=name).status_code == 201

    day = place_next(shop, standing)

    assert (day["outcome"], day["reason"], orders(shop)) == ("asked", "client-order-id-taken", 1)


def test_what_fails_every_time_is_over_when_its_time_has_come(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not up to an hour later, when it would have been looked at again."""
    standing = started(shop)

    def failing(*_: Any, **__: Any) -> Any:
        raise RuntimeError("poison")

    monkeypatch.setattr(days, "usual_wish", failing)
    (first,) = coming(shop, standing, 1)
    at, pickup_at = datetime.fromisoformat(first["place_at"]), datetime.fromisoformat(first["pickup_at"])
    while at < pickup_at:
        shop.follow_up(at)
        at += timedelta(minutes=10)
    assert read(shop, standing)["days"] == []
    shop.follow_up(pickup_at)

    assert [(day["outcome"], day["reason"]) for day in read(shop, standing)["days"]] == [("skipped", "too-late")]


def test_one_that_fails_every_time_holds_up_no_other(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    poison = started(shop)
    others = [started(shop) for _ in range(2)]
    real = days.usual_wish
    calls = Counter[str]()

    def failing(session: Session, *, customer_id: UUID, usual_id: UUID) -> Any:
        calls[str(usual_id)] += 1
        if str(usual_id) == poison["usual_id"]:
            raise RuntimeError("poison")
        return real(session, customer_id=customer_id, usual_id=usual_id)

    monkeypatch.setattr(days, "usual_wish", failing)
    at = datetime.fromisoformat(coming(shop, poison, 1)[0]["place_at"])
    for seconds in range(4):
        shop.follow_up(at + timedelta(seconds=seconds))

    assert [read(shop, other)["days"][0]["outcome"] for other in others] == ["placed", "placed"]
    assert read(shop, poison)["days"] == []
    assert calls[poison["usual_id"]] < 4  # farther apart each time
    monkeypatch.undo()
    shop.follow_up(at + timedelta(minutes=1))
    assert read(shop, poison)["days"][0]["outcome"] == "placed"
