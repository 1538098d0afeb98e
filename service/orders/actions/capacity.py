"""Claiming seconds of work: all of a promise's claims or none, and giving back exactly what was taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ..models import CapacityClaim, CapacitySlot
from ..rules.promise import Claim, Slots

_SLOTS: sa.Table = CapacitySlot.__table__  # type: ignore[assignment]
_CLAIMS: sa.Table = CapacityClaim.__table__  # type: ignore[assignment]
SLOTS_AT_ONCE = 1_000


def claim(session: Session, store_id: UUID, claims: Sequence[Claim]) -> Slots | None:
    """Take the seconds of every claim and return all that is claimed in their slots now; None where it can't be had.

    One conditional upsert: a slot that has too few seconds left is not updated, and what the others took is given
    back. Rows are touched in primary-key order, so two orders never wait for each other in a circle; for that a
    transaction claims once, or locks all that it will touch before (`lock_slots`).
    """
    if not claims:
        return {}
    ordered = sorted(claims, key=lambda each: (each.station, each.slot_at))
    connection = session.connection()
    taken = connection.execute(_upsert(len(ordered)), _slot_values(store_id, ordered)).all()
    held = {(row.station, row.slot_at): row.claimed_seconds for row in taken}
    if len(taken) == len(ordered):
        return held
    give_back(session, store_id, [entry for entry in claims if (entry.station, entry.slot_at) in held])
    return None


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
        .columns(_SLOTS.c.station, _SLOTS.c.slot_at, _SLOTS.c.claimed_seconds)
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
RETURNING station, slot_at, claimed_seconds
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


def lock_slots(session: Session, *held: tuple[UUID, Sequence[Claim]]) -> None:
    """Lock the slots of all the stores' claims, in primary-key order, so that they can be touched in any order then.

    A slot without a row gets an empty one: two transactions that both make it would wait for each other there, too.
    """
    rows = {(store_id, each.station, each.slot_at): each.capacity_seconds for store_id, own in held for each in own}
    if not rows:
        return
    connection = session.connection()
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(_SLOTS).values(
        [
            {"store_id": key[0], "station": key[1], "slot_at": key[2], "claimed_seconds": 0, "capacity_seconds": most}
            for key, most in sorted(rows.items())
        ]
    )
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["store_id", "station", "slot_at"], set_={"claimed_seconds": _SLOTS.c.claimed_seconds}
        )
    )


def claims_of(session: Session, order_id: UUID) -> list[Claim]:
    """Return what the order holds."""
    held = session.execute(sa.select(_CLAIMS).where(_CLAIMS.c.order_id == order_id)).all()
    return [Claim(row.station, row.slot_at, row.seconds, row.seconds) for row in held]


def release_order(session: Session, order_id: UUID) -> None:
    """Give back every second that the order holds, and forget its claims."""
    held = session.execute(sa.select(_CLAIMS).where(_CLAIMS.c.order_id == order_id)).all()
    if held:
        give_back(session, held[0].store_id, [Claim(row.station, row.slot_at, row.seconds, 0) for row in held])
        session.execute(FORGET_CLAIMS, {"of_order": order_id})


def forget_old_slots(session: Session, *, before: datetime) -> int:
    """Delete up to 1,000 slots from before the instant, and the claims on them that nobody gave back; return how
    many slots. An order gives its claims back when it is ready or ends; one that staff forgot never is."""
    old = (
        sa.select(_SLOTS.c.store_id, _SLOTS.c.station, _SLOTS.c.slot_at)
        .where(_SLOTS.c.slot_at < before)
        .order_by(_SLOTS.c.slot_at)
        .limit(SLOTS_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    keys = [tuple(row) for row in session.execute(old)]
    if keys:
        of_slots = sa.tuple_(_CLAIMS.c.store_id, _CLAIMS.c.station, _CLAIMS.c.slot_at)
        session.execute(sa.delete(_CLAIMS).where(_CLAIMS.c.slot_at < before, of_slots.in_(keys)))
        session.execute(sa.delete(_SLOTS).where(sa.tuple_(*_SLOTS.primary_key.columns).in_(keys)))
    return len(keys)


FORGET_CLAIMS = sa.delete(_CLAIMS).where(_CLAIMS.c.order_id == sa.bindparam("of_order"))
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
