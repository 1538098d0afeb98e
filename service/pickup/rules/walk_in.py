"""A walk-in's ticket: what someone at the counter ordered, as those read it who make it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ...orders.rules.aftermath import WALK_IN_STAYS
from ...orders.rules.states import State
from .rows import Row, RowState, rows_of
from .ticket import line_document

RECALLED_FOR: timedelta = WALK_IN_STAYS
"""How long after it was handed over a walk-in can be brought back: after that nobody means this one."""

_NEXT = {
    State.FIRED: [State.IN_PREPARATION, State.PICKED_UP, State.CANCELLED],
    State.IN_PREPARATION: [State.PICKED_UP, State.CANCELLED],
}
_NO_ITEM: dict[str, Any] = {
    "item": None,
    "size": None,
    "modifiers": [],
    "without": [],
    "note": None,
    "contains": [],
    "may_contain": [],
    "overrides": [],
}


def lines_of(walk_in: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return its lines: position, quantity, work and document. One of which only the seconds are known is one line."""
    return walk_in["lines"] or [{"position": 1, "quantity": 1, "work": walk_in["work"], "document": None}]


def rows(walk_in: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return where its lines stand at their stations."""
    kept = {(row["position"], row["station"]): row["state"] for row in walk_in["rows"]}
    return rows_of(((line["position"], line["work"]) for line in lines_of(walk_in)), kept, State.FIRED)


def rows_kept(walk_in: Mapping[str, Any], after: Sequence[Row], now: datetime) -> list[dict[str, Any]]:
    """Return what is kept of the rows as they are `after` something was done to some of them now."""
    before = {(row["position"], row["station"]): row for row in walk_in["rows"]}
    return [_kept(row, before.get((row.position, row.station), {}), now) for row in after]


def _kept(row: Row, before: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    is_same = row.state == before.get("state", RowState.WAITING)
    started_at = None if row.state is RowState.WAITING else before.get("started_at") or now
    done_at = (before.get("done_at") if is_same else now) if row.state is RowState.DONE else None
    return {
        "position": row.position,
        "station": row.station,
        "state": row.state.value,
        "started_at": started_at,
        "done_at": done_at,
    }


def state_of(after: Sequence[Row]) -> State:
    """Return where a walk-in is by its rows: all of it made is handed over, since whoever ordered it stands there."""
    if all(row.state is RowState.DONE for row in after):
        return State.PICKED_UP
    return State.IN_PREPARATION if any(row.state is not RowState.WAITING for row in after) else State.FIRED


def walk_in_ticket(walk_in: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ticket of a walk-in. It has no code and nothing to pay here, and is promised no window: `due_at` is
    when it is expected to be ready."""
    kept = {(row["position"], row["station"]): row for row in walk_in["rows"]}
    at_stations: dict[int, list[dict[str, Any]]] = {}
    for row in rows(walk_in):
        done = kept.get((row.position, row.station), {})
        at_stations.setdefault(row.position, []).append(
            {
                "station": row.station,
                "state": row.state.value,
                "starts_at": walk_in["station_starts"].get(row.station),
                "started_at": done.get("started_at"),
                "done_at": done.get("done_at"),
            }
        )
    state = State(walk_in["state"])
    return {
        "kind": "walk_in",
        "order_id": None,
        "walk_in_id": str(walk_in["id"]),
        "code": None,
        "alias": walk_in["alias"],
        "version": walk_in["version"],
        "state": state.value,
        "method": "counter",
        "rush": False,
        "arrived_at": None,
        "fire_at": walk_in["fire_at"],
        "fired_at": walk_in["fired_at"],
        "due_at": walk_in["window_starts_at"],
        "promise": {"window_starts_at": None, "window_ends_at": None},
        "ready_at": None,
        "void": None,
        "to_pay": None,
        "lines_since": None,
        "lines": [_line(line, at_stations[line["position"]]) for line in lines_of(walk_in)],
        "next_actions": [to.value for to in _NEXT.get(state, ())],
    }


def _line(line: Mapping[str, Any], stations: list[dict[str, Any]]) -> dict[str, Any]:
    whole = {**line, "refunded_quantity": 0, "struck_at": None}
    if line["document"] is None:
        return {**{name: whole[name] for name in _OF_LINE}, **_NO_ITEM, "stations": stations}
    return line_document(whole, stations)


_OF_LINE = ("position", "quantity", "refunded_quantity", "struck_at")
