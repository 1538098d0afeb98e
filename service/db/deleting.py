"""Deleting in bites: no statement holds many rows, or a writer's turn, for long."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

AT_ONCE = 1_000


def delete_some(session: Session, model: Any, *conditions: sa.ColumnElement[bool], oldest: Any) -> int:
    """Delete up to 1,000 rows of the model for which all conditions hold, in the order of `oldest`; return how many.

    What another worker deletes just now is left to it.
    """
    keys = list(model.__table__.primary_key)
    chosen = sa.select(*keys).where(*conditions).order_by(oldest).limit(AT_ONCE).with_for_update(skip_locked=True)
    # A CTE, which is made once: a plain subquery may be run again for each row, and then chooses others.
    some = sa.select(*chosen.cte("chosen", nesting=True).c)
    key: Any = sa.tuple_(*keys) if len(keys) > 1 else keys[0]
    return session.connection().execute(sa.delete(model).where(key.in_(some))).rowcount
