"""Claiming seconds of work: all of a promise's claims or none, and giving back exactly what was taken."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import CapacityClaim, CapacitySlot
from ..rules.promise import Claim

_SLOTS: sa.Table = CapacitySlot.__table__  # type: ignore[assignment]
_CLAIMS: sa.Table = CapacityClaim.__table__  # type: ignore[assignment]


def claim(session: Session, store_id: UUID, claims: Sequence[Claim]) -> bool:
    """Take the seconds of every claim, or none of them; tell which.

    One conditional upsert: a slot that has too few seconds left is not updated, and what the others took is given
    back. Rows are touched in primary-key order, so two orders never wait for each other in a circle.
    """
    if not claims:
        return True
    ordered = sorted(claims, key=lambda each: (each.station, each.slot_at))
    connection = session.connection()
    taken = connection.execute(_upsert(len(ordered)), _slot_values(store_id, ordered)).all()
    if len(taken) == len(ordered):
        return True
    held = {(row.station, row.slot_at) for row in taken}
    give_back(session, store_id, [entry for entry in claims if (entry.station, entry.slot_at) in held])
    return False


def _slot_values(store_id: UUID, claims: Sequence[Claim]) -> dict[str, Any]:
    values: dict[str, Any] = {"of_store": store_id}
    for number, entry in enumerate(claims):
        values |= {
            f"station_{number}": entry.station,
            f"slot_at_{number}": entry.slot_at,
            f"seconds_{number}": entry.seconds,
            f"capacity_{number}": entry.capacity_seconds,
        }
    return values


@lru_cache(maxsize=64)
def _upsert(claims: int) -> sa.TextClause | sa.TextualSelect:
    """Return the statement for so many claims, the same on both databases.

    As text: SQLAlchemy compiles an insert of several rows anew at every execution, which took a tenth of a placement.
    """
    rows = ", ".join(
        f"(:of_store, :station_{number}, :slot_at_{number}, :seconds_{number}, :capacity_{number})"
        for number in range(claims)
    )
    columns = {"of_store": _SLOTS.c.store_id} | {
        f"{name}_{number}": column for number in range(claims) for name, column in _BOUND.items()
    }
    return (
        sa.text(_CLAIM.format(rows=rows))
        .bindparams(*(sa.bindparam(name, type_=column.type) for name, column in columns.items()))
        .columns(_SLOTS.c.station, _SLOTS.c.slot_at)
    )


_BOUND = {
    "station": _SLOTS.c.station,
    "slot_at": _SLOTS.c.slot_at,
    "seconds": _SLOTS.c.claimed_seconds,
    "capacity": _SLOTS.c.capacity_seconds,
}
_CLAIM = """
INSERT INTO capacity_slots AS slot (store_id, station, slot_at, claimed_seconds, capacity_seconds) VALUES {rows}
ON CONFLICT (store_id, station, slot_at) DO UPDATE
SET claimed_seconds = slot.claimed_seconds + excluded.claimed_seconds, capacity_seconds = excluded.capacity_seconds
WHERE slot.claimed_seconds + excluded.claimed_seconds <= excluded.capacity_seconds
RETURNING station, slot_at
"""

_GIVE_BACK = (
    sa.update(_SLOTS)
    .where(
        _SLOTS.c.store_id == sa.bindparam("of_store"),
        _SLOTS.c.station == sa.bindparam("of_station"),
        _SLOTS.c.slot_at == sa.bindparam("of_slot"),
    )
    .values(claimed_seconds=_SLOTS.c.claimed_seconds - sa.bindparam("back"))
)


def give_back(session: Session, store_id: UUID, claims: Sequence[Claim]) -> None:
    """Return the seconds of the claims to their slots."""
    if claims:
        ordered = sorted(claims, key=lambda each: (each.station, each.slot_at))
        session.connection().execute(
            _GIVE_BACK,
            [{"of_store": store_id, "of_station": c.station, "of_slot": c.slot_at, "back": c.seconds} for c in ordered],
        )


def release_order(session: Session, order_id: UUID) -> None:
    """Give back every second that the order holds, and forget its claims."""
    held = session.execute(sa.select(_CLAIMS).where(_CLAIMS.c.order_id == order_id)).all()
    if held:
        give_back(session, held[0].store_id, [Claim(row.station, row.slot_at, row.seconds, 0) for row in held])
        session.execute(sa.delete(_CLAIMS).where(_CLAIMS.c.order_id == order_id))


INSERT_CLAIMS = sa.insert(_CLAIMS)


def claim_rows(order_id: UUID, store_id: UUID, claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """Return the rows that remember what the order holds."""
    return [
        {
            "order_id": order_id,
            "station": c.station,
            "slot_at": c.slot_at,
            "store_id": store_id,
            "seconds": c.seconds,
        }
        for c in claims
    ]
