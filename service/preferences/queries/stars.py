"""What customers want done before their stars expire."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Preference

_KIND = "star_policy"


def star_policies(session: Session, *, customer_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return what those of the customers want who said so: `do`, `days_before`, `reward`."""
    said = sa.select(Preference.customer_id, Preference.value).where(
        Preference.customer_id.in_(customer_ids), Preference.kind == _KIND, Preference.value.is_not(None)
    )
    return {row.customer_id: row.value for row in session.execute(said)} if customer_ids else {}
