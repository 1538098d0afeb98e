"""A real server in front of each database, and a shop to order from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from service.http.edge import Edge
from tests.orders.shop import Shop
from tests.serving import Server, serving


@pytest.fixture
def shop(app: Edge, session: Session) -> Shop:
    """A store with more makers than the campaign can keep busy."""
    return Shop(app, session, stations={"bar": 100, "oven": 100})


@pytest.fixture
def server(database_url: str, shop: Shop, tmp_path: Path) -> Iterator[Server]:
    """The production server on the shop's database, with its default durability."""
    environ = {
        "DATABASE_URL": database_url,
        "INSTANCE_PATH": str(tmp_path),
        "SECRET_KEY": shop.app.extensions["sayso.settings"].secret_key,
        "PAYMENT_SANDBOX_ALLOWED": "1",
        "RATE_LIMITS": "0",
    }
    with serving(environ, tmp_path) as running:
        yield running
