"""Arrangers: plain functions that write through the real models and actions, commit, and return what they made."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.accounts import actions, tokens
from service.accounts.models import Person, StaffMembership
from service.accounts.passwords import Passwords
from service.db import new_id
from service.http.edge import Edge
from service.stores import actions as store_actions
from service.stores.models import Store

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
_numbers = count(1)


def make_guest(session: Session) -> Person:
    """Make someone who has not said who they are."""
    guest = actions.start_guest(session, now=clock.now())
    session.commit()
    return guest


def make_customer(session: Session, *, password: str | None = None, **details: Any) -> Person:
    """Make a customer with an account; `details` are columns of theirs."""
    if password is not None:
        details["password_hash"] = Passwords(64).hash_new(password, about=())
    customer_id = details.setdefault("id", new_id())
    details.setdefault("email", f"person-{customer_id.hex}@example.com")
    customer = Person(is_guest=False, created_at=clock.now(), **details)
    session.add(customer)
    session.commit()
    return customer


def make_operator(session: Session, **details: Any) -> Person:
    """Make someone who acts chain-wide."""
    return make_customer(session, is_operator=True, **details)


def make_staff(session: Session, store_id: UUID, role: str = "barista", **details: Any) -> Person:
    """Make someone who works at the store."""
    person = make_customer(session, **details)
    session.add(StaffMembership(person_id=person.id, store_id=store_id, role=role, granted_at=clock.now()))
    session.commit()
    return person


def sign_in_as(app: Edge, person: Person) -> dict[str, str]:
    """Open a session of the person's and return the headers of its requests."""
    now = clock.now()
    with app.app_context(), app.database.writing() as session:
        opened = actions.open_session(
            session,
            person_id=person.id,
            device_name=None,
            session_days=app.extensions["sayso.settings"].session_days,
            now=now,
        )
        token = tokens.access_token(
            app.extensions["sayso.keys"], session, person_id=person.id, session_id=opened.id, now=now
        )
        session.commit()
    return {"Authorization": f"Bearer {token}"}


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
