"""Two workers with the same standing orders never place two."""

from __future__ import annotations

from datetime import datetime
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from service.db import new_id
from service.orders import actions
from service.orders.actions.standing import days
from service.orders.models import StandingOrder, StandingOrderDay
from tests.preferences.test_usuals import save

from .shop import Shop
from .standing import coming, orders, started, two_workers
from .test_order_life import held_seconds

MANY = 6


@pytest.fixture
def many(shop: Shop) -> tuple[Shop, datetime]:
    """Standing orders that are due at once, and when."""
    usual = save(shop).json
    each = [started(shop, usual) for _ in range(MANY)]
    return shop, max(datetime.fromisoformat(coming(shop, one, 1)[0]["place_at"]) for one in each)


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
