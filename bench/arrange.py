"""Two sites that differ in one thing: how many orders they have behind them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from service.db import Base
from tests import postgres

from . import fill, floor
from .processes import Usage
from .shop import Shop, Signed, open_shop, request
from .site import Site, Yardstick

QUEUE = 50


@dataclass(slots=True)
class Measured:
    """One measurement of one operation."""

    latencies: list[float]
    elapsed: float
    usage: Usage
    load_cpu: float
    floor: float | None = None
    pipelined_floor: float | None = None


@dataclass(slots=True)
class Place:
    """A site ready to be measured: what to send, the floor's script, and what was measured so far."""

    site: Site
    shop: Shop
    past_orders: int
    pgbench: floor.Pgbench
    script: floor.Script
    reads: dict[str, tuple[int, bytes]]
    quotes: list[bytes]
    next_quote: int = 1
    measured: dict[tuple[str, int], list[Measured]] = field(default_factory=lambda: defaultdict(list))

    def take_quotes(self, count: int) -> int:
        """Make quotes that nobody placed yet, fresh from the service; return the first one's number."""
        client = self.site.app.test_client()
        headers = {"Authorization": self.shop.customers[0].token}
        templates = []
        for store_id in self.shop.stores:
            answer = client.post("/v1/quotes", json=self.shop.basket(store_id), headers=headers)
            assert answer.status_code == 201, answer.text
            templates.append(UUID(answer.json["id"]))
        customers = [each.person_id for each in self.shop.customers]
        first, self.next_quote = self.next_quote, self.next_quote + count
        with self.site.app.database.engine.begin() as connection:
            fill.add_quotes(connection, templates, customers, first=first, count=count)
        return first

    def placements(self, first: int, count: int) -> list[bytes]:
        """Return one request for each quote."""
        return [self._placement(number) for number in range(first, first + count)]

    def _placement(self, number: int) -> bytes:
        customers = self.shop.customers
        body = {"quote_id": fill.quote_id(number), "client_order_id": f"bench-{number:08}"}
        signed = customers[number % len(customers)]
        return request("POST", "/v1/orders", signed, body, Idempotency_Key=str(uuid4()))


def arrange(cluster: postgres.Cluster, past_orders: tuple[int, int], sites: list[Site | Yardstick]) -> list[Place]:
    """Open the shop once, copy its database, and give each copy its past; the sites are added as they are made."""
    server = cluster.url("postgres")
    postgres.create_database(server, "bench_few")
    few = _site(cluster, "bench_few", sites)
    Base.metadata.create_all(few.app.database.engine)
    with few.app.database.writing() as session:
        shop = open_shop(few.app, session)
    few.app.database.dispose()
    postgres.create_database(server, "bench_many", template="bench_few")
    many = _site(cluster, "bench_many", sites)
    return [_place(site, shop, count, cluster) for site, count in zip((few, many), past_orders, strict=True)]


def _site(cluster: postgres.Cluster, database: str, sites: list[Site | Yardstick]) -> Site:
    site = Site(cluster, database)
    sites.append(site)
    return site


def _place(site: Site, shop: Shop, past_orders: int, cluster: postgres.Cluster) -> Place:
    order, script = _captured(site, shop)
    with site.app.database.engine.begin() as connection:
        fill.add_past_orders(connection, UUID(order["id"]), shop.stores, count=past_orders)
        fill.add_queue(connection, UUID(order["id"]), shop.queue_store, count=QUEUE)
    with site.app.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("SET statement_timeout = 0"))
        for statement in ("VACUUM ANALYZE", "CHECKPOINT"):
            connection.execute(sa.text(statement))
    site.app.database.dispose()
    site.server.start()
    pgbench = floor.Pgbench(cluster, site.database)
    return Place(
        site=site,
        shop=shop,
        past_orders=past_orders,
        pgbench=pgbench,
        script=script,
        reads=_reads(site, shop, order),
        quotes=[request("POST", "/v1/quotes", each, shop.basket(shop.stores[0])) for each in shop.customers[:8]],
    )


def _captured(site: Site, shop: Shop) -> tuple[dict[str, Any], floor.Script]:
    """Place a few orders; return the last one and its statements as the floor's script."""
    client, customer = site.app.test_client(), shop.customers[0]
    for number in range(3):
        headers = {"Authorization": customer.token, "Idempotency-Key": str(uuid4())}
        store = shop.stores[number]
        quote = client.post("/v1/quotes", json=shop.basket(store), headers=headers).json
        body = {"quote_id": quote["id"], "client_order_id": f"first-{number:04}"}
        with floor.captured(site.app.database.engine) as statements:
            answer = client.post("/v1/orders", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
    order: dict[str, Any] = answer.json
    varying = floor.varying_values(
        customers=[each.person_id for each in shop.customers],
        stores=shop.stores,
        placed={
            "order": UUID(order["id"]),
            "quote": UUID(quote["id"]),
            "code": order["code"],
            "customer": customer.person_id,
            "store": store,
            "key": headers["Idempotency-Key"],
            "client_order_id": body["client_order_id"],
        },
    )
    return order, floor.script_of(statements, varying, customers=len(shop.customers), stores=len(shop.stores))


def _reads(site: Site, shop: Shop, order: dict[str, Any]) -> dict[str, tuple[int, bytes]]:
    """Return the reading operations: the status that each answers, and its request."""
    client, menu, queue = site.app.test_client(), f"/v1/stores/{shop.stores[0]}/menu", f"/v1/stores/{shop.queue_store}"
    menu_etag = client.get(menu, headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    queue_path = f"{queue}/queue?limit={QUEUE}"
    barista: Signed = shop.barista
    queue_etag = client.get(queue_path, headers={"Authorization": barista.token}).headers["ETag"]
    return {
        "menu 200": (200, request("GET", menu, None, Accept_Encoding="gzip")),
        "menu 304": (304, request("GET", menu, None, Accept_Encoding="gzip", If_None_Match=menu_etag)),
        "queue 200": (200, request("GET", queue_path, barista)),
        "queue 304": (304, request("GET", queue_path, barista, If_None_Match=queue_etag)),
        "status": (200, request("GET", f"/v1/orders/{order['id']}", shop.customers[0])),
    }
