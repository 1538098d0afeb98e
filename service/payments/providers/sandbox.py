"""The sandbox: a payment provider inside of the service, with test cards (docs/payments.md, "Test cards")."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...config import Settings
from ...db import Database, new_id
from ...money import Money
from ..rules.reversals import FINAL, RETURNED
from ..rules.seen import DONE, OPENED, Seen
from ..rules.states import AUTHORISED, CAPTURED, FAILED, REQUIRES_ACTION, VOIDED
from . import bank_day, signatures
from .bank import SandboxEvent, SandboxPayment, SandboxRefund
from .port import Asked, Heard, Kept, Refused, Unknown, Unsigned

WEBHOOKS_AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxCard:
    """How a test card behaves. `times_out`: the bank does what is asked, and no answer comes. `sends_refund_back`: it
    takes what is given back, and fails to later. `disputes`: once it was taken."""

    last4: str
    brand: str = "visa"
    declines: str | None = None
    needs_action: bool = False
    times_out: bool = False
    tells_twice: bool = False
    refuses_capture: bool = False
    refuses_refund: bool = False
    sends_refund_back: bool = False
    disputes: str | None = None  # how the dispute ends: lost or won


CARDS: Mapping[str, SandboxCard] = {
    "sandbox_visa": SandboxCard(last4="4242"),
    "sandbox_mastercard": SandboxCard(last4="4444", brand="mastercard"),
    "sandbox_declined": SandboxCard(last4="0002", declines="card_declined"),
    "sandbox_insufficient_funds": SandboxCard(last4="9995", declines="insufficient_funds"),
    "sandbox_3ds": SandboxCard(last4="3220", needs_action=True),
    "sandbox_timeout": SandboxCard(last4="0119", times_out=True),
    "sandbox_duplicate_webhook": SandboxCard(last4="0341", tells_twice=True),
    "sandbox_capture_refused": SandboxCard(last4="0036", refuses_capture=True),
    "sandbox_refund_refused": SandboxCard(last4="5126", refuses_refund=True),
    "sandbox_refund_returned": SandboxCard(last4="7726", sends_refund_back=True),
    "sandbox_disputed": SandboxCard(last4="0259", disputes=FINAL),
    "sandbox_dispute_won": SandboxCard(last4="1976", disputes=RETURNED),
}


class Sandbox:
    """A bank that never moves money, with commits of its own."""

    name = "sandbox"

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database, self._public_url = database, settings.public_url
        self._secret = hmac.digest(settings.secret_key.encode(), b"webhooks of the sandbox's bank", hashlib.sha256)

    def keep(self, token: str, *, customer_id: UUID, customer: str | None) -> Kept:
        """Describe a test card. Raises Refused."""
        card = CARDS.get(token)
        if card is None:
            raise Refused("no_such_card")
        known = customer or f"customer_{customer_id.hex}"
        return Kept(token=token, customer=known, kind="card", brand=card.brand, last4=card.last4, expires="2039-12")

    def forget(self, token: str) -> None:
        """Forget nothing: test cards are everyone's."""

    def open(self, asked: Asked) -> str:
        """Note a payment, once per key."""
        reference = f"sandbox_{asked.key.hex}"
        with self._database.writing.begin() as bank:
            if bank.get(SandboxPayment, asked.key) is None:
                bank.add(
                    SandboxPayment(
                        key=asked.key,
                        reference=reference,
                        token=asked.token,
                        currency=asked.currency,
                        amount_minor=asked.amount_minor,
                        captures_at_once=asked.captures_at_once,
                        state=OPENED,
                        authorised_minor=0,
                        captured_minor=0,
                        refunded_minor=0,
                    )
                )
        return reference

    def look_up(self, reference: str) -> Seen:
        """Return the payment as the bank has it. Raises Unknown for one that it doesn't have."""
        with self._database.reading() as bank:
            return self._seen(bank, self._payment(bank, reference))

    def authorise(self, reference: str, *, key: UUID) -> Seen:
        """Reserve the amount, decline, or ask the customer, as the card has it."""

        def change(bank: Session, payment: SandboxPayment) -> None:
            if payment.state != OPENED:
                return
            card = CARDS[payment.token]
            if card.declines:
                payment.state, payment.reason = FAILED, card.declines
            elif card.needs_action:
                payment.state = REQUIRES_ACTION
            else:
                _reserve(payment)
                _after_capture(bank, payment)
            if card.tells_twice:
                _tell(bank, payment, deliveries=2)

        return self._change(reference, change)

    def capture(self, reference: str, *, amount_minor: int, key: UUID) -> Seen:
        """Take what was reserved, or less. Raises Refused, Unknown."""

        def change(bank: Session, payment: SandboxPayment) -> None:
            if payment.state == CAPTURED:
                return
            if payment.state != AUTHORISED or CARDS[payment.token].refuses_capture:
                raise Refused("capture_refused")
            payment.state, payment.captured_minor = CAPTURED, amount_minor
            _after_capture(bank, payment)

        return self._change(reference, change)

    def void(self, reference: str, *, key: UUID) -> Seen:
        """Let go what isn't captured. Raises Unknown."""

        def change(_bank: Session, payment: SandboxPayment) -> None:
            if payment.state in {OPENED, REQUIRES_ACTION, AUTHORISED}:
                payment.state = VOIDED

        return self._change(reference, change)

    def refund(self, reference: str, *, amount_minor: int, key: UUID) -> Seen:
        """Give back some of what was captured, once per key. Raises Refused, Unknown."""

        def change(bank: Session, payment: SandboxPayment) -> None:
            if bank.get(SandboxRefund, key) is not None:
                return
            card = CARDS[payment.token]
            if card.refuses_refund:
                raise Refused("refund_refused")
            _give_back(bank, payment, amount_minor, key, is_asked=True)
            if card.sends_refund_back:
                _tell(bank, payment, deliveries=1, does=bank_day.FAIL_REFUNDS)

        return self._change(reference, change)

    def refund_there(self, reference: str, *, amount_minor: int) -> None:
        """Give back at the bank's own counter what nobody here asked for, and tell of it. Raises Refused, Unknown."""

        def change(bank: Session, payment: SandboxPayment) -> None:
            _give_back(bank, payment, amount_minor, new_id(), is_asked=False)
            _tell(bank, payment, deliveries=1)

        self._change(reference, change)

    def hear(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Heard:
        """Return what one of the bank's webhooks is about. Raises Unsigned."""
        event_id = signatures.verify(self._secret, headers, body, now=now)
        try:
            reference = orjson.loads(body)["data"]["reference"]
        except (ValueError, KeyError, TypeError):
            raise Unsigned("body") from None
        return Heard(event_id=event_id, reference=reference if isinstance(reference, str) else None)

    def asked_for(self, reference: str) -> tuple[Money, str]:
        """Return how much is to be paid, and the last digits of the card that pays. Raises Unknown."""
        with self._database.reading() as bank:
            payment = self._payment(bank, reference)
            return Money(payment.amount_minor, payment.currency), CARDS[payment.token].last4

    def answer(self, reference: str, *, approves: bool) -> Seen:
        """Do what the customer says on the bank's page (3-D Secure), and tell of it by a webhook. Raises Unknown."""

        def change(bank: Session, payment: SandboxPayment) -> None:
            if payment.state != REQUIRES_ACTION:
                return
            if approves:
                _reserve(payment)
            else:
                payment.state, payment.reason = FAILED, "authentication_failed"
            _tell(bank, payment, deliveries=1)

        return self._change(reference, change)

    def take_webhooks(self, *, now: datetime) -> list[tuple[dict[str, str], bytes]]:
        """Return headers and body of what the bank has to send now; each so often as it says."""
        with self._database.writing.begin() as bank:
            waiting = sa.select(SandboxEvent).where(SandboxEvent.deliveries > 0).order_by(SandboxEvent.id)
            events = list(bank.scalars(waiting.limit(WEBHOOKS_AT_ONCE).with_for_update(skip_locked=True)))
            sent = [event for event in events for _ in range(event.deliveries)]
            for event in events:
                bank.delete(event)  # told, it is of no more use
                if event.does is not None:
                    payment = self._payment(bank, event.reference, locked=True)
                    bank_day.do(bank, payment, event.does, ends_as=CARDS[payment.token].disputes)
        return [self._webhook(event, now) for event in sent]

    def _webhook(self, event: SandboxEvent, now: datetime) -> tuple[dict[str, str], bytes]:
        body = orjson.dumps({"type": "payment.changed", "data": {"reference": event.reference}})
        return signatures.sign(self._secret, event_id=f"event_{event.id.hex}", body=body, now=now), body

    def _change(self, reference: str, change: Callable[[Session, SandboxPayment], None]) -> Seen:
        with self._database.writing.begin() as bank:
            payment = self._payment(bank, reference, locked=True)
            change(bank, payment)
            bank.flush()  # what is seen below includes a refund made just now
            seen = self._seen(bank, payment)
        if CARDS[payment.token].times_out:
            raise Unknown("the sandbox's card times out after it was done")
        return seen

    def _payment(self, bank: Session, reference: str, *, locked: bool = False) -> SandboxPayment:
        asked = sa.select(SandboxPayment).where(SandboxPayment.reference == reference)
        if locked:  # two calls of one payment take turns, as at any bank
            asked = asked.with_for_update()
        found = bank.scalars(asked).first()
        if found is None:
            raise Unknown("no such payment")
        return found

    def _seen(self, bank: Session, payment: SandboxPayment) -> Seen:
        refunds = bank.scalars(sa.select(SandboxRefund).where(SandboxRefund.payment_key == payment.key)).all()
        asked = [refund for refund in refunds if refund.is_asked]
        is_waiting = payment.state == REQUIRES_ACTION
        return Seen(
            state=payment.state,
            authorised_minor=payment.authorised_minor,
            captured_minor=payment.captured_minor,
            refunded_minor=sum(refund.amount_minor for refund in asked if refund.state == DONE),
            refunds={refund.key: refund.state for refund in asked},
            reversals=tuple(bank_day.reversals(bank, payment, [each for each in refunds if not each.is_asked])),
            action_url=f"{self._public_url}/demo/payments/{payment.reference}" if is_waiting else None,
            reason=payment.reason,
        )


def _reserve(payment: SandboxPayment) -> None:
    payment.state, payment.authorised_minor = AUTHORISED, payment.amount_minor
    if payment.captures_at_once:
        payment.state, payment.captured_minor = CAPTURED, payment.amount_minor


def _after_capture(bank: Session, payment: SandboxPayment) -> None:
    if payment.state == CAPTURED and CARDS[payment.token].disputes:
        _tell(bank, payment, deliveries=1, does=bank_day.DISPUTE)


def _give_back(bank: Session, payment: SandboxPayment, amount_minor: int, key: UUID, *, is_asked: bool) -> None:
    if amount_minor > bank_day.refundable(bank, payment):
        raise Refused("refund_refused")
    payment.refunded_minor += amount_minor
    bank.add(SandboxRefund(key=key, payment_key=payment.key, amount_minor=amount_minor, is_asked=is_asked))


def _tell(bank: Session, payment: SandboxPayment, *, deliveries: int, does: str | None = None) -> None:
    bank.add(SandboxEvent(reference=payment.reference, deliveries=deliveries, does=does))
