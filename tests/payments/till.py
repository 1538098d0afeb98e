"""What the tests of payments arrange: a customer with a card, payments begun and driven, the bank's own view."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service import clock
from service.events import OutboxRow
from service.http.edge import Edge
from service.money import Money
from service.payments import actions
from service.payments.driving import Disagreement, Payments, provider_agrees
from service.payments.models import PaymentIntent
from service.payments.providers.bank import SandboxPayment
from service.payments.providers.sandbox import Sandbox
from service.payments.rules.timing import LEASE
from tests.factories import make_customer, sign_in_as


class Till:
    """A customer who pays."""

    def __init__(self, app: Edge, session: Session) -> None:
        self.app, self.customer = app, make_customer(session)
        self.headers = sign_in_as(app, self.customer)
        self.payments: Payments = app.extensions["sayso.payments"]
        self.now = clock.now()

    @property
    def bank(self) -> Sandbox:
        """The sandbox's bank."""
        bank = self.payments.provider("sandbox")
        assert isinstance(bank, Sandbox)
        return bank

    def add(self, token: str = "sandbox_visa", **said: Any) -> Any:
        """Add a payment method over HTTP."""
        body = {"token": token, **said}
        return self.app.test_client().post("/v1/me/payment-methods", json=body, headers=self.headers)

    def begin(
        self,
        token: str = "sandbox_visa",
        amount_minor: int = 1_250,
        *,
        capture: bool = True,
        purpose_id: UUID | None = None,
        currency: str = "USD",
    ) -> UUID:
        """Begin a payment, and commit it."""
        method_id = UUID(self.add(token).json["id"])
        with self.app.database.writing.begin() as session:
            return actions.begin(
                session,
                customer_id=self.customer.id,
                amount=Money(amount_minor=amount_minor, currency=currency),
                method_id=method_id,
                purpose="test",
                purpose_id=purpose_id or uuid4(),
                capture=capture,
                now=self.now,
            )

    def paid(self, token: str = "sandbox_visa", amount_minor: int = 1_250, *, capture: bool = True) -> UUID:
        """Begin a payment and drive it."""
        payment_id = self.begin(token, amount_minor, capture=capture)
        self.drive(payment_id)
        return payment_id

    def drive(self, payment_id: UUID) -> bool:
        """Drive a payment now."""
        return self.payments.drive(payment_id, now=self.now)

    def want(self, what: str, payment_id: UUID, **values: Any) -> None:
        """Ask something of a payment, and commit that."""
        with self.app.database.writing.begin() as session:
            getattr(actions, what)(session, intent_id=payment_id, now=self.now, **values)

    def reconcile(self, after: timedelta = LEASE + timedelta(seconds=1)) -> None:
        """Let the worker's pass of some seconds later come."""
        self.now += after
        self.payments.drive_due(now=self.now)

    def show(self, payment_id: UUID, headers: dict[str, str] | None = None) -> Any:
        """Read the payment over HTTP."""
        return self.app.test_client().get(f"/v1/me/payments/{payment_id}", headers=headers or self.headers)

    def state(self, payment_id: UUID) -> tuple[str, int, int]:
        """Return a payment's state, and what was captured and given back."""
        intent = self.kept(payment_id)
        return intent.state, intent.captured_minor, intent.refunded_minor

    def kept(self, payment_id: UUID) -> PaymentIntent:
        """Return the payment's row."""
        with self.app.database.reading() as session:
            intent = session.get(PaymentIntent, payment_id)
        assert intent is not None
        return intent

    def at_bank(self) -> list[tuple[str, int, int]]:
        """Return state, captured and given back of all that the bank has."""
        with self.app.database.reading() as session:
            rows = session.scalars(sa.select(SandboxPayment).order_by(SandboxPayment.key)).all()
        return [(row.state, row.captured_minor, row.refunded_minor) for row in rows]

    def told(self, payment_id: UUID) -> list[tuple[str, int]]:
        """Return the facts of a payment with their amounts, in order."""
        of_it = sa.select(OutboxRow).where(OutboxRow.subject_id == payment_id).order_by(OutboxRow.seq)
        with self.app.database.reading() as session:
            return [(row.name, row.payload["amount_minor"]) for row in session.scalars(of_it)]

    def disagreements(self, now: datetime | None = None) -> list[Disagreement]:
        """Compare our rows with the bank's."""
        with self.app.database.reading() as session:
            return provider_agrees(session, self.bank, now=now or self.now)
