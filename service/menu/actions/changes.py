"""The append-only changes of the menu: version, cache key and feed at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..errors import Kind
from ..models import MenuChange

_INSERT = sa.insert(MenuChange.__table__)  # type: ignore[arg-type]
# Two-part advisory locks of PostgreSQL: this number is the menu's, the second part tells which feed.
_MENU_LOCK = 0x4D454E55  # "MENU"
_CHAIN_FEED = 0


@dataclass(frozen=True, slots=True)
class Change:
    """What changed: `kind` and `subject_id` name it, `change` tells whether it is there."""

    kind: Kind | Literal["category"]
    subject_id: UUID
    change: Literal["upserted", "removed"] = "upserted"


def append_changes(session: Session, changes: Collection[Change], *, store_id: UUID | None, now: datetime) -> None:
    """Append the changes at the store, or at all stores (None): its version grows when this commits."""
    if not changes:
        return
    _take_turns(session, store_id)
    rows: Sequence[dict[str, object]] = [
        {
            "store_id": store_id,
            "kind": change.kind,
            "subject_id": change.subject_id,
            "change": change.change,
            "at": now,
        }
        for change in changes
    ]
    session.execute(_INSERT, rows)


def _take_turns(session: Session, store_id: UUID | None) -> None:
    """Hold the feed until the commit, so that sequence numbers become visible in their order.

    A reader that saw `seq` 11 must never meet a 10 later: its cursor and its caches would miss it. Stores don't
    wait for one another; a chain-wide change waits for all. On SQLite writers take turns anyway.
    """
    if session.connection().dialect.name != "postgresql":
        return
    if store_id is None:
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_MENU_LOCK, _CHAIN_FEED)))
        return
    session.execute(
        sa.select(
            sa.func.pg_advisory_xact_lock_shared(_MENU_LOCK, _CHAIN_FEED),
            sa.func.pg_advisory_xact_lock(_MENU_LOCK ^ 1, sa.func.hashtext(str(store_id))),
        )
    )
