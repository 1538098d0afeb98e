"""Pages of what somebody has, the newest first."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

Wanted = TypeVar("Wanted", bound=sa.Select[*tuple[Any, ...]])


def newest(wanted: Wanted, key: Any, *, before: UUID | int | None, limit: int) -> Wanted:
    """Return the statement with its newest rows only, of those before a key where one is named; up to one more than
    the limit, which tells that another page follows.

    `key` is the column of ids, which are in the order of time.
    """
    page = wanted if before is None else wanted.where(key < before)
    return page.order_by(key.desc()).limit(limit + 1)
