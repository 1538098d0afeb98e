"""GET /v1/me/payments/{id}: a payment for its customer."""

from __future__ import annotations

from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.http.edge import Edge
from tests.factories import make_customer, sign_in_as

from .till import Till


def test_its_customer_sees_what_became_of_a_payment(till: Till) -> None:
    payment_id = till.begin()
    before = till.show(payment_id)
    assert (before.json["state"], before.json["is_settled"]) == ("created", False)

    till.drive(payment_id)

    shown = till.show(payment_id)
    assert (shown.json["state"], shown.json["is_settled"]) == ("captured", True)
    assert shown.json["captured"] == {"amount_minor": 1_250, "currency": "USD"}
    assert shown.json["paid_with"]["last4"] == "4242"
    assert shown.headers["ETag"] != before.headers["ETag"]
    again = till.show(payment_id, till.headers | {"If-None-Match": shown.headers["ETag"]})
    assert again.status_code == 304


def test_nobody_else_sees_it(till: Till, app: Edge, session: Session, client: FlaskClient) -> None:
    payment_id = till.paid()

    assert till.show(payment_id, sign_in_as(app, make_customer(session))).status_code == 404
    assert till.show(uuid4()).status_code == 404
    assert client.get(f"/v1/me/payments/{payment_id}").status_code == 401
