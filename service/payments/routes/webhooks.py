"""HTTP of payment providers' webhooks."""

from __future__ import annotations

from uuid import UUID

from flask import request

from ... import clock
from ...errors import NotFound
from ...http import Blueprint, Document, after_commit, public
from ...http.parsing import BodyTooLarge
from .. import driver
from ..errors import WrongSignature
from ..providers.port import Unsigned

MOST_BYTES = 64 * 1024

webhooks = Blueprint(
    "payment_webhooks", __name__, url_prefix="/v1/payment-webhooks", description="For payment providers."
)


@webhooks.post("/<provider>")
@public
@webhooks.response(204)
@webhooks.refuses(WrongSignature, BodyTooLarge)
def hear_payment_webhook(provider: str) -> None:
    """Hear a payment provider's signed webhook: it makes us look, and nothing that it says is taken for true"""
    payments = driver()
    if payments.provider(provider) is None:
        raise NotFound("payment provider")
    body = request.get_data()
    if len(body) > MOST_BYTES:
        raise BodyTooLarge("A webhook has 64 KiB at most.")
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        # In a transaction of its own: a repeat is told by its key, whatever this request's own is doing.
        intent_id = payments.hear(provider, headers, body, now=clock.now())
    except Unsigned:
        raise WrongSignature() from None
    if intent_id is not None:
        after_commit(lambda: _drive(intent_id))


def _drive(intent_id: UUID) -> Document | None:
    driver().drive(intent_id, now=clock.now())
    return None
