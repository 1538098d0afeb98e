"""The rules of grants: what became of one, and what a day is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.accounts.rules.grants import Limit, state_of

ZONES = (
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Asia/Beirut",
)
INSTANTS = st.integers(946_684_800, 2_051_222_400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@given(at=INSTANTS, zone=st.sampled_from(ZONES))
def test_every_instant_is_in_one_day_and_days_leave_no_gap(at: datetime, zone: str) -> None:
    limit = Limit(amount_minor=1, currency="USD", timezone=zone)

    begins, ends = limit.day_of(at)

    assert begins <= at < ends
    assert limit.day_of(begins) == (begins, ends)
    assert limit.day_of(ends - timedelta(microseconds=1)) == (begins, ends)
    assert limit.day_of(ends)[0] == ends


@pytest.mark.parametrize(
    ("zone", "at", "begins", "ends"),
    [
        ("America/New_York", "2026-03-08T12:00Z", "2026-03-08T05:00Z", "2026-03-09T04:00Z"),  # 23 hours
        ("America/New_York", "2026-11-01T12:00Z", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),  # 25 hours
        ("America/Sao_Paulo", "2018-11-04T12:00Z", "2018-11-04T03:00Z", "2018-11-05T02:00Z"),  # no midnight
        ("Pacific/Apia", "2011-12-29T12:00Z", "2011-12-29T10:00Z", "2011-12-30T10:00Z"),  # no 30th follows
    ],
)
def test_days_are_those_of_the_zones_clocks(zone: str, at: str, begins: str, ends: str) -> None:
    day = Limit(amount_minor=1, currency="USD", timezone=zone).day_of(datetime.fromisoformat(at))

    assert day == (datetime.fromisoformat(begins), datetime.fromisoformat(ends))


def _state(**life: datetime | str | None) -> str:
    known = {
        "accepted_at": None,
        "declined_at": None,
        "ended_by": None,
        "offer_ends_at": NOW + timedelta(days=7),
        "expires_at": NOW + timedelta(days=30),
        "now": NOW,
    }
    return state_of(**(known | life))  # type: ignore[arg-type]


def test_a_grant_says_what_became_of_it() -> None:
    assert _state() == "offered"
    assert _state(offer_ends_at=NOW) == "expired"
    assert _state(accepted_at=NOW) == "active"
    assert _state(accepted_at=NOW, offer_ends_at=NOW) == "active"
    assert _state(accepted_at=NOW, expires_at=NOW) == "expired"
    assert _state(declined_at=NOW) == "declined"
    assert _state(accepted_at=NOW, ended_by="giver", expires_at=NOW) == "revoked"
    assert _state(accepted_at=NOW, ended_by="receiver") == "given_up"
