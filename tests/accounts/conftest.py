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
from tests.authenticator import Authenticator
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


class Passkeys:
    """A person's device: an authenticator, and the app that passes on what it says."""

    def __init__(self, client: FlaskClient, authenticator: Authenticator) -> None:
        self.client, self.authenticator = client, authenticator

    def begin(self, headers: dict[str, str]) -> dict[str, Any]:
        """Return the options for a new passkey of whom the headers are."""
        answer = self.client.post("/v1/me/passkeys/challenges", headers=headers)
        assert answer.status_code == 201, answer.text
        options: dict[str, Any] = answer.json["public_key"]
        return options

    def add(self, headers: dict[str, str], *, name: str | None = "Phone", **lies: Any) -> Any:
        """Make a passkey and add it."""
        credential = self.authenticator.create(self.begin(headers), **lies)
        return self.client.post("/v1/me/passkeys", json={"credential": credential, "name": name}, headers=headers)

    def begin_sign_in(self) -> dict[str, Any]:
        """Return the options for a sign-in."""
        options: dict[str, Any] = self.client.post("/v1/sessions/passkey-challenges").json["public_key"]
        return options

    def sign_in(self, **lies: Any) -> Any:
        """Sign in with the newest passkey."""
        return self.send(self.authenticator.get(self.begin_sign_in(), **lies))

    def send(self, credential: dict[str, Any]) -> Any:
        """Send what the authenticator said."""
        return self.client.post("/v1/sessions/passkey", json={"credential": credential, "device_name": "Laptop"})


@pytest.fixture
def passkeys(client: FlaskClient) -> Passkeys:
    """A device with an authenticator whose counter stays 0."""
    return Passkeys(client, Authenticator())
