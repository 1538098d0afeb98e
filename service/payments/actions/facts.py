"""Facts of payments: what a provider did, recorded in the transaction that learnt of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ...events import Fact, for_reactions


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFact(Fact):
    """Something happened to a payment; `purpose` and `purpose_id` say what it is for."""

    subject: ClassVar[str] = "payment"
    customer_id: UUID = for_reactions()
    purpose: str
    purpose_id: UUID
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAuthorised(PaymentFact):
    """The amount is reserved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptured(PaymentFact):
    """The amount was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentVoided(PaymentFact):
    """What was reserved, or was to be, was let go, as asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(PaymentFact):
    """Nothing was taken, and nothing will be."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefunded(PaymentFact):
    """The amount was given back; `refund_id` is what the refund was for. `by_bank_minor` of it the customer's bank gave
    them, in a dispute that the chain lost."""

    refund_id: UUID
    by_bank_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefundReturned(PaymentFact):
    """What was given back, and told as that, came back from the bank: days later perhaps."""

    refund_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReversed(PaymentFact):
    """The provider's side took the amount back past us: `kind` says whether a bank disputes the payment, or somebody
    gave it back there."""

    reversal_id: UUID
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReversalEnded(PaymentFact):
    """The provider's side put back what it had taken: a dispute was won, or such a refund failed.

    `owed_minor` of it had counted as given back to the customer, whose bank takes it from them again.
    """

    reversal_id: UUID
    kind: str
    owed_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefundFailed(PaymentFact):
    """Of the amount nothing more is given back by this refund than the customer's bank gave them (`by_bank_minor`)."""

    refund_id: UUID
    reason: str
    by_bank_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethodRemoved(Fact):
    """A customer removed a payment method: nothing more is paid with it."""

    subject: ClassVar[str] = "payment_method"
    customer_id: UUID = for_reactions()
