"""Stripe's disputes and refunds as its own library's types have them: localstripe knows no disputes, and says nothing
of what was received, so this mapping is shown on recorded shapes."""

from __future__ import annotations

import dataclasses
import hmac
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from service import clock
from service.http.edge import Edge
from service.payments.providers.port import Unsigned
from service.payments.providers.stripe import Stripe, seen_of
from service.payments.rules.seen import DONE, PENDING, REFUSED, Seen
from service.payments.rules.settling import settle
from service.payments.rules.wanted import REFUND, Payment, Step, next_call

stripe = pytest.importorskip("stripe")

SECRET = "whsec_of_the_tests"
INTENT = {"id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": 1_250, "amount_received": 1_000}
KEY = uuid4()


def refund(status: str, amount: int = 300, *, key: UUID | None = KEY, **changes: Any) -> Any:
    """Return a refund; without a key it is one that nobody here asked for."""
    values = {
        "id": f"re_{status}_{amount}",
        "object": "refund",
        "amount": amount,
        "status": status,
        "balance_transaction": "txn_1",
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "reason": "requested_by_customer",
        "metadata": {"sayso_key": str(key)} if key is not None else {},
    }
    return stripe.Refund.construct_from(values | changes, "sk_test")


def dispute(status: str, amount: int = 1_000) -> Any:
    """Return a dispute."""
    values = {
        "id": "dp_1",
        "object": "dispute",
        "amount": amount,
        "currency": "usd",
        "status": status,
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "reason": "product_not_received",
        "is_charge_refundable": False,
    }
    return stripe.Dispute.construct_from(values, "sk_test")


def seen(*refunds: Any, disputes: Any = ()) -> Seen:
    """Return what is seen of a payment of which 10.00 of 12.50 were captured."""
    return seen_of(stripe.PaymentIntent.construct_from(INTENT, "sk_test"), refunds, disputes)


@pytest.mark.parametrize(
    ("status", "is_seen", "refunded_minor"),
    [
        ("succeeded", DONE, 300),
        ("pending", PENDING, 0),
        ("requires_action", PENDING, 0),
        ("failed", REFUSED, 0),
        ("canceled", REFUSED, 0),
    ],
)
def test_a_refund_of_ours_is_seen_by_its_key(status: str, is_seen: str, refunded_minor: int) -> None:
    found = seen(refund(status))
    assert (found.refunds, found.refunded_minor, found.reversals) == ({KEY: is_seen}, refunded_minor, ())


@pytest.mark.parametrize(
    ("status", "changes", "states"),
    [
        ("succeeded", {}, ["final"]),
        ("failed", {"failure_reason": "expired_or_canceled_card"}, ["returned"]),
        ("pending", {}, []),
        ("succeeded", {"balance_transaction": None}, []),  # what a smaller capture let go
    ],
)
def test_a_refund_made_in_the_dashboard_is_a_reversal(status: str, changes: dict[str, Any], states: list[str]) -> None:
    found = seen(refund("succeeded"), refund(status, 200, key=None, **changes))
    assert [(each.kind, each.state, each.amount_minor) for each in found.reversals] == [
        ("refund", state, 200) for state in states
    ]
    assert (found.captured_minor, found.refunded_minor) == (1_000, 300)


@pytest.mark.parametrize(
    ("status", "state", "taken_minor"),
    [
        ("warning_needs_response", "asked", 0),
        ("warning_under_review", "asked", 0),
        ("warning_closed", "returned", 0),
        ("prevented", "returned", 0),
        ("needs_response", "open", 1_000),
        ("under_review", "open", 1_000),
        ("won", "returned", 0),
        ("lost", "final", 1_000),
        ("of_a_later_version", "open", 1_000),
    ],
)
def test_a_dispute_takes_back_what_its_status_says(status: str, state: str, taken_minor: int) -> None:
    found = seen(disputes=[dispute(status)])
    (reversal,) = found.reversals
    assert (reversal.reference, reversal.state, reversal.reason) == ("dp_1", state, "product_not_received")
    assert found.taken_back_minor == taken_minor
    assert (found.is_disputed, found.lost_minor) == (state == "open", taken_minor if state == "final" else 0)


