"""Which moment of a customer's a fact is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...events import Fact
from ...orders.rules.states import ENDED, WAITING, State

OF_ORDERS: dict[str, str | None] = {
    "OrderMoved": None,  # by where to
    "PromiseRevised": "window_moved",
    "PromiseMissed": "promise_missed",
    "CustomerAsked": "question",
    "OrderLinesChanged": "lines_changed",
    "OrderRefunded": "refunded",
}
OF_STANDING_ORDERS = {
    "StandingOrderPlaced": "standing_placed",
    "StandingOrderAsked": "standing_asked",
    "StandingOrderSkipped": "standing_skipped",
    "StandingOrderFailed": "standing_failed",
}
OF_STARS = {"StarsExpiring": "stars_expiring"}
OF_LOADS = {"LoadFailed": "reload_failed"}


def moment_of(name: str, payload: Mapping[str, Any]) -> str | None:
    """Return the moment that a fact is, None for one that nobody can ask to be told of."""
    if name == "OrderMoved":
        return _of_move(payload)
    if name == "PromiseRevised" and payload["accepted"]:
        return None
    if name in OF_LOADS and payload["by"] != "auto_reload":
        return None  # whoever loads by hand has the answer before them
    return (OF_ORDERS | OF_STANDING_ORDERS | OF_STARS | OF_LOADS).get(name)


def _of_move(payload: Mapping[str, Any]) -> str | None:
    to = State(payload["state"])
    if to is State.FIRED and State(payload["from_state"]) in WAITING:
        return "started"
    if to is State.READY:
        return "ready"
    return "ended" if to in ENDED - {State.PICKED_UP} else None


def told_from(fact: Fact) -> datetime | None:
    """Return from when on a fact may be told, None for one that nobody can ask to be told of."""
    return fact.happened_at if moment_of(type(fact).__name__, fact.payload()) is not None else None
