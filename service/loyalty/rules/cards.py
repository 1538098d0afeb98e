"""Cards of a member: how many, and what their numbers are like."""

from __future__ import annotations

from ... import codes

MOST_CARDS = 10
NUMBER_SYMBOLS = 10
"""50 random bits. Who guesses one gives stars away; wrong ones are counted (http/limits.py) all the same."""


def read_number(text: str) -> str | None:
    """Return the number of a card as it is kept, however it was scanned or typed; None where it can't be one."""
    return codes.read(text, NUMBER_SYMBOLS)
