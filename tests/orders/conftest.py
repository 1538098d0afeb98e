"""The shop that the tests of orders act on."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from service.http.edge import Edge

from .errand import Errand
from .paying import Payer
from .shop import Shop


@pytest.fixture
def shop(app: Edge, session: Session) -> Shop:
    """A store with a menu, a customer and a barista."""
    return Shop(app, session)


@pytest.fixture
def errand(shop: Shop) -> Errand:
    """The shop, and Ana who may order and pick up for its customer Jane."""
    return Errand(shop)


@pytest.fixture
def payer(shop: Shop) -> Payer:
    """The shop's customer, with 3.00 in the wallet."""
    payer = Payer(shop)
    payer.load(300)
    return payer
