"""What must hold when everything has settled: each check takes what was found and returns what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from service.orders.rules.states import ENDED, OPEN, WAITING, State

GRACE = timedelta(seconds=10)
"""How long after its instant the worker may take for what is due, restarts included."""
CLAIMING = OPEN - {State.READY}
"""Where an order holds seconds of work."""

Slot = tuple[str, str, datetime]
"""Store, station, and when it begins."""


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """An order as the database has it."""

    id: str
    client_order_id: str
    state: State
    version: int
    fire_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What was there at the end: the database's, the customers', the followers'."""

    now: datetime
    acknowledged: Mapping[str, str]  # order id by the customer's own id
    orders: Sequence[KeptOrder]
    slots: Mapping[Slot, tuple[int, int]]  # claimed and possible seconds
    claims: Sequence[tuple[str, Slot, int]]  # of the order (or walk-in) with this id
    open_walk_ins: frozenset[str]
    asks: Sequence[tuple[str, datetime]]  # open questions: the order's id, its deadline
    facts_due: Sequence[datetime]
    queue: Mapping[str, int]  # version by order id, as GET has it
    screens: Sequence[Mapping[str, int]]  # the same, as each screen that followed has it
    watched: Mapping[str, int] = field(default_factory=dict)  # newest version that an order's follower heard of


def lost(found: Found) -> list[str]:
    """An acknowledged order exists, as it was acknowledged."""
    kept = {order.client_order_id: order.id for order in found.orders}
    return [f"{own} was acknowledged as {id_}, kept is {kept.get(own)}" for own, id_ in found.acknowledged.items()
            if kept.get(own) != id_]  # fmt: skip


def doubled(found: Found) -> list[str]:
    """What a customer wanted once is there once, and nothing is there that nobody was told of."""
    times = Counter(order.client_order_id for order in found.orders)
    twice = [f"{own} is there {count} times" for own, count in times.items() if count > 1]
    return twice + [f"{own} is there and its customer was refused" for own in times if own not in found.acknowledged]


def stuck(found: Found) -> list[str]:
    """Whatever is due has been done: an order that isn't over waits for an instant to come or for a person."""
    states = {order.id: order.state for order in found.orders}
    late = [f"{order.client_order_id} is {order.state} and was due at {order.fire_at}" for order in found.orders
            if order.state in WAITING and order.fire_at < found.now - GRACE]  # fmt: skip
    unasked = [f"a question of {id_} was to be settled at {at}" for id_, at in found.asks
               if states.get(id_) not in ENDED and at < found.now - GRACE]  # fmt: skip
    facts = [f"a fact was to be carried at {at}" for at in found.facts_due if at < found.now - GRACE]
    return late + unasked + facts


def oversold(found: Found) -> list[str]:
    """Every slot holds exactly what is claimed of it, never more than it can, for nobody who is done."""
    claimed: Counter[Slot] = Counter()
    for _, slot, seconds in found.claims:
        claimed[slot] += seconds
    wrong = [f"{slot} holds {held} of {possible} s, claimed are {claimed[slot]}"
             for slot, (held, possible) in found.slots.items()
             if held != claimed[slot] or not 0 <= held <= possible]  # fmt: skip
    unknown = [f"{slot} is claimed and isn't there" for slot in claimed if slot not in found.slots]
    holders = {order.id for order in found.orders if order.state in CLAIMING} | found.open_walk_ins
    idle = [f"{holder} holds {seconds} s and is done" for holder, _, seconds in found.claims if holder not in holders]
    return wrong + unknown + idle


def misled(found: Found) -> list[str]:
    """Every screen that followed shows the queue, and who followed an order heard of all of it."""
    screens = [f"screen {number} differs in {sorted(dict(shown.items() ^ found.queue.items()))}"
               for number, shown in enumerate(found.screens) if dict(shown) != dict(found.queue)]  # fmt: skip
    versions = {order.id: order.version for order in found.orders}
    orders = [f"follower of {id_} heard of version {heard}, kept is {versions.get(id_)}"
              for id_, heard in found.watched.items() if versions.get(id_) != heard]  # fmt: skip
    return screens + orders


CHECKS = {"lost": lost, "doubled": doubled, "stuck": stuck, "oversold": oversold, "misled": misled}


def verdict(found: Found) -> dict[str, list[str]]:
    """Return what is wrong, by check; empty lists where all is well."""
    return {name: check(found) for name, check in CHECKS.items()}


def is_well(wrong: Mapping[str, Sequence[Any]]) -> bool:
    """Tell whether nothing is wrong."""
    return not any(wrong.values())
