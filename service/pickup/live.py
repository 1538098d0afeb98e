"""What can be followed of pickup: a store's queue, and what its ready board shows. Both are named by the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from ..events import Recorded
from ..http import live
from ..http.live import Event, Place, Recent
from ..orders.actions.facts import SUBJECT, WALK_IN
from . import queries


def _concerns(fact: Recorded) -> UUID | None:
    return UUID(fact.payload["store_id"]) if fact.subject in {SUBJECT, WALK_IN} else None


def _tell_tickets(session: Session, facts: Mapping[UUID, Sequence[Recorded]]) -> Mapping[UUID, Sequence[Event]]:
    return {store_id: _tickets(session, store_id, of_store) for store_id, of_store in facts.items()}


def _tickets(session: Session, store_id: UUID, facts: Sequence[Recorded]) -> list[Event]:
    """Return one event per changed order or walk-in, however many facts tell of it; the newest fact's sequence is its
    id."""
    newest = {fact.subject_id: fact.seq for fact in sorted(facts, key=lambda fact: fact.seq)}
    walk_in_ids = {fact.subject_id for fact in facts if fact.subject == WALK_IN}
    tickets = queries.tickets_of(session, store_id, newest.keys() - walk_in_ids, walk_in_ids)
    return sorted(
        (live.event("ticket", ticket, seq=newest[_id(ticket)]) for ticket in tickets),
        key=lambda event: event.seq,
    )


def _id(ticket: Mapping[str, str]) -> UUID:
    return UUID(ticket["order_id"] or ticket["walk_in_id"])


def _catch_up_screens(session: Session, places: Collection[Place], recent: Recent) -> Mapping[Place, Sequence[Event]]:
    """Replay what each screen missed, or tell it to start anew; then let it compare itself."""
    checks = _checks(session, {place.key for place in places}, recent.newest_seq)
    return {place: [*_missed(session, place, recent), *checks[place.key]] for place in places}


def _missed(session: Session, place: Place, recent: Recent) -> list[Event]:
    if place.after is None:
        return []
    facts = recent.since(place.after)
    if facts is None:
        return [live.event("reset", {})]
    return _tickets(session, place.key, [fact for fact in facts if _concerns(fact) == place.key])


def _checks(session: Session, store_ids: Collection[UUID], seq: int) -> dict[UUID, Sequence[Event]]:
    # With the sequence as its id: a screen at a quiet store comes back with a place that is still remembered.
    return {store_id: [live.event("check", queries.check_of(session, store_id), seq=seq)] for store_id in store_ids}


QUEUE = live.Topic(name="queue", concerns=_concerns, tell=_tell_tickets, catch_up=_catch_up_screens, check=_checks)


def _tell_boards(session: Session, facts: Mapping[UUID, object]) -> Mapping[UUID, Sequence[Event]]:
    return {store_id: [live.event("board", queries.board_of(session, store_id))] for store_id in facts}


def _catch_up_boards(session: Session, places: Collection[Place], _: Recent) -> Mapping[Place, Sequence[Event]]:
    boards = _tell_boards(session, {place.key: None for place in places})
    return {place: boards[place.key] for place in places}


# Who follows a board holds a link (`Access.grant_id`) that its store can revoke.
BOARD = live.Topic(
    name="board",
    concerns=_concerns,
    tell=_tell_boards,
    catch_up=_catch_up_boards,
    standing=queries.standing_links,
    is_whole=True,
)
topics = [QUEUE, BOARD]
