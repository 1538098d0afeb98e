"""`make bench-live`: from the tap to the screen, with 500 open orders, 20 screens and 200 customers following.

The production server, two processes, and its live process, on each database in turn. A barista moves orders by the
API; what is measured is from before that request is sent until each follower has the event. With `--many`, 5,000
streams follow an order each, and 220 hold a thread each, for comparison (PostgreSQL).
"""

from __future__ import annotations

import argparse
import http.client
import json
import logging
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import structlog

from service import clock, create_app
from service.config import Settings
from service.db import Base
from service.http.edge import Edge
from service.orders import actions
from tests import postgres
from tests.serving import Server

from . import fill
from .followers import Crowd, Followers
from .processes import cpu_seconds, resident_kib
from .shop import Shop, open_shop, request

OUT = Path(__file__).parent / "out"
OPEN, SCREENS, CUSTOMERS, MANY = 500, 20, 200, 5_000
MOVES, PER_SECOND, SETTLE_SECONDS = 240, 20, 2.0


@dataclass(slots=True)
class Measured:
    """One run: seconds from the tap to each follower, and to the API's own answer."""

    database: str
    streams: int
    to_screen: list[float]
    to_answer: list[float]
    missed: int
    memory_kib: float
    cpu_ms: float

    def row(self) -> dict[str, Any]:
        """Return the figures, times in milliseconds."""
        return {
            "database": self.database,
            "streams": self.streams,
            "events": len(self.to_screen),
            "missed": self.missed,
            "to_screen_p50_ms": _ms(self.to_screen, 50),
            "to_screen_p99_ms": _ms(self.to_screen, 99),
            "to_screen_most_ms": round(1000 * max(self.to_screen), 1),
            "to_answer_p50_ms": _ms(self.to_answer, 50),
            "to_answer_p99_ms": _ms(self.to_answer, 99),
            "memory_per_stream_kib": round(self.memory_kib, 1),
            "cpu_per_move_ms": round(self.cpu_ms, 2),
        }


def _ms(values: Sequence[float], percent: int) -> float:
    return round(1000 * statistics.quantiles(values, n=100)[percent - 1], 1)


class Site:
    """A database with a shop, its server and its live process."""

    def __init__(self, url: str, *, threads: int | None = None) -> None:
        """With `threads` there is no live process: each process has so many threads, and a stream holds one."""
        self.folder = Path(tempfile.mkdtemp(prefix="sayso-live-"))
        environ = {
            "DATABASE_URL": url or f"sqlite:///{self.folder / 'sayso.db'}",
            "INSTANCE_PATH": str(self.folder),
            "SECRET_KEY": "the benchmark's own secret, forty letters",
            "PASSWORD_MEMORY_KIB": "64",
            "ACCESS_TOKEN_SECONDS": "86400",
            "PAYMENT_SANDBOX_ALLOWED": "1",
            "RATE_LIMITS": "0",
        }
        self.has_live = threads is None
        if threads is not None:
            environ |= {"SERVER_THREADS": str(threads), "STREAM_LIMIT": str(threads)}
        self.app: Edge = create_app(Settings.from_environ(environ))
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        self.name = ("PostgreSQL" if url else "SQLite") + ("" if self.has_live else ", threads")
        Base.metadata.create_all(self.app.database.engine)
        with self.app.database.writing() as session:
            self.shop: Shop = open_shop(self.app, session)
        self.server = Server(environ, self.folder)

    def fire(self, count: int) -> list[tuple[str, int]]:
        """Place orders at the screens' store and fire them; return each with the customer's number."""
        client, placed = self.app.test_client(), []
        customers = self.shop.customers
        basket = self.shop.basket(self.shop.queue_store)
        for number in range(count):
            headers = {"Authorization": customers[number % len(customers)].token, "Idempotency-Key": str(uuid4())}
            quote = client.post("/v1/quotes", json=basket, headers=headers).json["id"]
            body = {"quote_id": quote, "client_order_id": f"live-{number:06}"}
            answer = client.post("/v1/orders", json=body, headers=headers)
            assert answer.status_code == 201, answer.text
            placed.append((answer.json["id"], number % len(customers)))
        with self.app.database.writing() as session:
            for order_id, _ in placed:
                actions.move_order(
                    session,
                    order_id=UUID(order_id),
                    store_ids=None,
                    to="fired",
                    reason=None,
                    actor_id=self.shop.barista.person_id,
                    now=clock.now(),
                )
            session.commit()
        return placed

    def stop(self) -> None:
        """Stop everything and remove the folder."""
        self.server.stop()
        self.app.database.dispose()
        shutil.rmtree(self.folder, ignore_errors=True)


