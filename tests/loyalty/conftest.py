"""The club that the tests of loyalty act in."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from service.http.edge import Edge

from .club import Club


@pytest.fixture
def club(app: Edge, session: Session) -> Club:
    """A shop with a programme, and a customer who has joined."""
    club = Club(app, session)
    club.join()
    return club
