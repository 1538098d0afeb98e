"""What a receipt proves of an order, in loyalty's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from .earning import Basket


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An order: whose, what is left of it to earn for, and when it was picked up, None where it wasn't.
    `is_open`: that may still come, and gives its stars. `is_guests`: it is a guest's, so whoever has the receipt is
    whom it is of."""

    order_id: UUID
    customer_id: UUID
    is_guests: bool
    picked_up_at: datetime | None
    is_open: bool
    basket: Basket
