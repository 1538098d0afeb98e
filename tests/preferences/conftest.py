"""The customer who says things at the shop."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from service.http.edge import Edge
from tests.orders.shop import Shop

from .voice import Voice


@pytest.fixture
def shop(app: Edge, session: Session) -> Shop:
    """A store with a menu, a customer and a barista."""
    return Shop(app, session)


@pytest.fixture
def voice(shop: Shop) -> Voice:
    """The shop's customer."""
    return Voice(shop, shop.customer)
