"""What many customers say of one kind."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Preference

_WANTED = sa.select(Preference.customer_id, Preference.value).where(
    Preference.kind == sa.bindparam("kind"),
    Preference.customer_id.in_(sa.bindparam("customer_ids", expanding=True)),
    Preference.value.is_not(None),
)


def values_of(session: Session, *, kind: str, customer_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return by customer what those of them say of the kind who say something, in one statement."""
    rows = session.execute(_WANTED, {"kind": kind, "customer_ids": list(customer_ids)}) if customer_ids else ()
    return {row.customer_id: row.value for row in rows}
