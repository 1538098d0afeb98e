"""People who run stores."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask import g
from sqlalchemy.orm import Session

from service.accounts import actions as account_actions
from service.accounts import tokens
from service.accounts.models import Person, StaffMembership
from service.http.edge import Edge

Headers = dict[str, str]
SignIn = Callable[..., Headers]


@pytest.fixture
def sign_in(app: Edge, session: Session) -> SignIn:
    """Sign in a new person: a customer, staff with a role at a store, or an operator; gives the headers to send."""

    def sign_in(*, role: str | None = None, store_id: UUID | None = None, is_operator: bool = False) -> Headers:
        now = datetime.now(UTC)
        person = Person(
            is_guest=False, email=f"p{now.timestamp()}@example.com", is_operator=is_operator, created_at=now
        )
        session.add(person)
        session.flush()
        if role is not None:
            session.add(StaffMembership(person_id=person.id, store_id=store_id, role=role, granted_at=now))
        opened = account_actions.open_session(session, person_id=person.id, device_name=None, session_days=1, now=now)
        with app.app_context():
            ring = app.extensions["sayso.keys"]
            token = tokens.access_token(ring, session, person_id=person.id, session_id=opened.id, now=now)
            g.pop("signing_key", None)
        session.commit()
        return {"Authorization": f"Bearer {token}"}

    return sign_in