def measure(site: Site, orders: Sequence[str], streams: list[bytes], expected: int) -> Measured:
    """Open the streams, move orders, and gather what arrived; `expected` events per order moved."""
    site.server.start()
    if site.has_live:
        site.server.live.start()
    time.sleep(SETTLE_SECONDS)
    pid = site.server.live.pid if site.has_live else site.server.pid
    before = resident_kib(pid)
    followers = Followers(Crowd(site.server.port, streams))
    time.sleep(SETTLE_SECONDS)
    memory = (resident_kib(pid) - before) / len(streams)
    used = cpu_seconds(pid)
    began, answered = _move(site, orders)
    time.sleep(SETTLE_SECONDS)
    used = cpu_seconds(pid) - used
    arrivals = [each for each in followers.leave() if (each.order_id, each.version) in began]
    return Measured(
        database=site.name,
        streams=len(streams),
        to_screen=[each.at - began[each.order_id, each.version] for each in arrivals],
        to_answer=answered,
        missed=expected * len(began) - len({each[:3] for each in arrivals}),
        memory_kib=memory,
        cpu_ms=1000 * used / len(began),
    )


def _move(site: Site, orders: Sequence[str]) -> tuple[dict[tuple[str, int], float], list[float]]:
    """Move orders one step each at a steady rate; return when each tap was, by order and the version it made."""
    connection = http.client.HTTPConnection("127.0.0.1", site.server.port, timeout=10)
    began, answered = {}, []
    due = time.monotonic()
    for order_id in orders:
        due += random.expovariate(PER_SECOND)
        time.sleep(max(0.0, due - time.monotonic()))
        headers = {
            "Authorization": site.shop.barista.token,
            "Idempotency-Key": str(uuid4()),
            "Content-Type": "application/json",
        }
        at = time.monotonic()
        connection.request("POST", f"/v1/orders/{order_id}/transitions", json.dumps({"to": "in_preparation"}), headers)
        answer = connection.getresponse()
        body = json.loads(answer.read())
        assert answer.status == 200, body
        answered.append(time.monotonic() - at)
        began[order_id, body["version"]] = at
    return began, answered


def busy_store(url: str, *, threads: int | None = None) -> Measured:
    """500 open orders; 20 screens of the store, 200 customers with an order each. The orders moved have both."""
    site = Site(url, threads=threads)
    try:
        placed = site.fire(OPEN)
        barista = site.shop.barista
        screens = [request("GET", f"/v1/stores/{site.shop.queue_store}/queue/events", barista)] * SCREENS
        followed = placed[:CUSTOMERS]
        customers = [
            request("GET", f"/v1/orders/{order_id}/events", site.shop.customers[number])
            for order_id, number in followed
        ]
        moved = [order_id for order_id, _ in followed][:MOVES]
        return measure(site, moved, screens + customers, SCREENS + 1)
    finally:
        site.stop()


def many_streams(url: str) -> Measured:
    """5,000 streams, an order each; 240 of the orders move."""
    site = Site(url)
    try:
        (order,) = site.fire(1)
        with site.app.database.engine.begin() as connection:
            fill.add_queue(connection, UUID(order[0]), site.shop.queue_store, count=MANY)
        customer = site.shop.customers[order[1]]
        orders = [f"01940000-0000-7000-8000-{number:012x}" for number in range(1, MANY + 1)]
        streams = [request("GET", f"/v1/orders/{order_id}/events", customer) for order_id in orders]
        return measure(site, random.sample(orders, MOVES), streams, 1)
    finally:
        site.stop()


def main() -> None:
    """Run it, print the table, keep it as JSON."""
    parser = argparse.ArgumentParser(prog="bench.live", description=__doc__)
    parser.add_argument("--many", action="store_true", help="5,000 streams too")
    many = parser.parse_args().many
    OUT.mkdir(exist_ok=True)
    cluster = postgres.Cluster(settings=())
    try:
        server = cluster.url("postgres")
        rows = [busy_store(""), busy_store(postgres.create_database(server, "live_busy"))]
        if many:
            rows.append(many_streams(postgres.create_database(server, "live_many")))
            rows.append(busy_store(postgres.create_database(server, "live_threads"), threads=128))
    finally:
        cluster.stop()
    results = [each.row() for each in rows]
    (OUT / "live.json").write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2))
    for name in results[0]:
        print(f"{name:24}" + "".join(f"{row[name]!s:>21}" for row in results))


if __name__ == "__main__":
    main()
