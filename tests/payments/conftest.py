"""A customer who pays."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from service.http.edge import Edge

from .till import Till


@pytest.fixture
def till(app: Edge, session: Session) -> Till:
    """A customer at the till, with the sandbox as provider."""
    return Till(app, session)