def test_a_refund_waits_for_a_dispute_at_stripe_and_what_was_lost_counts_for_it() -> None:
    step = Step(id=uuid4(), kind=REFUND, purpose_id=uuid4(), amount_minor=1_000)
    payment = Payment(
        id=uuid4(),
        state="captured",
        amount_minor=1_250,
        authorised_minor=1_250,
        captured_minor=1_000,
        refund_asked_minor=1_000,
        steps=(step,),
    )
    open_there = seen(disputes=[dispute("under_review")])
    assert next_call(payment, open_there, {}) is None
    assert settle(payment, open_there, {step.id: "charge_disputed"}).happened == ()

    won = next_call(payment, seen(disputes=[dispute("won")]), {})
    assert won is not None
    assert (won.key, won.amount_minor) == (step.id, 1_000)
    (told,) = settle(payment, seen(disputes=[dispute("lost")]), {}).happened
    assert (told.what, told.amount_minor, told.by_bank_minor) == ("refunded", 1_000, 1_000)


@pytest.fixture
def provider(app: Edge) -> Stripe:
    """Stripe, that nobody calls."""
    given = {"stripe_api_key": "sk_test_12345", "stripe_webhook_secret": SECRET}
    return Stripe(dataclasses.replace(app.extensions["sayso.settings"], **given))


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("refund.failed", refund("failed")),
        ("charge.refund.updated", refund("failed")),
        ("charge.dispute.created", dispute("needs_response")),
        ("charge.dispute.closed", dispute("won")),
        ("charge.dispute.funds_reinstated", dispute("won")),
        (
            "charge.refunded",
            stripe.Charge.construct_from({"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}, ""),
        ),
    ],
)
def test_an_event_leads_to_the_payment_that_it_is_about(provider: Stripe, kind: str, thing: Any) -> None:
    now = clock.now()
    event = {"id": "evt_1", "object": "event", "type": kind, "data": {"object": thing.to_dict()}}
    body, at = json.dumps(event), int(now.timestamp())
    signature = hmac.digest(SECRET.encode(), f"{at}.{body}".encode(), "sha256").hex()

    heard = provider.hear({"stripe-signature": f"t={at},v1={signature}"}, body.encode(), now=now)

    assert (heard.event_id, heard.reference) == ("evt_1", "pi_1")
    with pytest.raises(Unsigned):
        provider.hear({"stripe-signature": f"t={at},v1={'0' * 64}"}, body.encode(), now=now)


class Listing:
    """Answers as Stripe's API does for one payment, and notes what it was asked for."""

    def __init__(self, *, disputed: bool) -> None:
        self.asked: list[str] = []
        charge = {"id": "ch_1", "object": "charge", "disputed": disputed}
        self._intent = stripe.PaymentIntent.construct_from(INTENT | {"latest_charge": charge}, "sk_test")
        self.v1 = self.payment_intents = self.refunds = self.disputes = self

    def retrieve(self, _reference: str, _values: Any) -> Any:
        """Return the payment."""
        return self._intent

    def list(self, values: Any) -> Any:
        """Return its refunds, then its disputes."""
        self.asked.append(values["payment_intent"])
        found = [refund("failed")] if len(self.asked) == 1 else [dispute("lost")]
        return stripe.ListObject.construct_from({"object": "list", "data": found}, "sk_test")


@pytest.mark.parametrize(("disputed", "taken_minor"), [(True, 1_000), (False, 0)])
def test_disputes_are_asked_for_where_the_charge_is_disputed(
    provider: Stripe, monkeypatch: pytest.MonkeyPatch, disputed: bool, taken_minor: int
) -> None:
    api = Listing(disputed=disputed)
    monkeypatch.setattr(provider, "_client", api)

    found = provider.look_up("pi_1")

    assert (found.taken_back_minor, found.refunds) == (taken_minor, {KEY: REFUSED})
    assert api.asked == ["pi_1"] * (2 if disputed else 1)
