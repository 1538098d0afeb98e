"""What a logged failure says: what failed and where, and nothing of the row that the database refused."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service import clock
from service.http.edge import Edge
from service.loyalty.models import Card
from tests.loyalty.club import Club


def logged() -> str:
    """Return the line that the failure at hand is logged as."""
    event: Any = {"event": "it failed", "exc_info": True}
    for processor in structlog.get_config()["processors"]:
        event = processor(None, "error", event)
    return str(event)


def test_a_row_that_the_database_refused_is_not_quoted(app: Edge, session: Session) -> None:
    club = Club(app, session)
    club.join()
    row = {"member_id": club.member().id, "label": "For Mum", "made_at": clock.now(), "ended_at": None}

    with pytest.raises(IntegrityError) as refused:
        session.execute(sa.insert(Card), {"number": "too short", **row})

    try:
        raise refused.value
    except IntegrityError:
        line = logged()
    assert "ck_loyalty_cards_number" in line
    assert "For Mum" not in line
    assert "too short" not in line
    assert ("For Mum" in str(refused.value)) == app.database.is_postgresql  # the control: PostgreSQL quotes it
    session.rollback()
