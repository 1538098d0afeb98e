"""When the store is told to start, and what it proposes where it can't keep its word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.orders.rules.firing import FARTHEST_PROPOSAL, is_out_of_reach, proposed_window
from service.orders.rules.promise import SLOT, WINDOW, slot_of

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
instants = st.integers(0, 86_400).map(lambda seconds: NOON + timedelta(seconds=seconds))


def ahead(proposed_before: int) -> timedelta:
    """Return how far after noon the window of the next proposal starts."""
    starts_at = proposed_window(
        is_started=True, longest_seconds=60, proposed_before=proposed_before, closes_at=None, now=NOON
    )
    return starts_at - NOON


def test_each_further_proposal_lies_twice_as_far_ahead_and_an_hour_at_most() -> None:
    assert [ahead(before) // SLOT for before in range(7)] == [1, 2, 4, 8, 12, 12, 12]
    assert ahead(10_000) == FARTHEST_PROPOSAL


@given(
    is_started=st.booleans(),
    longest_seconds=st.integers(0, 1_200),
    proposed_before=st.integers(0, 40),
    closes_in=st.none() | st.integers(0, 7_200),
    now=instants,
)
def test_a_proposal_can_be_kept_and_lies_before_closing_where_one_does(
    is_started: bool, longest_seconds: int, proposed_before: int, closes_in: int | None, now: datetime
) -> None:
    closes_at = None if closes_in is None else now + timedelta(seconds=closes_in)

    def proposed(before: int) -> datetime:
        return proposed_window(
            is_started=is_started,
            longest_seconds=longest_seconds,
            proposed_before=before,
            closes_at=closes_at,
            now=now,
        )

    starts_at, first = proposed(proposed_before), proposed(0)

    assert starts_at == slot_of(starts_at)
    assert first <= starts_at <= first + FARTHEST_PROPOSAL - SLOT
    assert first - SLOT <= now + timedelta(seconds=0 if is_started else longest_seconds) < first
    assert not is_out_of_reach(
        is_started=is_started, window_starts_at=starts_at, longest_seconds=longest_seconds, now=now
    )
    if closes_at is not None and first + WINDOW <= closes_at:
        assert starts_at + WINDOW <= closes_at
    assert starts_at <= proposed(proposed_before + 1)
