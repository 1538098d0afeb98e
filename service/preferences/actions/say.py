"""Saying something, and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...db import new_id
from ...errors import NotFound
from ..rules import said_again
from .checks import check
from .versions import append, locked


def say(
    session: Session, *, customer_id: UUID, kind: str, value: dict[str, Any], expected_version: int, now: datetime
) -> None:
    """Let the customer say something of a kind: it holds from now on, and what they said before stays readable.

    `value` has the kind's own form. Of a list of rules, one that says what it said before stays as old as it is.
    Raises Invalid, VersionMismatch.
    """
    check(session, kind, value)
    before = locked(session, customer_id, kind, expected_version)
    keep = _KEEPS.get(kind)
    if keep is not None:
        value = keep(before.value if before is not None else None, value, expected_version + 1, now)
    append(session, customer_id=customer_id, kind=kind, before=before, value=value, how="said", now=now)


def withdraw(session: Session, *, customer_id: UUID, kind: str, expected_version: int, now: datetime) -> None:
    """Let the customer say nothing of a kind any more; it can be undone. Raises NotFound, VersionMismatch."""
    before = locked(session, customer_id, kind, expected_version)
    if before is None or before.value is None:
        raise NotFound("preference")
    append(session, customer_id=customer_id, kind=kind, before=before, value=None, how="withdrawn", now=now)


def _keep_rules(before: dict[str, Any] | None, value: dict[str, Any], version: int, now: datetime) -> dict[str, Any]:
    return said_again(before, value["rules"], version=version, now=now, new_id=new_id)


_KEEPS: dict[str, Callable[[dict[str, Any] | None, dict[str, Any], int, datetime], dict[str, Any]]] = {
    "order_rules": _keep_rules,
    "substitution": _keep_rules,
}
