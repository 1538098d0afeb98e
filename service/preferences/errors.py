"""Refusals of preferences."""

from __future__ import annotations

from ..errors import Refusal


class NothingToUndo(Refusal):
    """There is no earlier version to go back to, or what it said was forgotten."""

    title = "Nothing to undo"


class TooManyUsuals(Refusal):
    """The list of usuals is full: forget one first."""

    title = "Too many usuals"

    def __init__(self, most: int) -> None:
        super().__init__(f"You can keep {most} usuals.", most=most)
