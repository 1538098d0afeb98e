"""Claiming seconds of work: all of a promise's claims or none, and giving back exactly what was taken."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
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
    upsert = _upsert(connection.dialect.name, len(ordered))
    taken = connection.execute(upsert, _slot_values(store_id, ordered)).all()
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
def _upsert(dialect_name: str, claims: int) -> Any:
    """Return the statement for so many claims: a new statement each time would be compiled each time."""
    dialect: Any = postgresql if dialect_name == "postgresql" else sqlite
    insert = dialect.insert(_SLOTS).values(
        [
            {
                "store_id": sa.bindparam("of_store", type_=_SLOTS.c.store_id.type),
                "station": sa.bindparam(f"station_{number}", type_=_SLOTS.c.station.type),
                "slot_at": sa.bindparam(f"slot_at_{number}", type_=_SLOTS.c.slot_at.type),
                "claimed_seconds": sa.bindparam(f"seconds_{number}", type_=_SLOTS.c.claimed_seconds.type),
                "capacity_seconds": sa.bindparam(f"capacity_{number}", type_=_SLOTS.c.capacity_seconds.type),
            }
            for number in range(claims)
        ]
    )
    claimed = _SLOTS.c.claimed_seconds + insert.excluded.claimed_seconds
    return insert.on_conflict_do_update(
        index_elements=["store_id", "station", "slot_at"],
        set_={"claimed_seconds": claimed, "capacity_seconds": insert.excluded.capacity_seconds},
        where=claimed <= insert.excluded.capacity_seconds,
    ).returning(_SLOTS.c.station, _SLOTS.c.slot_at)


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
