"""What the mails about payments say."""

from __future__ import annotations

from ...accounts.rules.letters import Letter


def disputed(payment_id: object) -> Letter:
    """To those who act for the chain: a bank took a payment back."""
    return Letter(
        "A bank disputes a payment",
        f"The bank of a cardholder took back what was paid by the payment {payment_id}. Answer it at the payment "
        "provider before its deadline; /v1/payment-reversals lists every dispute and how it stands.\n",
    )


def given_back_elsewhere(payment_id: object) -> Letter:
    """To those who act for the chain: something was given back past the service."""
    return Letter(
        "A refund that the service did not ask for",
        f"At the payment provider, something was given back of the payment {payment_id}. The order or the wallet that "
        "it paid doesn't know of it. Refund orders in the service, or the customer may get it twice. "
        "/v1/payment-reversals lists every such refund.\n",
    )
