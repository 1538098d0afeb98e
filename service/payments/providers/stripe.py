"""Stripe, by its own library (the extra `stripe`): PaymentIntents, opened first and confirmed by their id.

Opening moves no money. Whatever moves some is asked of an opened one, which Stripe confirms, captures and cancels once
each; so nothing depends on how long it remembers an idempotency key. A refund carries its key in its metadata, to be
found again.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ...config import ConfigError, Settings
from ..rules import reversals as reversing
from ..rules.seen import DONE, OPENED, PENDING, REFUSED, Reversal, Seen
from ..rules.states import AUTHORISED, CAPTURED, FAILED, REQUIRES_ACTION, VOIDED
from .port import CONNECT_SECONDS, READ_SECONDS, Asked, Heard, Kept, Refused, Unknown, Unsigned

_KEY = "sayso_key"
_REFUNDS = {"succeeded": DONE, "pending": PENDING, "requires_action": PENDING, "failed": REFUSED, "canceled": REFUSED}
_MOST_REFUNDS = 100
_DISPUTES = {
    "warning_needs_response": reversing.ASKED,
    "warning_under_review": reversing.ASKED,
    "warning_closed": reversing.RETURNED,
    "prevented": reversing.RETURNED,
    "needs_response": reversing.OPEN,
    "under_review": reversing.OPEN,
    "lost": reversing.FINAL,
    "won": reversing.RETURNED,
}
_OTHER_UNITS = frozenset({"ISK", "MGA", "UGX"})
"""Stripe counts ISK and UGX in hundredths that don't exist, and MGA in wholes: a hundredth would be charged, or a
hundredfold."""


class Stripe:
    """Payments at Stripe, or at what answers like it."""

    name = "stripe"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._secret = settings.stripe_webhook_secret or ""
        try:
            self._stripe: Any = importlib.import_module("stripe")  # only who pays by Stripe has it
            http_client = importlib.import_module("stripe._http_client")
        except ImportError:
            raise ConfigError("STRIPE_API_KEY needs the extra `stripe`: pip install 'sayso[stripe]'") from None
        self._client: Any = self._stripe.StripeClient(
            settings.stripe_api_key,
            base_addresses={"api": settings.stripe_api_url},
            max_network_retries=0,  # a repeat looks the payment up first
            http_client=http_client.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
        )

    def keep(self, token: str, *, customer_id: UUID, customer: str | None) -> Kept:
        """Attach a payment method of Stripe's to the customer. Raises Refused, Unknown."""
        api = self._client.v1
        if customer is None:
            made = self._asked(
                lambda: api.customers.create({"metadata": {_KEY: str(customer_id)}}, self._key(customer_id, "customer"))
            )
            customer = made.id
        method = self._asked(lambda: api.payment_methods.attach(token, {"customer": customer}))
        card = getattr(method, "card", None)
        if method.type != "card" or card is None:
            raise Refused("not_a_card")
        return Kept(
            token=method.id,
            customer=customer,
            kind="card",
            brand=str(card.brand)[:30],
            last4=str(card.last4)[-4:],
            expires=f"{card.exp_year:04}-{card.exp_month:02}",
        )

    def forget(self, token: str) -> None:
        """Detach a payment method. Raises Refused, Unknown."""
        self._asked(lambda: self._client.v1.payment_methods.detach(token))

    def open(self, asked: Asked) -> str:
        """Create a PaymentIntent, and confirm nothing yet. Raises Refused, Unknown."""
        if asked.currency in _OTHER_UNITS:
            raise Refused("currency_not_supported")
        values = {
            "amount": asked.amount_minor,
            "currency": asked.currency.lower(),
            "customer": asked.customer,
            "payment_method": asked.token,
            "payment_method_types": ["card"],
            "capture_method": "automatic" if asked.captures_at_once else "manual",
            "metadata": {_KEY: str(asked.key)},
        }
        made = self._asked(lambda: self._client.v1.payment_intents.create(values, self._key(asked.key, "open")))
        return str(made.id)

    def look_up(self, reference: str) -> Seen:
        """Return the PaymentIntent with its charge and refunds as they are now. Raises Unknown."""
        api = self._client.v1
        try:
            intent = self._asked(lambda: api.payment_intents.retrieve(reference, {"expand": ["latest_charge"]}))
            charge = getattr(intent, "latest_charge", None)
            refunds: list[Any] = []
            disputes: list[Any] = []
            listed = {"payment_intent": reference, "limit": _MOST_REFUNDS}
            if charge is not None and intent.status == "succeeded":
                refunds = self._asked(lambda: api.refunds.list(listed)).data
            if getattr(charge, "disputed", False):
                disputes = self._asked(lambda: api.disputes.list(listed)).data
        except Refused as refusal:
            raise Unknown(f"could not be looked up: {refusal.reason}") from refusal
        return seen_of(intent, refunds, disputes)

    def authorise(self, reference: str, *, key: UUID) -> Seen:
        """Confirm the PaymentIntent; a declined card is seen as such. Raises Unknown."""
        back = self._settings.stripe_return_url
        values = {"return_url": back} if back is not None else {}
        return self._changed(
            reference, lambda: self._client.v1.payment_intents.confirm(reference, values, self._key(key, "authorise"))
        )

    def capture(self, reference: str, *, amount_minor: int, key: UUID) -> Seen:
        """Capture the amount. Raises Refused, Unknown."""
        values = {"amount_to_capture": amount_minor}
        return self._changed(
            reference, lambda: self._client.v1.payment_intents.capture(reference, values, self._key(key, "capture"))
        )

    def void(self, reference: str, *, key: UUID) -> Seen:
        """Cancel the PaymentIntent. Raises Refused, Unknown."""
        return self._changed(
            reference, lambda: self._client.v1.payment_intents.cancel(reference, {}, self._key(key, "void"))
        )

    def refund(self, reference: str, *, amount_minor: int, key: UUID) -> Seen:
        """Give back some of what was captured. Raises Refused, Unknown."""
        values = {"payment_intent": reference, "amount": amount_minor, "metadata": {_KEY: str(key)}}
        self._asked(lambda: self._client.v1.refunds.create(values, self._key(key, "refund")))
        return self.look_up(reference)

    def hear(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Heard:
        """Return what a webhook is about, once Stripe's own library has checked its signature. Raises Unsigned."""
        stripe = self._stripe
        try:
            if not self._secret:
                raise ValueError("no secret")
            event = stripe.Webhook.construct_event(body, headers.get("stripe-signature", ""), self._secret)
            thing = event.data.object
            named = thing.id if thing.object == "payment_intent" else getattr(thing, "payment_intent", None)
            event_id = str(event.id)
        except (stripe.SignatureVerificationError, ValueError, AttributeError, KeyError, TypeError):
            raise Unsigned("stripe") from None
        if len(event_id) > 100:
            raise Unsigned("id")
        return Heard(event_id=event_id, reference=named if isinstance(named, str) else None)

    def _changed(self, reference: str, change: Callable[[], Any]) -> Seen:
        """Ask for a change, then look: what was refused because it had been done already was done."""
        try:
            self._asked(change)
        except Refused as refusal:
            seen = self.look_up(reference)
            if seen.state in {OPENED, AUTHORISED}:
                raise
            return seen if seen.reason or seen.state != FAILED else Seen(state=FAILED, reason=refusal.reason)
        return self.look_up(reference)

    def _asked(self, call: Callable[[], Any]) -> Any:
        stripe = self._stripe
        try:
            return call()
        except stripe.CardError as error:
            raise Refused(_code(error)) from error
        except stripe.InvalidRequestError as error:
            raise Refused(_code(error)) from error
        except stripe.StripeError as error:
            # No connection, no answer in time, a failure of theirs or of our key; or another call with the same
            # idempotency key did something, and what that was says only a look.
            raise Unknown(type(error).__name__) from error

    def _key(self, key: UUID, what: str) -> dict[str, str]:
        return {"idempotency_key": f"{key}:{what}"}


def _code(error: Any) -> str:
    decline = getattr(error.error, "decline_code", None) if getattr(error, "error", None) is not None else None
    return str(decline or error.code or "refused")[:60]


def seen_of(intent: Any, refunds: Sequence[Any], disputes: Sequence[Any]) -> Seen:
    """Return what Stripe's PaymentIntent, Refunds and Disputes say of a payment. Raises Unknown."""
    status = intent.status
    if status == "requires_capture":
        return Seen(state=AUTHORISED, authorised_minor=intent.amount)
    if status == "succeeded":
        return _captured(intent, refunds, disputes)
    if status in {"canceled", "requires_payment_method"} and (declined := _decline(intent, status)) is not None:
        return Seen(state=FAILED, reason=declined, may_revive=status != "canceled")
    if status == "canceled":
        return Seen(state=VOIDED)
    if status == "requires_action":
        action = intent.next_action
        url = getattr(getattr(action, "redirect_to_url", None), "url", None)
        return Seen(state=REQUIRES_ACTION, action_url=url or intent.client_secret)
    if status == "requires_confirmation":
        return Seen(state=OPENED)
    raise Unknown(f"status {status}")  # processing: it isn't decided yet


def _decline(intent: Any, status: str) -> str | None:
    """Return why what was tried was declined, None where nothing was tried."""
    failure = getattr(intent, "last_payment_error", None)
    if failure is None:
        return "declined" if status == "requires_payment_method" else None
    return str(getattr(failure, "decline_code", None) or getattr(failure, "code", None) or "declined")[:60]


def _captured(intent: Any, refunds: Sequence[Any], disputes: Sequence[Any]) -> Seen:
    captured_minor = getattr(intent, "amount_received", None)
    reversals = [_disputed(dispute) for dispute in disputes]
    asked = [refund for refund in refunds if _KEY in (getattr(refund, "metadata", None) or {})]
    if captured_minor is None:  # what answers like Stripe may not say it: less captured is shown as given back there
        others = sum(refund.amount for refund in refunds if refund not in asked)
        captured_minor = intent.amount - others
    else:
        reversals += [_given_back_there(refund) for refund in refunds if refund not in asked and _moved(refund)]
    return Seen(
        state=CAPTURED,
        authorised_minor=intent.amount,
        captured_minor=captured_minor,
        refunded_minor=sum(refund.amount for refund in asked if _REFUNDS.get(refund.status) == DONE),
        refunds={UUID(refund.metadata[_KEY]): _REFUNDS.get(refund.status, PENDING) for refund in asked},
        reversals=tuple(reversals),
    )


def _disputed(dispute: Any) -> Reversal:
    return Reversal(
        kind=reversing.DISPUTE,
        reference=str(dispute.id),
        amount_minor=dispute.amount,
        state=_DISPUTES.get(dispute.status, reversing.OPEN),
        reason=str(dispute.reason)[:60],
    )


def _given_back_there(refund: Any) -> Reversal:
    return Reversal(
        kind=reversing.REFUND,
        reference=str(refund.id),
        amount_minor=refund.amount,
        state=reversing.FINAL if _REFUNDS.get(refund.status) == DONE else reversing.RETURNED,
        reason=str(getattr(refund, "reason", None) or "not asked for")[:60],
    )


def _moved(refund: Any) -> bool:
    """Tell whether a refund that we didn't ask for moved money, at once or until it failed. What a smaller capture lets
    go may be listed as one; that has no balance transaction."""
    is_decided = _REFUNDS.get(refund.status) in {DONE, REFUSED}
    return is_decided and getattr(refund, "balance_transaction", None) is not None
