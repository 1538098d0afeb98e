"""What can be followed of orders: the facts about one order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..events import Recorded
from ..http import live
from ..http.live import Event, Place
from .actions.facts import SUBJECT


def _concerns(fact: Recorded) -> UUID | None:
    return fact.subject_id if fact.subject == SUBJECT else None


def _tell(_: Session, facts: Mapping[UUID, Sequence[Recorded]]) -> Mapping[UUID, Sequence[Event]]:
    return {order_id: [_event(fact) for fact in of_order] for order_id, of_order in facts.items()}


_OWNERS = {"grant_id"}
"""Members that only the order's customer is told, as in the order itself: whom they let act for them."""


def _event(fact: Recorded) -> Event:
    shown = {name: value for name, value in fact.payload.items() if name not in _OWNERS}
    return live.event(
        fact.name,
        {"subject_id": fact.subject_id, "happened_at": fact.happened_at, **shown},
        seq=fact.seq,
        to_owner={name: fact.payload[name] for name in _OWNERS & fact.payload.keys()},
        ends=fact.payload.get("ended", False),
        store_id=UUID(fact.payload["store_id"]),
    )


def _catch_up(session: Session, places: Collection[Place], _: object) -> Mapping[Place, Sequence[Event]]:
    """Replay each order's facts from its follower's place on; where that place is not kept, tell of the gap."""
    earliest = min(place.after or 0 for place in places)
    kept = events.which_are_kept(session, {place.after for place in places if place.after})
    told: dict[UUID, list[Event]] = {place.key: [] for place in places}
    for fact in events.recorded_about(session, list(told), after=earliest):
        told[fact.subject_id].append(_event(fact))
    return {place: _from(place, told[place.key], kept) for place in places}


def _from(place: Place, told: Sequence[Event], kept: Collection[int]) -> list[Event]:
    if place.after and place.after not in kept:
        newest = told[-1] if told else None
        return [
            live.resync(newest.seq if newest else 0, ends=newest.ends if newest else False),
        ]
    return [each for each in told if each.seq > (place.after or 0)]


ORDER = live.Topic(name="order", concerns=_concerns, tell=_tell, catch_up=_catch_up, in_order=True)
topics = [ORDER]
