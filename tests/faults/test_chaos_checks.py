"""Every check of the chaos campaign finds what it is there to find."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench.chaos.checks import CHECKS, Found, KeptOrder, is_well, verdict
from service.orders.rules.states import State

NOW = datetime(2030, 5, 6, 8, 30, tzinfo=UTC)
LATE = NOW - timedelta(minutes=1)
SLOT = ("store", "bar", NOW)
MADE = KeptOrder("o1", "busy-1", State.IN_PREPARATION, 4, LATE)
GONE = KeptOrder("o2", "busy-2", State.PICKED_UP, 6, LATE)

WELL = Found(
    now=NOW,
    acknowledged={"busy-1": "o1", "busy-2": "o2"},
    orders=[MADE, GONE],
    slots={SLOT: (90, 300)},
    claims=[("o1", SLOT, 60), ("walk-in", SLOT, 30)],
    open_walk_ins=frozenset({"walk-in"}),
    asks=[("o1", NOW + timedelta(minutes=1)), ("o2", LATE)],
    facts_due=[NOW],
    queue={"o1": 4},
    screens=[{"o1": 4}, {"o1": 4}],
    watched={"o1": 4},
)


def test_nothing_is_found_where_all_is_well() -> None:
    assert is_well(verdict(WELL))


@pytest.mark.parametrize(
    ("check", "planted"),
    [
        ("lost", {"orders": [MADE]}),
        ("lost", {"acknowledged": {"busy-1": "o1", "busy-2": "another"}}),
        ("doubled", {"orders": [MADE, GONE, dataclasses.replace(GONE, id="o3")]}),
        ("doubled", {"orders": [MADE, GONE, KeptOrder("o3", "busy-3", State.CANCELLED, 1, LATE)]}),
        ("stuck", {"orders": [dataclasses.replace(MADE, state=State.PLACED), GONE]}),
        ("stuck", {"orders": [dataclasses.replace(MADE, state=State.HELD), GONE]}),
        ("stuck", {"asks": [("o1", LATE)]}),
        ("stuck", {"facts_due": [LATE]}),
        ("oversold", {"slots": {SLOT: (89, 300)}}),
        ("oversold", {"slots": {SLOT: (90, 80)}}),
        ("oversold", {"slots": {}}),
        ("oversold", {"open_walk_ins": frozenset()}),
        ("oversold", {"orders": [dataclasses.replace(MADE, state=State.READY), GONE]}),
        ("misled", {"screens": [{"o1": 4}, {"o1": 3}]}),
        ("misled", {"screens": [{"o1": 4, "o2": 5}]}),
        ("misled", {"screens": [{}]}),
        ("misled", {"watched": {"o1": 3}}),
    ],
)
def test_a_planted_violation_is_found(check: str, planted: dict[str, Any]) -> None:
    assert CHECKS[check](dataclasses.replace(WELL, **planted))
