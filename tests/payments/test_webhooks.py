"""POST /v1/payment-webhooks/{provider}: believed only when signed, heard once, and never for what they say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import clock
from service.payments.models import PaymentEvent
from service.payments.providers import signatures
from service.payments.rules.timing import ACT_WITHIN

from .till import Till

PATH = "/v1/payment-webhooks/sandbox"


def approved(till: Till) -> Any:
    """Begin a payment whose customer has confirmed it at their bank; return its id."""
    payment_id = till.paid("sandbox_3ds")
    reference = till.kept(payment_id).reference
    assert reference is not None
    till.bank.answer(reference, approves=True)
    return payment_id


def post(client: FlaskClient, headers: dict[str, str], body: bytes) -> Any:
    """Send a webhook."""
    return client.post(PATH, data=body, headers=headers, content_type="application/json")


def test_a_webhook_settles_the_payment_it_is_about_and_its_repeat_changes_nothing(
    till: Till, client: FlaskClient, session: Session
) -> None:
    payment_id = approved(till)
    ((headers, body),) = till.bank.take_webhooks(now=clock.now())

    assert post(client, headers, body).status_code == 204
    assert till.state(payment_id) == ("captured", 1_250, 0)
    told = till.told(payment_id)
    assert post(client, headers, body).status_code == 204
    assert till.told(payment_id) == told
    assert session.query(PaymentEvent).count() == 1


def test_a_bank_that_tells_twice_is_heard_once(till: Till, session: Session) -> None:
    payment_id = till.paid("sandbox_duplicate_webhook")
    till.reconcile()

    assert [name for name, _ in till.told(payment_id)] == ["PaymentAuthorised", "PaymentCaptured"]
    assert session.query(PaymentEvent).count() == 1


def test_a_webhook_that_comes_late_or_of_what_is_over_changes_nothing(till: Till, client: FlaskClient) -> None:
    payment_id = approved(till)
    ((headers, body),) = till.bank.take_webhooks(now=clock.now())
    till.drive(payment_id)
    before = till.told(payment_id), till.kept(payment_id).version

    assert post(client, headers, body).status_code == 204
    assert (till.told(payment_id), till.kept(payment_id).version) == before


def test_nothing_that_a_webhook_says_is_believed(till: Till, client: FlaskClient) -> None:
    payment_id = till.paid("sandbox_3ds")
    lie = {
        "type": "payment.captured",
        "data": {"reference": till.kept(payment_id).reference, "state": "captured", "captured_minor": 999_999},
    }
    body = orjson.dumps(lie)
    signed = signatures.sign(till.bank._secret, event_id="event_1", body=body, now=clock.now())

    assert post(client, signed, body).status_code == 204
    assert till.state(payment_id) == ("requires_action", 0, 0)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"data":1}', b"\xff", b'{"data":{"reference":7}}'])
def test_a_signed_body_of_any_shape_is_no_failure(till: Till, client: FlaskClient, body: bytes) -> None:
    signed = signatures.sign(till.bank._secret, event_id="event_1", body=body, now=clock.now())

    assert post(client, signed, body).status_code in {204, 400}


def test_a_webhook_of_nobody_elses_making_is_refused(till: Till, client: FlaskClient) -> None:
    approved(till)
    now = clock.now()
    ((headers, body),) = till.bank.take_webhooks(now=now)
    wrong: list[tuple[dict[str, str], bytes]] = [
        ({}, body),
        (headers | {"webhook-signature": "v1,AAAA"}, body),
        (headers | {"webhook-id": "event_other"}, body),
        (headers | {"webhook-timestamp": str(int(now.timestamp()) + 1)}, body),
        (headers, body + b" "),
        (signatures.sign(b"another secret", event_id="event_1", body=body, now=now), body),
        (signatures.sign(till.bank._secret, event_id="event_1", body=body, now=now - timedelta(minutes=6)), body),
        (signatures.sign(till.bank._secret, event_id="event_1", body=body, now=now + timedelta(minutes=6)), body),
    ]
    for headers_sent, body_sent in wrong:
        answer = post(client, headers_sent, body_sent)
        assert (answer.status_code, answer.json["type"]) == (400, "/problems/wrong-signature")


def test_a_large_webhook_and_an_unknown_provider_are_refused(client: FlaskClient) -> None:
    assert post(client, {}, b"x" * 65_537).status_code == 413
    assert client.post("/v1/payment-webhooks/nobody", data=b"{}").status_code == 404


def test_old_webhooks_are_forgotten(till: Till, session: Session) -> None:
    from service import worker

    till.paid("sandbox_duplicate_webhook")
    till.reconcile()
    worker.forget(session, now=till.now + timedelta(days=31))

    assert session.query(PaymentEvent).count() == 0


def test_the_banks_page_completes_a_payment(till: Till, client: FlaskClient) -> None:
    payment_id, refused = till.paid("sandbox_3ds"), till.paid("sandbox_3ds")

    def path(one: Any) -> str:
        url: str = till.show(one).json["next_action"]["url"]
        return "/" + url.split("/", 3)[3]

    asked = client.get(path(payment_id)).text
    assert "Is it you who pays?" in asked
    assert "$12.50" in asked
    assert "ends in 3220" in asked
    assert "captured" in client.post(path(payment_id), data={"answer": "confirm"}).text
    declined_at = path(refused)
    assert "declined" in client.post(declined_at, data={"answer": "decline"}).text
    assert "declined" in client.post(declined_at, data={"answer": "confirm"}).text  # it is over

    assert till.state(payment_id) == ("captured", 1_250, 0)
    assert till.kept(refused).reason == "authentication_failed"
    assert till.show(payment_id).json["next_action"] is None
    for unknown in ("none", "%00"):
        assert client.get(f"/demo/payments/{unknown}").status_code == 404
    till.reconcile(ACT_WITHIN)
    assert till.disagreements() == []
