"""Standing orders: said over HTTP, placed by the worker once a day, asked about where they can't be as said."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from service import clock
from service.db import new_id
from service.events import OutboxRow
from service.http.edge import Edge
from service.orders import actions
from service.orders.actions import capacity
from service.orders.actions.standing import days
from service.orders.models import Order, StandingOrder, StandingOrderDay
from service.orders.rules.promise import SLOT, Claim
from service.orders.rules.schedule import MOST_STANDING_ORDERS
from service.preferences import actions as preference_actions
from service.worker import STANDING_ORDERS, Worker
from tests.factories import make_customer
from tests.preferences.test_usuals import save
from tests.preferences.voice import Voice

from .shop import Shop
from .test_order_life import held_seconds
from .test_quote_again import dearer
from .test_recurrence_rules import NIGHTS
from .test_reject_lines import policy

URL = "/v1/me/standing-orders"
NEW_YORK = ZoneInfo("America/New_York")


def start(shop: Shop, usual: dict[str, Any] | None = None, headers: dict[str, str] | None = None, **said: Any) -> Any:
    """Have a usual (a flat white, unless told otherwise) ordered every day at noon."""
    body = {
        "usual_id": (usual or save(shop).json)["id"],
        "recurrence": "FREQ=DAILY",
        "at": "12:00",
        "price_ceiling": {"amount_minor": 500, "currency": "USD"},
        "if_unmakeable": "ask",
        **said,
    }
    key = {"Idempotency-Key": str(uuid4())}
    return shop.app.test_client().post(URL, json=body, headers=(headers or shop.customer) | key)


def started(shop: Shop, usual: dict[str, Any] | None = None, **said: Any) -> dict[str, Any]:
    answer = start(shop, usual, **said)
    assert answer.status_code == 201, answer.text
    standing: dict[str, Any] = answer.json
    return standing


def read(shop: Shop, standing: dict[str, Any]) -> dict[str, Any]:
    answer = shop.client.get(f"{URL}/{standing['id']}", headers=shop.customer)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def coming(shop: Shop, standing: dict[str, Any], limit: int = 14) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.client.get(
        f"{URL}/{standing['id']}/upcoming?limit={limit}", headers=shop.customer
    ).json["data"]
    return found


def place_next(shop: Shop, standing: dict[str, Any]) -> dict[str, Any]:
    """Let a worker do what is due when the next day is to be placed; return what became of it."""
    at = datetime.fromisoformat(coming(shop, standing, 1)[0]["place_at"])
    shop.follow_up(at)
    day: dict[str, Any] = read(shop, standing)["days"][0]
    return day


def orders(shop: Shop) -> int:
    with shop.app.database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Order)) or 0


def facts(shop: Shop) -> list[str]:
    with shop.app.database.reading() as session:
        names = session.scalars(
            sa.select(OutboxRow.name).where(OutboxRow.subject == "standing_order").order_by(OutboxRow.seq)
        )
        return list(names)


# ---- placing


def test_it_is_placed_ahead_of_its_time_for_its_time(shop: Shop) -> None:
    standing = started(shop, save(shop, pickup={"alias": "Jo"}).json)
    first = coming(shop, standing, 1)[0]
    pickup_at, place_at = (datetime.fromisoformat(first[name]) for name in ("pickup_at", "place_at"))
    assert pickup_at.astimezone(NEW_YORK).strftime("%H:%M") == "12:00"
    assert place_at <= pickup_at - timedelta(hours=1)

    shop.follow_up(place_at - timedelta(minutes=1))
    assert orders(shop) == 0 or place_at < clock.now()
    shop.follow_up(place_at)
    shop.follow_up(place_at + timedelta(minutes=1))

    assert orders(shop) == 1
    (day,) = read(shop, standing)["days"]
    assert (day["outcome"], day["on"]) == ("placed", first["on"])
    order = shop.show(day["order_id"]).json
    assert (order["state"], order["pickup"]["alias"]["name"]) == ("scheduled", "Jo")
    assert datetime.fromisoformat(order["promise"]["window_starts_at"]) == pickup_at
    by_name = shop.client.get(
        f"/v1/me/orders/by-client-id/standing-{standing['id']}-{day['on']}", headers=shop.customer
    )
    assert by_name.json["id"] == order["id"]
    assert facts(shop) == ["StandingOrderPlaced"]
    taken, claimed = held_seconds(shop)
    assert taken == claimed == 60
    assert shop.cancel(order["id"]).status_code == 200


def test_every_day_follows_the_one_before(shop: Shop) -> None:
    standing = started(shop)

    done = [place_next_day(shop, standing) for _ in range(3)]

    assert [(one + timedelta(days=1)) for one in done[:2]] == done[1:]
    assert orders(shop) == 3


def place_next_day(shop: Shop, standing: dict[str, Any]) -> date:
    with shop.app.database.reading() as session:
        row = session.get(StandingOrder, UUID(standing["id"]))
        assert row is not None
        assert row.due_at is not None
        at = row.due_at
    shop.follow_up(max(at, clock.now()))
    return date.fromisoformat(read(shop, standing)["days"][0]["on"])


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


# ---- clock changes


@pytest.mark.parametrize(("zone", "day", "at", "meant"), NIGHTS)
def test_over_a_clock_change_it_is_placed_once_a_day_at_its_time(
    app: Edge, session: Session, zone: str, day: str, at: str, meant: str
) -> None:
    shop, night = Shop(app, session, timezone=zone), date.fromisoformat(day)
    begins = datetime.fromisoformat(meant) - timedelta(hours=40)
    standing_id = standing_since(shop, begins, at)

    run(shop, begins, hours=90)

    placed = placed_days(shop, standing_id)
    assert [on for on, _ in placed][:3] == [night - timedelta(days=1), night, night + timedelta(days=1)]
    assert dict(placed)[night] == datetime.fromisoformat(meant)
    others = [starts_at.astimezone(ZoneInfo(zone)).strftime("%H:%M") for on, starts_at in placed if on != night]
    assert set(others) == {at}
    assert orders(shop) == len(placed) == len({on for on, _ in placed})


def test_a_day_that_the_calendar_left_out_has_no_order(app: Edge, session: Session) -> None:
    shop = Shop(app, session, timezone="Pacific/Apia")
    begins = datetime.fromisoformat("2011-12-29T00:00Z")
    standing_id = standing_since(shop, begins, "08:00")

    run(shop, begins, hours=68)

    assert [on.isoformat() for on, _ in placed_days(shop, standing_id)] == ["2011-12-29", "2011-12-31", "2012-01-01"]


def standing_since(shop: Shop, now: datetime, at: str) -> UUID:
    """Start a standing order as of an instant; return its id."""
    customer_id = make_customer(shop.session).id
    basket = {"lines": [{"item_id": shop.flat_white}], "pickup": {}, "if_unavailable": None}
    usual_id = preference_actions.save_usual(
        shop.session, customer_id=customer_id, name="Night", store_id=shop.store.id, basket=basket,
        price_ceiling=None, position=None, now=now,
    )  # fmt: skip
    standing_id = actions.start_standing_order(
        shop.session, customer_id=customer_id, now=now, usual_id=usual_id, store_id=None, recurrence="FREQ=DAILY",
        starts_on=None, at=at, price_ceiling={"amount_minor": 900, "currency": "USD"}, if_unmakeable="ask", pause=None,
    )  # fmt: skip
    shop.session.commit()
    return standing_id


def run(shop: Shop, begins: datetime, *, hours: int) -> None:
    """Let a worker look every half hour."""
    worker = Worker(shop.app.database, {})
    for half_hours in range(2 * hours):
        worker.do(STANDING_ORDERS, begins + timedelta(minutes=30 * half_hours))


def placed_days(shop: Shop, standing_id: UUID) -> list[tuple[date, datetime]]:
    """Return the days with the window that each order was promised."""
    with shop.app.database.reading() as session:
        mine = sa.select(StandingOrderDay.on_date, Order.window_starts_at).join(
            Order, Order.id == StandingOrderDay.order_id
        )
        rows = session.execute(
            mine.where(StandingOrderDay.standing_order_id == standing_id).order_by(StandingOrderDay.on_date)
        )
        return [(on, starts_at) for on, starts_at in rows if starts_at is not None]


# ---- two workers

MANY = 6


@pytest.fixture
def many(shop: Shop) -> tuple[Shop, datetime]:
    """Standing orders that are due at once, and when."""
    usual = save(shop).json
    each = [started(shop, usual) for _ in range(MANY)]
    return shop, max(datetime.fromisoformat(coming(shop, one, 1)[0]["place_at"]) for one in each)


def two_workers(shop: Shop, at: datetime) -> None:
    both = Barrier(2)

    def work(_: int) -> None:
        worker = Worker(shop.app.database, {})
        both.wait(10)
        worker.do(STANDING_ORDERS, at)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, range(2)))


def test_two_workers_never_place_two(many: tuple[Shop, datetime]) -> None:
    shop, at = many

    two_workers(shop, at)

    assert orders(shop) == MANY
    taken, claimed = held_seconds(shop)
    assert taken == claimed == MANY * 60


@pytest.fixture
def without_turns(many: tuple[Shop, datetime], monkeypatch: pytest.MonkeyPatch) -> tuple[Shop, datetime]:
    """Workers that take no turns, and each believe that the day isn't done."""
    shop, at = many
    both = Barrier(2)
    found = days.due_standing_orders

    def due_for_both(session: Session, *, now: datetime) -> list[UUID]:
        due = found(session, now=now)
        session.rollback()  # on SQLite the other could not look meanwhile
        both.wait(10)
        return due

    def take(session: Session, standing_order_id: UUID, now: datetime) -> StandingOrder | None:
        standing = session.get_one(StandingOrder, standing_order_id)
        if standing.done_on is not None:
            set_committed_value(standing, "next_on", standing.done_on)
            set_committed_value(standing, "done_on", None)
        return standing

    monkeypatch.setattr(actions, "due_standing_orders", due_for_both)
    monkeypatch.setattr(days, "take_due", take)
    monkeypatch.setattr(actions, "put_off_standing_order", lambda *_, **__: False)
    return shop, at


