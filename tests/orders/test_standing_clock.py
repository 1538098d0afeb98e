"""Standing orders over clock changes: once a day, at the time that was said."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.http.edge import Edge
from service.orders import actions
from service.orders.models import Order, StandingOrderDay
from service.preferences import actions as preference_actions
from service.worker import STANDING_ORDERS, Worker
from tests.factories import make_customer

from .shop import Shop
from .standing import orders
from .test_recurrence_rules import NIGHTS


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
