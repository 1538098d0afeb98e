"""The clock: only routes and the command line read it; everything else is told the time."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)
