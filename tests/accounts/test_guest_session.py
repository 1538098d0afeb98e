"""POST /v1/guests."""

from __future__ import annotations

from flask.testing import FlaskClient


def test_a_guest_gets_a_session_without_saying_who_they_are(client: FlaskClient) -> None:
    answer = client.post("/v1/guests", json={})

    assert answer.status_code == 201
    assert answer.json["is_guest"] is True
    assert answer.json["access_token"]


def test_an_unknown_field_is_refused_by_name(client: FlaskClient) -> None:
    answer = client.post("/v1/guests", json={"surname": "Doe"})

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json["errors"] == {"surname": ["Unknown field."]}
