"""POST /v1/customers."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.accounts.models import EmailChallenge, Person

from .conftest import PASSWORD, Mailbox, said

ASKED = {"email": "new@example.com", "password": PASSWORD}


def test_a_new_address_is_sent_a_code_and_has_no_account_yet(
    client: FlaskClient, mailbox: Mailbox, session: Session
) -> None:
    answer = client.post("/v1/customers", json=ASKED)

    assert answer.status_code == 202
    (mail,) = mailbox("new@example.com")
    assert mail.code in mail.body
    assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0


def test_a_known_address_is_answered_alike_and_told_by_mail(client: FlaskClient, jane: Any, mailbox: Mailbox) -> None:
    unknown = client.post("/v1/customers", json=ASKED)
    known = client.post("/v1/customers", json={**ASKED, "email": "JANE@example.com"})

    assert said(known) == said(unknown)
    assert known.data == unknown.data
    (note,) = mailbox("jane@example.com")
    assert note.code is None
    assert "already have an account" in note.subject


def test_the_token_is_kept_only_as_a_hash_and_a_known_address_keeps_nothing(
    client: FlaskClient, jane: Any, mailbox: Mailbox, session: Session
) -> None:
    client.post("/v1/customers", json=ASKED)
    client.post("/v1/customers", json={**ASKED, "email": "jane@example.com"})

    new, known = session.scalars(sa.select(EmailChallenge).order_by(EmailChallenge.id))
    code = mailbox("new@example.com")[0].code
    assert code not in repr(vars(new))
    assert PASSWORD not in repr(vars(new))
    assert known.used_at is not None
    assert known.pending == {}


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short but odd!", "15 characters"),
        ("passwordpassword1", "guessed"),
        ("new@example.com new", "guessed"),
        ("x" * 257, "256"),
    ],
)
def test_a_password_that_is_short_or_easily_guessed_is_refused_by_name(
    client: FlaskClient, password: str, why: str
) -> None:
    answer = client.post("/v1/customers", json={**ASKED, "password": password})

    assert answer.status_code == 422
    assert why in answer.json["errors"]["password"][0]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("email", None),
        ("phone", "12345"),
        ("phone", "+44 1"),
        ("language", "xx-notone"),
        ("language", "en_GB"),
        ("name", ""),
        ("surname", "Doe"),
    ],
)
def test_a_field_that_cannot_be_used_is_refused_by_name(client: FlaskClient, field: str, value: Any) -> None:
    answer = client.post("/v1/customers", json={**ASKED, field: value})

    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]


def test_an_inbox_is_not_flooded_through_us(client: FlaskClient, mailbox: Mailbox) -> None:
    answers = [client.post("/v1/customers", json=ASKED) for _ in range(7)]

    assert {answer.status_code for answer in answers} == {202}
    assert len(mailbox("new@example.com")) == 5


def test_a_token_that_does_not_pass_is_refused_though_none_is_needed(client: FlaskClient) -> None:
    answer = client.post("/v1/customers", json=ASKED, headers={"Authorization": "Bearer nonsense"})

    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers
