"""HTTP of payments."""

from __future__ import annotations

from uuid import UUID

from flask import g

from ...http import Blueprint, Document, guests_too
from .. import queries, schemas

payments = Blueprint("payments", __name__, url_prefix="/v1/me/payments", description="What you pay, and how it went.")


@payments.get("/<uuid:payment_id>")
@guests_too
@payments.response(200, schemas.PaymentSchema, versioned=True)
def show_payment(payment_id: UUID) -> Document:
    """Show a payment"""
    shown = queries.shown_payment(g.session, customer_id=g.caller.person_id, payment_id=payment_id)
    return Document(shown, version=shown["version"])
