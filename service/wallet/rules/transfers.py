"""Transfers to another customer: how long they wait, and what may become of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

TransferState = Literal["offered", "accepted", "refused", "withdrawn", "returned"]
STATES: tuple[TransferState, ...] = ("offered", "accepted", "refused", "withdrawn", "returned")
WAITS = timedelta(days=14)
"""After that the money is back with its sender."""
MOST_MAILS, MAILS_WITHIN = 5, timedelta(hours=1)
"""Transfers to one address, whoever sends them: nobody's inbox is flooded through us."""


def next_actions(state: str, role: str) -> tuple[str, ...]:
    """Return what the sender or the receiver may do now."""
    if state != "offered":
        return ()
    return ("withdraw",) if role == "sender" else ("accept", "refuse")
