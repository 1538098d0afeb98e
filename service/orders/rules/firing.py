"""When the store is told to start: what the customer chose, and what holds where they chose nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from ...preferences.rules import Filled
from ...preferences.rules.choices import HELD_TRIGGERS
from ...sources import Source
from .promise import SLOT, WINDOW, slot_of

Trigger = Literal["asap", "for_window", "on_my_way", "on_arrival"]
Tap = Literal["on_my_way", "here"]
Outcome = Literal["fire", "cancel"]

HELD = frozenset(HELD_TRIGGERS)
HOLD = timedelta(hours=4)
"""How long an order waits for its customer's tap at most."""
FARTHEST_PROPOSAL = timedelta(hours=1)
"""How far ahead a window is proposed at most for an order that its store could not keep."""
_MOST_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class Fire:
    """When to start: `minutes` is how long the way takes, `if_latest` what happens where nobody taps in time."""

    trigger: Trigger
    minutes: int | None
    if_latest: Outcome | None
    source: Source

    @classmethod
    def of(cls, filled: Filled) -> Fire:
        """Return it as the order's field is filled."""
        return cls(**filled.value, source=filled.source)

    @property
    def is_held(self) -> bool:
        """Tell whether the order waits for a tap."""
        return self.trigger in HELD

    def document(self, latest_at: datetime | None) -> dict[str, Any]:
        """Return it as it is shown and kept."""
        return {
            "trigger": self.trigger,
            "minutes": self.minutes,
            "latest_at": latest_at,
            "if_latest": self.if_latest,
            "source": self.source.document(),
        }


def releases(trigger: str, tap: Tap) -> bool:
    """Tell whether the tap starts an order that waits: being here always does."""
    return trigger in HELD and (tap == "here" or trigger == "on_my_way")


def latest_start(now: datetime, last_window_at: datetime | None, longest_seconds: int) -> datetime:
    """Return until when an order waits for its tap: four hours, and not so long that no window is left to make it for.

    `last_window_at` is the last instant for which the store takes an order, None where it doesn't close.
    """
    if last_window_at is None:
        return now + HOLD
    return min(now + HOLD, last_window_at - 2 * SLOT - timedelta(seconds=longest_seconds))


def ready_from(now: datetime, expected_at: datetime) -> datetime:
    """Return from when on to look for a window: the one that holds the arrival, so that it is ready by then."""
    return max(now, slot_of(expected_at))


def is_out_of_reach(*, is_started: bool, window_starts_at: datetime, longest_seconds: int, now: datetime) -> bool:
    """Tell whether an order that was fired obviously can't be ready by its window's end.

    So it is where nobody began with it and its longest single piece takes longer than what is left, and where the
    window is over.
    """
    needed = timedelta() if is_started else timedelta(seconds=longest_seconds)
    return now + needed > window_starts_at + WINDOW


def proposed_window(
    *, is_started: bool, longest_seconds: int, proposed_before: int, closes_at: datetime | None, now: datetime
) -> datetime:
    """Return the start of the window to propose instead, after so many proposals that were not kept.

    First the first one whose start leaves time for the longest piece; each further proposal lies twice as many slots
    ahead as the one before, an hour at most: who was wrong about five minutes is not right about the next five. Not
    after the last window that ends before the store closes (None: it doesn't), as long as that one leaves time.
    """
    first = slot_of(now + timedelta(seconds=0 if is_started else longest_seconds)) + SLOT
    slots_ahead = min(1 << min(proposed_before, _MOST_DOUBLINGS), FARTHEST_PROPOSAL // SLOT)
    backed_off = first + (slots_ahead - 1) * SLOT
    return backed_off if closes_at is None else max(first, min(backed_off, slot_of(closes_at) - SLOT))
