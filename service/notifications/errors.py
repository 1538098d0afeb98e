"""Refusals of notifications, and what a worker meets."""

from __future__ import annotations

from ..errors import Refusal


class PushNotOffered(Refusal):
    """This service isn't set up to send push messages. Mail works."""

    title = "No push here"

    def __init__(self) -> None:
        super().__init__("This service sends no push messages. Choose mail instead.")


class TooManyDevices(Refusal):
    """Push goes to as many devices as it can. Sign out on one, or end its push."""

    title = "Too many devices"

    def __init__(self, most: int) -> None:
        super().__init__(f"Push goes to {most} devices at most. End it on another one first.", most=most)


class BeingTold(Exception):
    """Another worker is sending this notification now; whether it succeeds must be seen before it is tried again."""


class NotTold(Exception):
    """A device or its push service couldn't be reached; trying again later may work."""
