"""Where a ticket's lines stand at their stations, and what a bump, a start or a recall makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from ...errors import Invalid
from ...orders.rules.states import IN_QUEUE, State

COUNTER = "counter"
"""Where a line stands that takes no work: it is only handed over."""

_ORDER_OF_STATIONS = {"bar": 0, "oven": 1, "cold": 2}


class RowState(StrEnum):
    """Where a line is at a station."""

    WAITING = "waiting"
    STARTED = "started"
    DONE = "done"


KINDS: dict[str, RowState] = {"bump": RowState.DONE, "start": RowState.STARTED, "recall": RowState.WAITING}
"""What each thing that staff do makes of the rows it is done to."""

_FROM: dict[str, frozenset[RowState]] = {
    "bump": frozenset({RowState.WAITING, RowState.STARTED}),
    "start": frozenset({RowState.WAITING}),
    "recall": frozenset({RowState.DONE}),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line at a station."""

    position: int
    station: str
    state: RowState = RowState.WAITING


@dataclass(frozen=True, slots=True)
class Move:
    """A row that goes from one state to another."""

    position: int
    station: str
    before: RowState
    after: RowState

    def back(self) -> Move:
        """Return what undoes it."""
        return replace(self, before=self.after, after=self.before)

    def kept(self) -> list[Any]:
        """Return it as a bump keeps it."""
        return [self.position, self.station, self.before.value, self.after.value]

    @classmethod
    def of(cls, kept: Sequence[Any]) -> Move:
        """Return the move that a bump kept."""
        position, station, before, after = kept
        return cls(position, station, RowState(before), RowState(after))


def lines_since(fired_at: datetime | None, documents: Iterable[Mapping[str, Any]]) -> datetime | None:
    """Return since when an order's lines (as they were sold) are as they are: since it was fired, or since one was
    taken out or replaced after that. None before it is fired."""
    changed = [datetime.fromisoformat(each["change"]["at"]) for each in documents if "change" in each]
    return max([fired_at, *changed]) if fired_at is not None else None


def stations_of(work: Mapping[str, int] | None) -> list[str]:
    """Return where a line is made, the counter where it takes no work."""
    return sorted(work or (), key=lambda station: (_ORDER_OF_STATIONS.get(station, 9), station)) or [COUNTER]


def rows_of(
    lines: Iterable[tuple[int, Mapping[str, int] | None]], kept: Mapping[tuple[int, str], str], state: State
) -> tuple[Row, ...]:
    """Return the rows of an order by the positions and the work of its lines that are to be made, where `kept` tells
    what was done to some.

    An order that is ready or picked up is done at every station, however it got there.
    """
    over = state in {State.READY, State.PICKED_UP}
    return tuple(
        Row(
            position,
            station,
            RowState.DONE if over else RowState(kept.get((position, station), RowState.WAITING)),
        )
        for position, work in lines
        for station in stations_of(work)
    )


def moves(rows: Sequence[Row], kind: str, *, position: int | None, station: str | None) -> list[Move]:
    """Return what a bump, start or recall of a line, a station or (with neither) the whole ticket changes.

    What is so already isn't changed again. Raises Invalid for a line or station that the ticket hasn't.
    """
    if position is not None and all(row.position != position for row in rows):
        raise Invalid({"position": ["The ticket has no such line."]})
    chosen = [row for row in rows if position is None or row.position == position]
    if station is not None and all(row.station != station for row in chosen):
        raise Invalid({"station": ["Nothing of this is made there."]})
    return [
        Move(row.position, row.station, row.state, KINDS[kind])
        for row in chosen
        if (station is None or row.station == station) and row.state in _FROM[kind]
    ]


def moved(rows: Sequence[Row], made: Iterable[Move]) -> tuple[Row, ...]:
    """Return the rows after the moves."""
    after = {(move.position, move.station): move.after for move in made}
    return tuple(replace(row, state=after.get((row.position, row.station), row.state)) for row in rows)


def state_asked_for(state: State, rows: Sequence[Row]) -> State | None:
    """Return the state that the rows ask the order to go to: ready when all of it is done, in preparation when some of
    it is begun, or when some of a ready one is to be made again. None where it is there already."""
    if state not in IN_QUEUE:
        return None
    if all(row.state is RowState.DONE for row in rows):
        return None if state is State.READY else State.READY
    begun = state is State.READY or any(row.state is not RowState.WAITING for row in rows)
    return State.IN_PREPARATION if begun and state is not State.IN_PREPARATION else None
