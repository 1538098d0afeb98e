"""rules.availability: one judgement for the banner, the time picker and placement."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.stores.errors import PickupTooSoon, StoreClosed, StorePaused
from service.stores.rules import StoreFacts, availability, banner, pickup_times, require_available

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # Monday in New York

STORE = StoreFacts(
    id=UUID(int=1),
    number="1",
    name="Corner",
    timezone="America/New_York",
    currency="USD",
    country="US",
    hours="08:00-18:00",
    exceptions={},
    lead_minutes=10,
    cutoff_minutes=15,
    is_paused=False,
    paused_until=None,
    pause_reason=None,
    pickup_methods=("counter",),
    notice=None,
    stations={"bar": 1},
    tax_inclusive=False,
    tax_rates={"standard": 0},
    version=1,
)


@pytest.mark.parametrize(
    ("minutes_from_noon", "reason"),
    [
        (9, "lead_time"),
        (10, None),
        (345, None),  # 17:45, the last time before the cut-off
        (346, "past_cutoff"),
        (359, "past_cutoff"),
        (360, "closed"),
        (-60, "lead_time"),
    ],
)
def test_why_an_order_for_a_time_cannot_be_taken(minutes_from_noon: int, reason: str | None) -> None:
    found = availability(STORE, at=NOON + timedelta(minutes=minutes_from_noon), now=NOON)

    assert (found.reason, found.takes_orders) == (reason, reason is None)


def test_a_closed_store_tells_its_next_opening_and_an_open_one_its_closing() -> None:
    evening, closing = datetime(2026, 3, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, 23, tzinfo=UTC)

    closed, opened = availability(STORE, at=evening, now=NOON), availability(STORE, at=NOON, now=NOON)

    assert (closed.is_open, closed.opens_at) == (False, datetime(2026, 3, 3, 13, tzinfo=UTC))
    assert (opened.is_open, opened.opens_at, opened.closes_at) == (True, None, closing)


def test_a_store_that_never_opens_or_never_closes_has_no_time_to_tell() -> None:
    never = availability(replace(STORE, hours="off"), at=NOON, now=NOON)
    always = availability(replace(STORE, hours="24/7"), at=NOON, now=NOON - timedelta(hours=1))

    assert (never.reason, never.opens_at, never.closes_at) == ("closed", None, None)
    assert (always.reason, always.is_open, always.closes_at) == (None, True, None)


def test_a_pause_holds_for_times_before_its_end() -> None:
    paused = replace(STORE, is_paused=True, paused_until=NOON + timedelta(hours=1))

    assert availability(paused, at=NOON + timedelta(minutes=59), now=NOON).reason == "paused"
    assert availability(paused, at=NOON + timedelta(minutes=60), now=NOON).reason is None
    assert availability(paused, at=NOON + timedelta(hours=2), now=NOON + timedelta(hours=1)).reason is None
    assert availability(replace(paused, paused_until=None), at=NOON + timedelta(days=1), now=NOON).reason == "paused"


@pytest.mark.parametrize(
    ("change", "at", "refusal", "facts"),
    [
        ({"is_paused": True, "pause_reason": "flood"}, NOON, StorePaused, {"reason": "flood", "resumes_at": None}),
        ({}, NOON, PickupTooSoon, {"earliest_at": NOON + timedelta(minutes=10)}),
        (
            {},
            datetime(2026, 3, 3, 1, tzinfo=UTC),
            StoreClosed,
            {"reason": "closed", "opens_at": datetime(2026, 3, 3, 13, tzinfo=UTC)},
        ),
        ({}, datetime(2026, 3, 2, 22, 50, tzinfo=UTC), StoreClosed, {"reason": "past_cutoff", "opens_at": None}),
    ],
)
def test_placement_is_refused_with_the_facts(
    change: dict[str, Any], at: datetime, refusal: type[Any], facts: dict[str, Any]
) -> None:
    with pytest.raises(refusal) as raised:
        require_available(replace(STORE, **change), at=at, now=NOON)

    assert raised.value.status == 409
    assert facts.items() <= raised.value.facts.items()
    assert raised.value.facts["store_id"] == STORE.id


def test_the_banner_speaks_of_an_order_made_at_once() -> None:
    late = datetime(2026, 3, 2, 22, 40, tzinfo=UTC)

    says = banner(STORE, now=late)

    assert (says.takes_orders, says.reason, says.is_open) == (False, "past_cutoff", True)


def test_the_picker_gives_the_days_times_on_the_wall_clock() -> None:
    times = pickup_times(STORE, on=None, now=NOON + timedelta(seconds=30), step_minutes=15)

    assert times[0] == NOON + timedelta(minutes=15)
    assert times[-1] == datetime(2026, 3, 2, 22, 45, tzinfo=UTC)
    assert len(times) == 23
    assert pickup_times(STORE, on=date(2026, 3, 1), now=NOON) == []


@pytest.mark.parametrize(
    ("zone", "day", "hours_long"),
    [
        ("America/New_York", date(2026, 3, 8), 23.0),
        ("America/New_York", date(2026, 11, 1), 25.0),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Pacific/Chatham", date(2026, 9, 27), 23.0),
    ],
)
def test_a_day_has_as_many_times_as_it_has_hours(zone: str, day: date, hours_long: float) -> None:
    store = replace(STORE, timezone=zone, hours="24/7", lead_minutes=0, cutoff_minutes=0)

    times = pickup_times(store, on=day, now=datetime(2026, 1, 1, tzinfo=UTC), step_minutes=30)

    assert len(times) == hours_long * 2
    assert {at.astimezone(ZoneInfo(zone)).date() for at in times} == {day}
    assert {at.astimezone(ZoneInfo(zone)).minute % 30 for at in times} == {0}


hours = st.sampled_from(
    ["24/7", "off", "08:00-18:00", "18:00-03:00", "01:15-02:45", "Mo-Fr 06:00-12:00,13:00-23:30; PH off", "00:00-48:00"]
)
zones = st.sampled_from(["America/New_York", "Europe/London", "Australia/Lord_Howe", "Pacific/Chatham"])
changing_days = st.sampled_from(
    [date(2026, m, d) for m, d in ((3, 7), (3, 8), (3, 29), (4, 5), (9, 27), (10, 4), (10, 25), (11, 1), (7, 4))]
)


@given(hours, zones, changing_days, st.integers(0, 120), st.integers(0, 1440), st.integers(-2000, 2000), st.booleans())
def test_the_picker_and_placement_never_disagree(
    expression: str, zone: str, day: date, lead: int, cutoff: int, now_minutes: int, is_paused: bool
) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    now = midnight + timedelta(minutes=now_minutes)
    store = replace(
        STORE,
        hours=expression,
        timezone=zone,
        lead_minutes=lead,
        cutoff_minutes=cutoff,
        is_paused=is_paused,
        paused_until=midnight + timedelta(hours=10),
    )

    picked = set(pickup_times(store, on=day, now=now, step_minutes=30))

    grid = (midnight + timedelta(minutes=15 * step) for step in range(4 * 26))
    for at in grid:
        local = at.astimezone(ZoneInfo(zone))
        if local.date() == day and local.minute % 30 == 0:
            assert (at in picked) == availability(store, at=at, now=now).takes_orders, at
