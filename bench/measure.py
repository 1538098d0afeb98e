"""The rounds: every operation at both sites, the service and the floor in turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .arrange import Measured, Place
from .load import Job, Outcome, fire

CLIENTS = (1, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured; `placements` are per round, by clients."""

    rounds: int
    seconds: float
    placements: dict[int, int]
    past_orders: tuple[int, int]


def warm_up(places: Sequence[Place]) -> None:
    """Let both processes of each server compile, cache and prepare what they will need."""
    for place in places:
        port = place.site.server.port
        for status, read in place.reads.values():
            fire(Job(port, 8, [read], status, seconds=0.3))
        fire(Job(port, 8, place.quotes, 201, seconds=0.7))
        fire(Job(port, 8, place.placements(place.take_quotes(300), 300), 201))
        place.pgbench.run(place.script.text, place.script.variables, clients=8, each=10, first=place.take_quotes(80))


def measure_round(places: Sequence[Place], size: Size) -> None:
    """Measure every operation once at each site."""
    for clients in CLIENTS:
        for place in places:
            _placing(place, clients, size.placements[clients])
        for operation in places[0].reads:
            for place in places:
                status, read = place.reads[operation]
                job = Job(place.site.server.port, clients, [read], status, size.seconds)
                place.measured[operation, clients].append(_measured(place, lambda job=job: fire(job)))
        for place in places:
            job = Job(place.site.server.port, clients, place.quotes, 201, size.seconds)
            place.measured["quote", clients].append(_measured(place, lambda job=job: fire(job)))


def _placing(place: Place, clients: int, count: int) -> None:
    requests = place.placements(place.take_quotes(count), count)
    job = Job(place.site.server.port, clients, requests, 201)
    measured = _measured(place, lambda: fire(job))
    measured.floor = _floor(place, place.script.text, clients, count)
    measured.pipelined_floor = _floor(place, place.script.pipelined(), clients, count)
    place.measured["place", clients].append(measured)


def _floor(place: Place, text: str, clients: int, count: int) -> float:
    each = count // clients
    first = place.take_quotes(each * clients)
    return place.pgbench.run(text, place.script.variables, clients=clients, each=each, first=first)


def _measured(place: Place, send: Callable[[], Outcome]) -> Measured:
    before = place.site.usage()
    outcome = send()
    return Measured(outcome.latencies, outcome.elapsed, place.site.usage() - before, outcome.cpu)
