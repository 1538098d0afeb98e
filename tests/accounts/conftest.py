"""What the tests of accounts share: a mailbox to look into, and requests that are made often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.accounts.models import Mail
from service.http.edge import Edge
from tests.factories import make_customer

PASSWORD = "seven quiet herons at dawn"
NEW_PASSWORD = "nine loud geese by dusk"

Mailbox = Callable[[str], list[Mail]]
SignIn = Callable[..., Any]


@pytest.fixture
def mailbox(app: Edge) -> Mailbox:
    """Read an address's mails, newest first."""

    def read(address: str) -> list[Mail]:
        with app.database.reading() as session:
            theirs = sa.select(Mail).where(Mail.to_address == address).order_by(Mail.id.desc())
            return list(session.scalars(theirs))

    return read


@pytest.fixture
def jane(session: Session) -> Any:
    """A customer who signs in with PASSWORD."""
    return make_customer(session, email="jane@example.com", name="Jane", password=PASSWORD)


@pytest.fixture
def sign_in(client: FlaskClient) -> SignIn:
    """Sign in, by default as Jane."""

    def post(email: str = "jane@example.com", password: str = PASSWORD, **more: Any) -> Any:
        return client.post("/v1/sessions", json={"email": email, "password": password, **more})

    return post


def bearer(answer: Any) -> dict[str, str]:
    """Return the headers that use an answered session."""
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def said(answer: Any) -> tuple[int, Any, dict[str, Any]]:
    """Return what an answer tells: status, media type and body but for the request's own id."""
    return answer.status_code, answer.mimetype, {key: value for key, value in answer.json.items() if key != "instance"}
