"""HTTP of payment methods."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...errors import NotFound, Unavailable
from ...http import Blueprint, Document, guests_too
from ...http.limits import limit_cards, limit_guests_cards
from .. import actions, driver, queries, schemas
from ..errors import CardNumberSent, PaymentMethodRefused, TooManyPaymentMethods
from ..providers.port import Kept, Refused, Unknown

methods = Blueprint(
    "payment_methods", __name__, url_prefix="/v1/me/payment-methods", description="What you can pay with."
)


@methods.get("")
@guests_too
@methods.response(200, schemas.PaymentMethodsSchema)
def list_payment_methods() -> Document:
    """List your payment methods"""
    return _methods()


@methods.post("")
@guests_too
@methods.arguments(schemas.AddPaymentMethodSchema)
@methods.response(201, schemas.PaymentMethodSchema)
@methods.refuses(CardNumberSent, PaymentMethodRefused, TooManyPaymentMethods)
@limit_cards
@limit_guests_cards
def add_payment_method(said: dict[str, Any]) -> Document:
    """Add a payment method, by its provider's token; adding it again changes nothing"""
    payments, customer_id = driver(), g.caller.person_id
    method_id = actions.keep_method(
        g.session,
        customer_id=customer_id,
        provider=payments.current,
        kept=_kept(said["token"], customer_id),  # before the session's first statement: no transaction waits for it
        is_default=said["is_default"],
        now=clock.now(),
    )
    g.session.flush()  # read back just below
    return Document(queries.shown_method(g.session, customer_id=customer_id, method_id=method_id))


@methods.put("/default")
@guests_too
@methods.arguments(schemas.ChooseDefaultSchema)
@methods.response(200, schemas.PaymentMethodsSchema)
@methods.refuses(CardNumberSent, NotFound)
def choose_default_payment_method(said: dict[str, Any]) -> Document:
    """Choose the method that is your default, or none"""
    actions.choose_default(g.session, customer_id=g.caller.person_id, method_id=said["method_id"])
    g.session.flush()  # read back just below
    return _methods()


@methods.delete("/<uuid:method_id>")
@guests_too
@methods.response(204)
def remove_payment_method(method_id: UUID) -> None:
    """Remove a payment method"""
    actions.remove_method(g.session, customer_id=g.caller.person_id, method_id=method_id, now=clock.now())


def _methods() -> Document:
    return Document({"data": queries.shown_methods(g.session, customer_id=g.caller.person_id)})


def _kept(token: str, customer_id: UUID) -> Kept:
    try:
        return driver().keep_method(token, customer_id=customer_id)
    except Refused as refusal:
        raise PaymentMethodRefused(refusal.reason) from refusal
    except Unknown as error:
        raise Unavailable("The payment provider doesn't answer. Try again in a moment.") from error