@pytest.mark.broken_on_purpose
def test_also_without_taking_turns_the_key_keeps_it_to_one(without_turns: tuple[Shop, datetime]) -> None:
    shop, at = without_turns

    two_workers(shop, at)

    assert orders(shop) == MANY


@pytest.mark.broken_on_purpose
def test_control_without_turns_and_key_two_are_placed(
    without_turns: tuple[Shop, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, at = without_turns
    if shop.app.database.is_postgresql:
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    monkeypatch.setattr(days, "_INSERT_DAY", insert(StandingOrderDay).on_conflict_do_nothing())
    monkeypatch.setattr(days, "order_name", lambda *_: f"standing-{new_id()}")

    two_workers(shop, at)

    assert orders(shop) > MANY


# ---- saying it


def test_a_skipped_or_paused_day_is_shown_and_not_placed(shop: Shop) -> None:
    standing = started(shop)
    first, second, third = coming(shop, standing, 3)
    path = f"{URL}/{standing['id']}/skips"

    assert shop.client.post(path, json={"on": first["on"]}, headers=shop.customer).json["next_on"] == second["on"]
    changed = change(shop, read(shop, standing), pause={"from_on": second["on"], "until_on": second["on"]})
    assert changed.json["next_on"] == third["on"]
    assert [each["left_out"] for each in coming(shop, standing, 3)] == ["skipped", "paused", None]
    shop.follow_up(datetime.fromisoformat(second["pickup_at"]))
    assert orders(shop) == 0

    assert shop.client.delete(f"{path}/{first['on']}", headers=shop.customer).status_code == 204
    assert shop.client.delete(f"{path}/{first['on']}", headers=shop.customer).status_code == 404
    assert shop.client.delete(f"{path}/someday", headers=shop.customer).status_code == 422
    assert read(shop, standing)["next_on"] == first["on"]


def test_a_day_whose_order_stands_can_not_be_skipped_any_more(shop: Shop) -> None:
    standing = started(shop)
    day = place_next(shop, standing)

    refused = shop.client.post(f"{URL}/{standing['id']}/skips", json={"on": day["on"]}, headers=shop.customer)

    assert (refused.status_code, refused.json["type"]) == (409, "/problems/day-done")
    assert refused.json["order_id"] == day["order_id"]


def change(shop: Shop, standing: dict[str, Any], **changes: Any) -> Any:
    names = ("usual_id", "store_id", "recurrence", "starts_on", "at", "price_ceiling", "if_unmakeable", "pause")
    return shop.client.put(
        f"{URL}/{standing['id']}",
        json={name: standing[name] for name in names} | changes,
        headers=shop.customer | {"If-Match": f'"{standing["version"]}"'},
    )


def test_a_day_that_is_done_stays_done_whatever_is_said_after(shop: Shop) -> None:
    standing = started(shop)
    day = place_next(shop, standing)

    changed = change(shop, read(shop, standing), at="23:55")

    assert changed.status_code == 200
    assert changed.json["next_on"] > day["on"]
    assert change(shop, standing, at="09:00").status_code == 412


def test_forgetting_the_usual_puts_its_standing_orders_at_rest(shop: Shop) -> None:
    usual = save(shop).json
    standing = started(shop, usual)
    match = {"If-Match": '"1"'}
    assert shop.client.delete(f"/v1/me/usuals/{usual['id']}", headers=shop.customer | match).status_code == 204

    assert read(shop, standing)["next_on"] is None
    assert coming(shop, standing) == []


def test_one_with_a_store_of_its_own_asks_where_its_usual_is_gone(shop: Shop) -> None:
    usual = save(shop).json
    standing = started(shop, usual, store_id=str(shop.store.id))
    shop.client.delete(f"/v1/me/usuals/{usual['id']}", headers=shop.customer | {"If-Match": '"1"'})

    assert place_next(shop, standing)["reason"] == "no-usual"


def test_ending_it_leaves_its_orders(shop: Shop) -> None:
    standing = started(shop)
    order_id = place_next(shop, standing)["order_id"]
    match = {"If-Match": f'"{read(shop, standing)["version"]}"'}

    assert shop.client.delete(f"{URL}/{standing['id']}", headers=shop.customer | match).status_code == 204
    assert shop.client.get(URL, headers=shop.customer).json["data"] == []
    assert shop.show(order_id).status_code == 200


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"recurrence": "FREQ=MINUTELY"}, "recurrence"),
        ({"recurrence": "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"}, "recurrence"),
        ({"at": "08:03"}, "at"),
        ({"at": "24:00"}, "at"),
        ({"at": "8:00"}, "at"),
        ({"price_ceiling": {"amount_minor": 500, "currency": "EUR"}}, "price_ceiling.currency"),
        ({"price_ceiling": {"amount_minor": 0, "currency": "USD"}}, "price_ceiling.amount_minor"),
        ({"starts_on": "2090-01-01"}, "starts_on"),
        ({"usual_id": str(uuid4())}, "usual_id"),
        ({"store_id": str(uuid4())}, "store_id"),
        ({"if_unmakeable": "hope"}, "if_unmakeable"),
        ({"pause": {"from_on": "2027-02-02", "until_on": "2027-02-01"}}, "pause.until_on"),
    ],
)
def test_what_can_not_be_followed_is_refused_by_its_name(shop: Shop, said: dict[str, Any], field: str) -> None:
    answer = start(shop, **said)

    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_a_standing_order_is_its_customers_own(shop: Shop) -> None:
    standing = started(shop)
    path = f"{URL}/{standing['id']}"

    assert shop.client.get(path).status_code == 401
    for below in ("", "/upcoming", "/events"):
        assert shop.client.get(f"{path}{below}", headers=shop.other).status_code == 404
    assert shop.client.post(f"{path}/skips", json={"on": "2027-01-01"}, headers=shop.other).status_code == 404
    assert start(shop, save(shop).json, headers=shop.other).status_code == 422


def test_standing_orders_are_bounded(shop: Shop) -> None:
    usual = save(shop).json
    for _ in range(MOST_STANDING_ORDERS):
        started(shop, usual)

    assert start(shop, usual).json["type"] == "/problems/too-many-standing-orders"
