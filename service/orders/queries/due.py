"""Conditions on the states of orders, in the very words of the partial indexes, so that those are used."""

from __future__ import annotations

import sqlalchemy as sa

from ..rules.states import OPEN, WAITING, State


def _is_in(states: frozenset[State]) -> sa.ColumnElement[bool]:
    return sa.literal_column("state IN (" + ", ".join(f"'{state}'" for state in sorted(states)) + ")")


IS_WAITING = _is_in(WAITING)
IS_OPEN = _is_in(OPEN)
