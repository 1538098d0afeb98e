"""Who gets through which door of accounts."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.http.edge import Edge
from tests.factories import make_guest, sign_in_as

SOME_ID = "01900000-0000-7000-8000-000000000000"
SIGNED_IN = [
    ("DELETE", "/v1/sessions/current"),
    ("DELETE", "/v1/sessions"),
    ("GET", "/v1/me/devices"),
    ("DELETE", f"/v1/me/devices/{SOME_ID}"),
    ("GET", "/v1/me"),
]
CUSTOMERS = [
    ("PATCH", "/v1/me"),
    ("PUT", "/v1/me/password"),
    ("POST", "/v1/me/email-change"),
    ("POST", "/v1/me/email-change/confirmation"),
    ("POST", "/v1/me/grants"),
    ("GET", "/v1/me/grants"),
    ("GET", f"/v1/me/grants/{SOME_ID}"),
    ("DELETE", f"/v1/me/grants/{SOME_ID}"),
    ("GET", f"/v1/me/grants/{SOME_ID}/acts"),
    ("POST", "/v1/grant-offers/preview"),
    ("POST", "/v1/grant-offers/acceptance"),
    ("POST", "/v1/grant-offers/decline"),
]
MANAGERS = [
    ("GET", f"/v1/stores/{SOME_ID}/staff"),
    ("PUT", f"/v1/stores/{SOME_ID}/staff/{SOME_ID}"),
    ("DELETE", f"/v1/stores/{SOME_ID}/staff/{SOME_ID}"),
]


@pytest.mark.parametrize(("method", "path"), SIGNED_IN + CUSTOMERS + MANAGERS)
def test_without_a_token_the_door_stays_shut(client: FlaskClient, method: str, path: str) -> None:
    answer = client.open(path, method=method)

    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path"), CUSTOMERS + MANAGERS)
def test_a_guest_is_told_to_make_an_account(
    app: Edge, client: FlaskClient, session: Session, method: str, path: str
) -> None:
    answer = client.open(path, method=method, headers=sign_in_as(app, make_guest(session)))

    assert answer.status_code == 403
