"""What the worker and the operator do now and then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import clock
from service.accounts import actions
from service.accounts.models import DeviceSession, EmailChallenge, Mail, PasskeyChallenge, Person
from service.db import deleting
from service.http.edge import Edge
from tests.factories import sign_in_as


def _counts(session: Session) -> list[int | None]:
    kinds = (EmailChallenge, DeviceSession, Mail, Person)
    return [session.scalar(sa.select(sa.func.count()).select_from(kind)) for kind in kinds]


def test_what_is_expired_is_forgotten_in_its_time(app: Edge, client: FlaskClient, session: Session, jane: Any) -> None:
    client.post("/v1/password-resets", json={"email": "jane@example.com"})
    client.delete("/v1/sessions/current", headers=sign_in_as(app, jane))
    sign_in_as(app, jane)
    now = clock.now()

    actions.forget_expired(session, now=now)
    assert _counts(session) == [1, 2, 1, 1]
    actions.forget_expired(session, now=now + timedelta(hours=2))
    assert _counts(session) == [0, 2, 1, 1]
    actions.forget_expired(session, now=now + timedelta(days=31))
    assert _counts(session) == [0, 1, 0, 1]


def test_challenges_that_nobody_answered_in_time_are_forgotten(client: FlaskClient, session: Session) -> None:
    client.post("/v1/sessions/passkey-challenges")
    now = clock.now()

    for later, left in ((timedelta(minutes=4), 1), (timedelta(minutes=6), 0)):
        actions.forget_expired(session, now=now + later)
        assert session.scalar(sa.select(sa.func.count()).select_from(PasskeyChallenge)) == left


def test_what_is_expired_is_forgotten_in_bites_of_each_kind(
    app: Edge, client: FlaskClient, session: Session, jane: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        client.post("/v1/sessions/passkey-challenges")
        client.post("/v1/password-resets", json={"email": "jane@example.com"})
        client.delete("/v1/sessions/current", headers=sign_in_as(app, jane))
    sign_in_as(app, jane)
    assert _counts(session) == [3, 4, 3, 1]
    monkeypatch.setattr(deleting, "AT_ONCE", 2)
    later = clock.now() + timedelta(days=31)

    bites = [actions.forget_expired(session, now=later) for _ in range(3)]

    assert (bites, _counts(session)) == ([8, 4, 0], [0, 1, 0, 1])
    assert session.scalar(sa.select(sa.func.count()).select_from(PasskeyChallenge)) == 0


def test_the_first_operator_is_made_on_the_command_line(app: Edge, client: FlaskClient, jane: Any) -> None:
    made = app.test_cli_runner().invoke(args=["make-operator", "Jane@example.com"])

    assert made.exit_code == 0
    assert client.get("/v1/me", headers=sign_in_as(app, jane)).json["is_operator"] is True


def test_an_operator_needs_an_account(app: Edge) -> None:
    made = app.test_cli_runner().invoke(args=["make-operator", "nobody@example.com"])

    assert made.exit_code == 1
    assert "no such account" in made.output
