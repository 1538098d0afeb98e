"""What a store refuses."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ..errors import Refusal


class StoreClosed(Refusal):
    """The store is not open for pickup at that time, or it is too close to closing; `reason` says which
    (`closed`, `past_cutoff`), `opens_at` is when it opens next."""

    title = "Store closed"

    def __init__(self, store_id: UUID, *, reason: str, opens_at: datetime | None, closes_at: datetime | None) -> None:
        super().__init__(
            "The store takes no pickup so close to closing."
            if reason == "past_cutoff"
            else "The store is closed then.",
            store_id=store_id,
            reason=reason,
            opens_at=opens_at,
            closes_at=closes_at,
        )


class StorePaused(Refusal):
    """The store takes no orders for that time; `resumes_at` is null where it is paused until further notice."""

    title = "Store paused"

    def __init__(self, store_id: UUID, *, reason: str | None, resumes_at: datetime | None) -> None:
        super().__init__("The store has paused taking orders.", store_id=store_id, reason=reason, resumes_at=resumes_at)


class PickupTooSoon(Refusal):
    """The store needs longer to make an order ready; `earliest_at` is the first time it can promise."""

    title = "Pickup too soon"

    def __init__(self, store_id: UUID, *, earliest_at: datetime) -> None:
        super().__init__("The store needs longer to make an order.", store_id=store_id, earliest_at=earliest_at)
