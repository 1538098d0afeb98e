"""Stripe's own library against localstripe: what the sandbox does, done by a provider that we did not write.

localstripe knows no idempotency keys and no `amount_received`; that nothing is charged twice rests on opening first
and looking up, which is shown here.
"""

from __future__ import annotations

import dataclasses
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.http.edge import Edge
from service.payments.driving import Payments, provider_agrees
from service.payments.models import PaymentMethod
from service.payments.providers.port import Asked, Refused, Unknown
from service.payments.providers.stripe import Stripe
from service.payments.rules.seen import Seen
from tests.running import free_port

from .stripes import LocalStripe, local_stripe
from .till import Till

GOOD, DECLINED, CHALLENGED = "4242424242424242", "4000000000000341", "4000002500003155"
SECRET = "whsec_of_the_tests"


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStripe]:
    """Stripe's look-alike."""
    with local_stripe(tmp_path_factory.mktemp("localstripe")) as running:
        yield running


@pytest.fixture
def stripe(app: Edge, local: LocalStripe) -> Stripe:
    """Stripe as the provider, at its look-alike."""
    settings = dataclasses.replace(
        app.extensions["sayso.settings"],
        stripe_api_key="sk_test_12345",
        stripe_api_url=local.url,
        stripe_webhook_secret=SECRET,
    )
    return Stripe(settings)


