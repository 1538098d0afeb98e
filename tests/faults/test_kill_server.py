"""kill -9 of the whole server while orders are being placed: no acknowledged order is lost, none is doubled."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock

import pytest
import sqlalchemy as sa

from service.orders.models import Order
from tests.orders.shop import Shop
from tests.orders.test_races import assert_capacity_is_conserved
from tests.serving import Server

from .wire import Placement

CLIENTS = 4
KILLS = 4
QUOTES = 240


@dataclass
class Campaign:
    """What was tried, what was acknowledged, and what is still unknown after an answer was lost."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    unknown: list[Placement] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def place(self, placement: Placement) -> None:
        """Try once; a lost answer means "unknown", never "failed"."""
        try:
            status, order = placement.send()
        except OSError:
            with self.lock:
                self.unknown.append(placement)
            return
        assert status == 201, order
        with self.lock:
            self.acknowledged[placement.client_order_id] = order["id"]


@pytest.mark.campaign
def test_killed_at_random_nothing_acknowledged_is_lost_and_nothing_is_doubled(shop: Shop, server: Server) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")  # noqa: T201 - shown where the test fails
    chance = random.Random(seed)
    placements = [Placement(shop, server.port, shop.quote().json["id"]) for _ in range(QUOTES)]
    campaign, done = Campaign(), Event()

    def client(own: list[Placement]) -> None:
        for placement in own:
            campaign.place(placement)
            time.sleep(0.005)

    def killer() -> None:
        for _ in range(KILLS):
            if done.wait(chance.uniform(0.05, 0.3)):
                return
            server.kill()
            server.start()

    with ThreadPoolExecutor(CLIENTS + 1) as threads:
        killing = threads.submit(killer)
        list(threads.map(client, [placements[index::CLIENTS] for index in range(CLIENTS)]))
        done.set()
        killing.result()
    lost_answers = len(campaign.unknown)
    for placement in campaign.unknown:
        status, order = placement.send()
        assert status == 201, order
        campaign.acknowledged[placement.client_order_id] = order["id"]

    assert lost_answers > 0, "the server was never killed while it worked: the campaign proves nothing"
    with shop.app.database.reading() as session:
        kept = {name: str(order_id) for name, order_id in session.execute(sa.select(Order.client_order_id, Order.id))}
        count = session.scalar(sa.select(sa.func.count()).select_from(Order))
    assert kept == campaign.acknowledged
    assert count == QUOTES
    assert_capacity_is_conserved(shop.app)
