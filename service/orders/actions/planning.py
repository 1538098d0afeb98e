"""Looking for a window at a store: what its hours, its lead and its stations' free time allow."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from ...errors import Invalid
from ...stores.rules import StoreFacts, availability, require_available
from .. import queries
from ..errors import CannotBeMadeHere, NoWindow, WindowFull
from ..rules import firing, promise
from ..rules.promise import HORIZON, Promise, Slots, Stations, Work
from . import capacity


def promised(
    session: Session,
    store: StoreFacts,
    work: Work,
    *,
    wanted_at: datetime | None,
    but_of_order: UUID | None,
    now: datetime,
    from_: datetime | None = None,
) -> tuple[Promise, Slots]:
    """Return the promise of the wanted window, or the earliest one (from `from_` on), and what is claimed around it.

    What `but_of_order` holds counts as free. Raises CannotBeMadeHere, WindowFull, NoWindow, StoreClosed, StorePaused,
    PickupTooSoon, Invalid.
    """
    stations = stations_of(store, work)
    longest = timedelta(seconds=work.longest_seconds())
    earliest_at = _earliest_at(store, work, from_ or now, now)
    since, until = wanted_at or earliest_at, max(wanted_at or now, earliest_at) + HORIZON
    claimed = queries.claimed_seconds(
        session,
        store.id,
        from_at=promise.slot_of(max(now, since - promise.looked_back(work, stations))),
        until_at=until,
        but_of_order=but_of_order,
    )

    def earliest(since: datetime) -> Promise | None:
        return promise.earliest_promise(
            work=work,
            stations=stations,
            claimed=claimed,
            takes_orders_at=lambda at: availability(store, at=at, now=now).takes_orders,
            from_=since,
            until=until,
            now=now,
        )

    if wanted_at is None:
        kept = earliest(earliest_at)
        if kept is None:
            require_available(store, at=promise.next_slot(earliest_at), now=now)
            raise NoWindow()
        return kept, claimed
    _check_wanted(wanted_at, now)
    require_available(store, at=wanted_at, now=now)
    kept = promise.promise_for(wanted_at, work=work, stations=stations, claimed=claimed, now=now)
    if kept is None or kept.window_ends_at < now + longest:
        next_best = earliest(max(wanted_at, earliest_at))
        raise WindowFull(next_best.window_starts_at if next_best else None)
    return kept, claimed


def _earliest_at(store: StoreFacts, work: Work, from_: datetime, now: datetime) -> datetime:
    return max(now + max(store.lead(now), timedelta(seconds=work.longest_seconds())), from_)


def lock_ahead(session: Session, store: StoreFacts, work: Work, *, from_: datetime, now: datetime) -> None:
    """Lock every slot in which the work could be claimed for the earliest window (from `from_` on), wherever that
    turns out to be: what is planned after this, nobody takes before it is claimed. Raises CannotBeMadeHere."""
    stations, earliest_at = stations_of(store, work), _earliest_at(store, work, from_, now)
    first, until = promise.next_slot(earliest_at), earliest_at + HORIZON
    reached = promise.reached(first, work=work, stations=stations, now=now, until=until)
    capacity.lock_slots(session, (store.id, reached))


def stations_of(store: StoreFacts, work: Work) -> Stations:
    """Return what the store can do at once, and what of it is kept for walk-ins. Raises CannotBeMadeHere."""
    missing = sorted(station for station in work.seconds if not store.stations.get(station))
    if missing:
        raise CannotBeMadeHere(missing)
    return Stations(store.stations, store.walk_in_percent)


def _check_wanted(wanted_at: datetime, now: datetime) -> None:
    if wanted_at != promise.slot_of(wanted_at):
        raise Invalid({"pickup.at": ["Windows start every five minutes; see the store's pickup times."]})
    if not now < wanted_at <= now + queries.LATEST:
        raise Invalid({"pickup.at": ["Choose a time from now to seven days ahead."]})


def latest_start(store: StoreFacts, work: Work, now: datetime) -> datetime:
    """Return until when an order that waits for a tap can wait at the store. Raises NoWindow: it closes too soon."""
    closes_at = availability(store, at=now, now=now).closes_at
    last_window_at = closes_at - timedelta(minutes=store.cutoff_minutes) if closes_at is not None else None
    latest_at = firing.latest_start(now, last_window_at, work.longest_seconds())
    if latest_at <= now:
        raise NoWindow()
    return latest_at
