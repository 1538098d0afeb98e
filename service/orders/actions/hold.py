"""Holding a promise: the seconds that keep a quote's window, claimed for an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...db import Again, run_of, say_run
from .. import queries
from ..rules import promise
from ..rules.promise import Claim
from . import capacity


@dataclass(frozen=True, slots=True)
class Held:
    """Time held at the stations for an order, and when the store must start."""

    claims: Sequence[Claim]
    fire_at: datetime
    station_starts: Mapping[str, datetime]


def hold_promise(
    session: Session, quote: Any, *, now: datetime, own: tuple[UUID, Sequence[Claim]] | None = None
) -> Held | None:
    """Claim the seconds that keep the quote's window, planned again where time moved on or others took them.

    `own` claims at a store are the order's that is changed: they count as free, and are given back first. None, and
    nothing claimed, where the window can't be kept. Raises Again where others took the seconds just now: the next run
    locks all slots that it could use first, and then nobody can.
    """
    run, runs_again = run_of(session)
    starts_at, ends_at = window_of(quote)
    if starts_at is None or ends_at is None:
        return _held_back(session, quote, own, now)
    if now + timedelta(seconds=queries.work_planned(quote.plan).longest_seconds()) > ends_at:
        return None  # one maker does the longest piece, and would not be done by the window's end
    claims: Sequence[Claim] | None = None
    if run == 1 and now <= datetime.fromisoformat(quote.plan["fire_at"]):
        claims = _planned_claims(quote.plan)
    else:
        if run > 1:
            _lock_reached(session, quote, now, own)
        again = _plan_again(session, quote, now, own)
        claims = again.claims if again is not None else None
    if claims is None:
        return None
    if own is not None:
        capacity.lock_slots(session, own, (quote.store_id, claims))
        capacity.give_back(session, *own)
    claimed = capacity.claim(session, quote.store_id, claims)
    if claimed is None:
        if runs_again:
            raise Again
        return None
    starts = promise.station_starts(
        claims, claimed, work=queries.work_planned(quote.plan), makers=quote.plan["makers"], now=now
    )
    return Held(claims, min(starts.values(), default=max(now, starts_at)), starts)


def plan_under_lock(session: Session) -> None:
    """Let promises be planned under lock from the first, where no second run would follow at once: what can't be held
    then is gone, and nobody raises Again."""
    say_run(session, 2, runs_again=False)


def _lock_reached(session: Session, quote: Any, now: datetime, own: tuple[UUID, Sequence[Claim]] | None) -> None:
    window, work = window_of(quote)[0], queries.work_planned(quote.plan)
    if window is not None:
        reached = promise.reached(window, work=work, stations=_stations(quote.plan), now=now)
        capacity.lock_slots(session, (quote.store_id, reached), *([own] if own is not None else []))


def _held_back(session: Session, quote: Any, own: tuple[UUID, Sequence[Claim]] | None, now: datetime) -> Held | None:
    """An order that waits for its customer's tap holds no time; until when it waits, the quote says."""
    latest_at = datetime.fromisoformat(quote.plan["fire_at"])
    if latest_at <= now:
        return None
    if own is not None:
        capacity.give_back(session, *own)
    return Held((), latest_at, {})


def _planned_claims(plan: Mapping[str, Any]) -> list[Claim]:
    return [
        Claim(station, datetime.fromisoformat(slot_at), seconds, limit)
        for station, slot_at, seconds, limit in plan["claims"]
    ]


def _plan_again(
    session: Session, quote: Any, now: datetime, own: tuple[UUID, Sequence[Claim]] | None
) -> promise.Promise | None:
    window = window_of(quote)[0]
    if window is None or window <= now:
        return None
    work, stations = queries.work_planned(quote.plan), _stations(quote.plan)
    since = promise.slot_of(max(now, window - work.reach(stations) * promise.SLOT))
    claimed = queries.claimed_seconds(session, quote.store_id, from_at=since, until_at=window)
    for held in own[1] if own is not None and own[0] == quote.store_id else ():
        if (held.station, held.slot_at) in claimed:
            claimed[held.station, held.slot_at] -= held.seconds
    return promise.promise_for(window, work=work, stations=stations, claimed=claimed, now=now)


def _stations(plan: Mapping[str, Any]) -> promise.Stations:
    return promise.Stations(plan["makers"], plan.get("walk_in_percent", 0))


def window_of(quote: Any) -> tuple[datetime, datetime] | tuple[None, None]:
    """Return the window that a quote shows, None where it waits for a tap."""
    shown = quote.document["promise"]
    if shown["window_starts_at"] is None:
        return None, None
    return datetime.fromisoformat(shown["window_starts_at"]), datetime.fromisoformat(shown["window_ends_at"])
