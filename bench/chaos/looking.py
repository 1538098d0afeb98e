"""Reading the database behind the service's back."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from service import create_app
from service.config import Settings
from service.demo import queries
from service.events import OutboxRow
from service.orders.models import CapacityClaim, CapacitySlot, Order, OrderAsk, WalkIn
from service.orders.rules.states import ENDED, State

from .checks import Found, KeptOrder, Slot


class Database:
    """The service's own database."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._app = create_app(Settings.from_environ(environ))
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

    def sign_ins(self) -> dict[str, Any]:
        """Return who can sign in to the demo."""
        with self._app.database.reading() as session:
            return queries.sign_ins(session)

    def rows(self, wanted: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        """Return what a query finds now."""
        with self._app.database.reading() as session:
            return session.execute(wanted).all()

    def states(self) -> dict[str, int]:
        """Return how many orders are in each state."""
        return dict(Counter(row.state for row in self.rows(sa.select(Order.state))))

    def ended(self) -> set[str]:
        """Return the orders that are over."""
        return {str(row.id) for row in self.rows(sa.select(Order.id).where(Order.state.in_(ENDED)))}

    def close(self) -> None:
        """Let go of its connections."""
        self._app.database.dispose()


def found_at(
    database: Database,
    *,
    prefix: str,
    acknowledged: Mapping[str, str],
    queue: Mapping[str, int],
    screens: Sequence[Mapping[str, int]],
    watched: Mapping[str, int],
) -> Found:
    """Return what the database has now, beside what its users were told."""
    orders = sa.select(Order.id, Order.client_order_id, Order.state, Order.version, Order.fire_at)
    walk_ins = database.rows(sa.select(WalkIn.id, WalkIn.store_id, WalkIn.claims).where(WalkIn.ended_at.is_(None)))
    return Found(
        now=datetime.now(UTC),
        acknowledged=acknowledged,
        orders=[
            KeptOrder(str(row.id), row.client_order_id, State(row.state), row.version, row.fire_at)
            for row in database.rows(orders.where(Order.client_order_id.startswith(prefix)))
        ],
        slots={
            _slot(row.store_id, row.station, row.slot_at): (row.claimed_seconds, row.capacity_seconds)
            for row in database.rows(sa.select(*CapacitySlot.__table__.columns))
        },
        claims=[
            *(
                (str(row.order_id), _slot(row.store_id, row.station, row.slot_at), row.seconds)
                for row in database.rows(sa.select(*CapacityClaim.__table__.columns))
            ),
            *(
                (str(row.id), _slot(row.store_id, station, datetime.fromisoformat(slot_at)), seconds)
                for row in walk_ins
                for station, slot_at, seconds in row.claims
            ),
        ],
        open_walk_ins=frozenset(str(row.id) for row in walk_ins),
        asks=[
            (str(row.order_id), row.deadline_at)
            for row in database.rows(
                sa.select(OrderAsk.order_id, OrderAsk.deadline_at).where(OrderAsk.answered_at.is_(None))
            )
        ],
        facts_due=[
            row.due_at for row in database.rows(sa.select(OutboxRow.due_at).where(OutboxRow.due_at.is_not(None)))
        ],
        queue=queue,
        screens=screens,
        watched=watched,
    )


def _slot(store_id: UUID, station: str, slot_at: datetime) -> Slot:
    return str(store_id), station, slot_at
