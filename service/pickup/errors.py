"""Refusals of the queue."""

from __future__ import annotations

from ..errors import Refusal


class NotToBeUndone(Refusal):
    """What was done to the ticket since stands in the way: undo that first, or recall what should be made again."""

    title = "Can't be undone any more"

    def __init__(self) -> None:
        super().__init__("Something else was done to this ticket since.")
