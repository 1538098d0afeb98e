"""Where the wallet meets the payment port, which stands below it and knows nothing of wallets."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from ...errors import Unavailable
from ...money import Money

LOAD, CASH_OUT = "wallet_load", "wallet_cash_out"
"""What payments are made for; their facts name it back."""


class Payments(Protocol):
    """What is asked of the port. Each writes what is wanted in the session's transaction; it is done after the commit,
    and told by a fact."""

    def begin(
        self,
        session: Session,
        *,
        customer_id: UUID,
        amount: Money,
        method_id: UUID,
        purpose: str,
        purpose_id: UUID,
        capture: bool,
        now: datetime,
    ) -> UUID:
        """Charge a method of the customer's; return the intent's id. Raises NotFound."""

    def refund(
        self, session: Session, *, intent_id: UUID, amount_minor: int, purpose_id: UUID, now: datetime
    ) -> object:
        """Give a part of what was charged back."""


_joined: list[Payments] = []


def join_payments(payments: Payments | None) -> None:
    """Tell the wallet who charges and refunds; None takes them away."""
    _joined[:] = [payments] if payments is not None else []


def payments() -> Payments:
    """Return who charges and refunds. Raises Unavailable where nobody does."""
    if not _joined:
        raise Unavailable("Payment methods can't be charged here now.", retry_after_seconds=60)
    return _joined[0]
