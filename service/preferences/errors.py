"""Refusals of preferences."""

from __future__ import annotations

from ..errors import Refusal


class NothingToUndo(Refusal):
    """There is no earlier version to go back to, or what it said was forgotten."""

    title = "Nothing to undo"
