"""Changes of payments: what is wanted, and what became of it."""

from .begin import begin, capture, lock_payments, refund, void
from .facts import (
    PaymentAuthorised,
    PaymentCaptured,
    PaymentFailed,
    PaymentMethodRemoved,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundReturned,
    PaymentReversalEnded,
    PaymentReversed,
    PaymentVoided,
)
from .methods import choose_default, keep_method, note_detached, remove_method
from .settle import Claimed, claim, lock_first_with, note_reference, settle
from .webhooks import forget_old_events, hear

__all__ = [
    "Claimed",
    "PaymentAuthorised",
    "PaymentCaptured",
    "PaymentFailed",
    "PaymentMethodRemoved",
    "PaymentRefundFailed",
    "PaymentRefundReturned",
    "PaymentRefunded",
    "PaymentReversalEnded",
    "PaymentReversed",
    "PaymentVoided",
    "begin",
    "capture",
    "choose_default",
    "claim",
    "forget_old_events",
    "hear",
    "keep_method",
    "lock_first_with",
    "lock_payments",
    "note_detached",
    "note_reference",
    "refund",
    "remove_method",
    "settle",
    "void",
]
