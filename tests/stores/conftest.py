"""People who run stores."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from service.http.edge import Edge

from ..factories import make_customer, make_operator, make_staff, sign_in_as

SignIn = Callable[..., dict[str, str]]


@pytest.fixture
def sign_in(app: Edge, session: Session) -> SignIn:
    """Sign in a new person: a customer, staff with a role at a store, or an operator; gives the headers to send."""

    def sign_in(*, role: str | None = None, store_id: UUID | None = None, is_operator: bool = False) -> dict[str, str]:
        if is_operator:
            return sign_in_as(app, make_operator(session))
        if role is not None and store_id is not None:
            return sign_in_as(app, make_staff(session, store_id, role))
        return sign_in_as(app, make_customer(session))

    return sign_in
