"""What is never logged: passwords, tokens, mail addresses."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.http.edge import Edge

from .conftest import NEW_PASSWORD, PASSWORD, Mailbox, SignIn, bearer


def test_no_way_through_an_account_is_logged_with_its_secrets(
    client: FlaskClient, jane: Any, sign_in: SignIn, mailbox: Mailbox, capfd: pytest.CaptureFixture[str]
) -> None:
    signed_in = sign_in()
    sign_in(password=NEW_PASSWORD)
    client.post("/v1/customers", json={"email": "new@example.com", "password": NEW_PASSWORD})
    code = mailbox("new@example.com")[0].code
    verified = client.post("/v1/customers/verification", json={"token": code})
    refreshed = client.post("/v1/sessions/refresh", json={"refresh_token": verified.json["refresh_token"]})
    client.put(
        "/v1/me/password",
        json={"current_password": PASSWORD, "password": NEW_PASSWORD},
        headers=bearer(signed_in),
    )

    logged = "".join(capfd.readouterr())
    assert logged.count('"event":"request"') >= 6
    tokens = [answer.json[kind] for answer in (signed_in, refreshed) for kind in ("access_token", "refresh_token")]
    for secret in (PASSWORD, NEW_PASSWORD, "example.com", code, *tokens):
        assert secret not in logged


@pytest.mark.broken_on_purpose
def test_a_failure_is_logged_without_what_it_was_about(
    app: Edge, client: FlaskClient, session: Session, capfd: pytest.CaptureFixture[str]
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    session.execute(sa.text("ALTER TABLE mails RENAME TO mails_away"))
    session.commit()
    try:
        answer = client.post("/v1/customers", json={"email": "new@example.com", "password": PASSWORD})
    finally:
        session.execute(sa.text("ALTER TABLE mails_away RENAME TO mails"))
        session.commit()
        app.config["PROPAGATE_EXCEPTIONS"] = None

    logged = "".join(capfd.readouterr())
    assert answer.status_code in {500, 503}
    assert '"level":' in logged
    for secret in (PASSWORD, "example.com", "argon2id"):
        assert secret not in logged
