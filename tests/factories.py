"""Arranging: plain functions that write through the real actions and commit."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from service.stores import actions as store_actions
from service.stores.models import Store

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
_numbers = count(1)


def make_store(session: Session, **changes: Any) -> Store:
    """A store in New York, always open, ready at once, with makers at every station and 8.25 % tax."""
    number = next(_numbers)
    values = {
        "number": f"T-{number:05}",
        "name": f"Corner {number:05}",
        "street": "1 Test Street",
        "city": "New York",
        "state": "NY",
        "country": "US",
        "postcode": "10001",
        "currency": "USD",
        "timezone": "America/New_York",
        "latitude": 40.7484,
        "longitude": -73.9857,
        "hours": "24/7",
        "pickup_methods": ("counter", "curbside", "shelf"),
        "stations": {"bar": 2, "oven": 1, "cold": 1},
        "tax_rates": {"standard": 825},
        "now": NOW,
    }
    store = store_actions.open_store(session, **(values | changes))
    session.commit()
    return store
