"""What every test of the wallet starts from."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from service.http.edge import Edge
from tests.factories import make_guest, sign_in_as
from tests.orders.shop import Shop

from .purse import Purse


@pytest.fixture
def jane(app: Edge, session: Session) -> Purse:
    """Jane, who loaded 50.00."""
    jane = Purse(app, session, email="jane@example.com", name="Jane")
    jane.load(5_000)
    return jane


@pytest.fixture
def ana(app: Edge, session: Session) -> Purse:
    """Ana, whose wallet is empty."""
    return Purse(app, session, email="ana@example.com", name="Ana")


@pytest.fixture
def guest(app: Edge, session: Session) -> dict[str, str]:
    """Somebody who said not who they are."""
    return sign_in_as(app, make_guest(session))


@pytest.fixture
def shop(app: Edge, session: Session) -> Shop:
    """A store with a menu, where wallets pay."""
    return Shop(app, session)