@pytest.fixture
def paying(app: Edge, session: Session, stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> Till:
    """A customer whose payments go to Stripe."""
    payments = Payments(app.database, {"stripe": stripe}, current="stripe")
    monkeypatch.setitem(app.extensions, "sayso.payments", payments)
    return Till(app, session)


def agrees(till: Till, stripe: Stripe) -> bool:
    with till.app.database.reading() as session:
        return provider_agrees(session, stripe, now=till.now) == []


def test_a_card_is_kept_and_pays_in_two_steps_and_gives_back_in_parts(
    paying: Till, stripe: Stripe, local: LocalStripe
) -> None:
    payment_id = paying.paid(local.card(GOOD), capture=False)
    assert paying.state(payment_id) == ("authorised", 0, 0)
    paying.want("capture", payment_id, amount_minor=1_000)
    paying.drive(payment_id)
    assert paying.state(payment_id) == ("captured", 1_000, 0)
    for amount_minor in (300, 700):
        paying.want("refund", payment_id, amount_minor=amount_minor, purpose_id=uuid4())
        paying.drive(payment_id)

    assert paying.state(payment_id) == ("captured", 1_000, 1_000)
    assert paying.show(payment_id).json["paid_with"]["last4"] == "4242"
    assert agrees(paying, stripe)


def test_a_card_pays_at_once(paying: Till, stripe: Stripe, local: LocalStripe) -> None:
    assert paying.state(paying.paid(local.card(GOOD))) == ("captured", 1_250, 0)
    assert agrees(paying, stripe)


def test_a_declined_card_fails_and_can_not_be_tried_again_there(
    paying: Till, stripe: Stripe, local: LocalStripe
) -> None:
    payment_id = paying.paid(local.card(DECLINED))

    assert paying.state(payment_id) == ("failed", 0, 0)
    assert paying.kept(payment_id).reason == "card_declined"
    reference = paying.kept(payment_id).reference
    assert reference is not None
    assert stripe._client.v1.payment_intents.retrieve(reference).status == "canceled"
    assert agrees(paying, stripe)


def test_what_was_reserved_is_let_go(paying: Till, stripe: Stripe, local: LocalStripe) -> None:
    payment_id = paying.paid(local.card(GOOD), capture=False)
    paying.want("void", payment_id)
    paying.drive(payment_id)

    assert paying.state(payment_id) == ("voided", 0, 0)
    assert agrees(paying, stripe)


@pytest.mark.parametrize(("success", "state"), [(True, "captured"), (False, "failed")])
def test_a_webhook_that_stripe_signed_completes_what_the_bank_asked_about(
    paying: Till, client: FlaskClient, local: LocalStripe, success: bool, state: str
) -> None:
    payment_id = paying.paid(local.card(CHALLENGED))
    action = paying.show(payment_id).json["next_action"]
    reference = paying.kept(payment_id).reference
    assert (action["kind"], action["url"].startswith(f"{reference}_secret_")) == ("provider_sdk", True)
    local.authenticate(action["url"], success=success)

    answers = [hear(client, reference, at=int(time.time()) + late, secret=secret) for late, secret in SIGNATURES]

    assert answers == [400, 400, 204, 204]
    assert paying.state(payment_id)[0] == state


SIGNATURES = [(0, "another"), (-600, SECRET), (0, SECRET), (0, SECRET)]


def hear(client: FlaskClient, reference: Any, *, at: int, secret: str) -> int:
    """Send an event as Stripe signs it; return the status."""
    thing = {"id": reference, "object": "payment_intent", "amount": 999_999}
    body = json.dumps({"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "data": {"object": thing}})
    signature = hmac.digest(secret.encode(), f"{at}.{body}".encode(), "sha256").hex()
    answer = client.post(
        "/v1/payment-webhooks/stripe", data=body, headers={"Stripe-Signature": f"t={at},v1={signature}"}
    )
    return answer.status_code


class Deaf(Stripe):
    """Stripe, whose answers to what moves money never arrive."""

    def authorise(self, reference: str, *, key: UUID) -> Seen:
        """Do it."""
        super().authorise(reference, key=key)
        raise Unknown("no answer")

    def refund(self, reference: str, *, amount_minor: int, key: UUID) -> Seen:
        """Do it."""
        super().refund(reference, amount_minor=amount_minor, key=key)
        raise Unknown("no answer")


def test_an_answer_that_never_comes_is_looked_up_and_nothing_is_done_twice(
    paying: Till, stripe: Stripe, local: LocalStripe
) -> None:
    deaf = Deaf(stripe._settings)
    paying.payments._providers["stripe"] = deaf  # type: ignore[index]
    payment_id = paying.paid(local.card(GOOD))
    assert paying.state(payment_id) == ("created", 0, 0)
    paying.reconcile()
    assert paying.state(payment_id) == ("captured", 1_250, 0)
    paying.want("refund", payment_id, amount_minor=250, purpose_id=uuid4())
    paying.drive(payment_id)
    paying.reconcile()

    assert paying.state(payment_id) == ("captured", 1_250, 250)
    reference = paying.kept(payment_id).reference
    assert reference is not None
    assert stripe.look_up(reference).refunded_minor == 250


def test_a_removed_card_is_detached(paying: Till, client: FlaskClient, stripe: Stripe, local: LocalStripe) -> None:
    token = local.card(GOOD)
    method_id = paying.add(token).json["id"]
    assert stripe._client.v1.payment_methods.retrieve(token).customer
    client.delete(f"/v1/me/payment-methods/{method_id}", headers=paying.headers)
    paying.reconcile()

    assert stripe._client.v1.payment_methods.retrieve(token).customer is None


def test_a_card_that_was_added_again_stays_attached(
    paying: Till, client: FlaskClient, stripe: Stripe, local: LocalStripe
) -> None:
    token = local.card(GOOD)
    method_id = paying.add(token).json["id"]
    client.delete(f"/v1/me/payment-methods/{method_id}", headers=paying.headers)
    assert paying.add(token).json["id"] != method_id
    paying.reconcile()

    assert stripe._client.v1.payment_methods.retrieve(token).customer
    assert paying.state(paying.paid(token))[0] == "captured"


def test_what_stripe_does_not_even_open_has_failed_and_is_looked_at_no_more(
    paying: Till, session: Session, stripe: Stripe, local: LocalStripe
) -> None:
    lost, foreign, voided = (
        paying.begin(local.card(GOOD), capture=False),
        paying.begin(local.card(GOOD), currency="ISK"),
        paying.begin(local.card(GOOD), capture=False),
    )
    paying.want("void", voided)
    session.execute(sa.update(PaymentMethod).where(PaymentMethod.number != 2).values(token=PaymentMethod.number))
    session.commit()
    paying.reconcile()

    assert [paying.state(each)[0] for each in (lost, foreign, voided)] == ["failed"] * 3
    assert paying.kept(foreign).reason == "currency_not_supported"
    assert all(paying.kept(each).due_at is None for each in (lost, foreign, voided))
    assert [name for name, _ in paying.told(lost)] == ["PaymentFailed"]
    assert agrees(paying, stripe)


@pytest.mark.parametrize("currency", ["ISK", "UGX", "MGA"])
def test_money_that_stripe_counts_in_another_unit_is_not_paid_there(stripe: Stripe, currency: str) -> None:
    asked = Asked(
        key=uuid4(), token="pm_1", customer="cus_1", amount_minor=1_000, currency=currency, captures_at_once=True
    )
    with pytest.raises(Refused, match="currency_not_supported"):
        stripe.open(asked)


def test_a_card_that_stripe_does_not_take_or_know_is_refused(paying: Till, local: LocalStripe) -> None:
    for token in (local.card("4000000000000002"), "pm_none"):
        assert paying.add(token).json["type"] == "/problems/payment-method-refused"


def test_a_provider_out_of_reach_means_unknown_and_never_failed(paying: Till, local: LocalStripe) -> None:
    payment_id = paying.begin(local.card(GOOD))
    provider = paying.payments.provider("stripe")
    assert isinstance(provider, Stripe)
    dark = Stripe(dataclasses.replace(provider._settings, stripe_api_url=f"http://127.0.0.1:{free_port()}"))
    paying.payments._providers["stripe"] = dark  # type: ignore[index]
    paying.drive(payment_id)

    assert paying.state(payment_id) == ("created", 0, 0)
    assert (paying.add(local.card(GOOD)).status_code, paying.told(payment_id)) == (503, [])
    paying.payments._providers["stripe"] = provider  # type: ignore[index]
    paying.reconcile()
    assert paying.state(payment_id) == ("captured", 1_250, 0)
