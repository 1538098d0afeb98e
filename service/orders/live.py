"""What can be followed of orders: the facts about one order, as much of them as who picks it up for another may know,
and the facts about one standing order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import clock, events
from ..accounts import queries as account_queries
from ..events import Recorded
from ..http import live
from ..http.live import Event, Place
from .actions.facts import STANDING_ORDER, SUBJECT
from .rules.declined import for_others

_OWNERS = {"grant_id"}
"""Members that only the order's customer is told, as in the order itself: whom they let act for them."""

_REASON = "reason"
"""Why an order ended: who isn't its customer isn't told what their card's bank said."""

_WHERE = {"state", "version"}
"""Members that who picks an order up is told."""


def _of_order(fact: Recorded) -> Event:
    shown = {name: value for name, value in _data(fact).items() if name not in _OWNERS}
    owners = _OWNERS
    if fact.payload.get(_REASON) is not None:
        shown[_REASON], owners = for_others(fact.payload[_REASON]), _OWNERS | {_REASON}
    return live.event(
        fact.name,
        shown,
        seq=fact.seq,
        to_owner={name: fact.payload[name] for name in owners & fact.payload.keys()},
        ends=fact.payload.get("ended", False),
        store_id=UUID(fact.payload["store_id"]),
    )


def _of_standing_order(fact: Recorded) -> Event:
    return live.event(fact.name, _data(fact), seq=fact.seq)


def _of_pickup(fact: Recorded) -> Event:
    # That something of it changed and where it is now: what else may be known of it is read again.
    where = {name: value for name, value in fact.payload.items() if name in _WHERE}
    shown = {"subject_id": fact.subject_id, "happened_at": fact.happened_at, **where}
    return live.event("PickupChanged", shown, seq=fact.seq, ends=fact.payload.get("ended", False))


def _standing(session: Session, grant_ids: Collection[UUID]) -> Collection[UUID]:
    return account_queries.active_grants(session, grant_ids=grant_ids, now=clock.now())


def _data(fact: Recorded) -> dict[str, Any]:
    return {"subject_id": fact.subject_id, "happened_at": fact.happened_at, **fact.payload}


def _topic(name: str, subject: str, event: Callable[[Recorded], Event]) -> live.Topic:
    """Return the topic of the facts about one thing of a kind, each told as the event."""

    def concerns(fact: Recorded) -> UUID | None:
        return fact.subject_id if fact.subject == subject else None

    def tell(_: Session, facts: Mapping[UUID, Sequence[Recorded]]) -> Mapping[UUID, Sequence[Event]]:
        return {key: [event(fact) for fact in of_one] for key, of_one in facts.items()}

    def catch_up(session: Session, places: Collection[Place], _: object) -> Mapping[Place, Sequence[Event]]:
        """Replay each thing's facts from its follower's place on; where that place is not kept, tell of the gap."""
        earliest = min(place.after or 0 for place in places)
        kept = events.which_are_kept(session, {place.after for place in places if place.after})
        told: dict[UUID, list[Event]] = {place.key: [] for place in places}
        for fact in events.recorded_about(session, list(told), after=earliest):
            told[fact.subject_id].append(event(fact))
        return {place: _from(place, told[place.key], kept) for place in places}

    return live.Topic(name=name, concerns=concerns, tell=tell, catch_up=catch_up, standing=_standing, in_order=True)


def _from(place: Place, told: Sequence[Event], kept: Collection[int]) -> list[Event]:
    if place.after and place.after not in kept:
        newest = told[-1] if told else None
        return [
            live.resync(newest.seq if newest else 0, ends=newest.ends if newest else False),
        ]
    return [each for each in told if each.seq > (place.after or 0)]


ORDER = _topic("order", SUBJECT, _of_order)
PICKUP = _topic("pickup", SUBJECT, _of_pickup)
STANDING = _topic("standing_order", STANDING_ORDER, _of_standing_order)
topics = [ORDER, PICKUP, STANDING]
