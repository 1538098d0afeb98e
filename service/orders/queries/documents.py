"""Orders as they are shown: plain dicts in the shape of the wire schemas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from ..rules.basket import money, source
from ..rules.states import Actor, State, next_actions


def order_document(
    order: Mapping[str, Any], lines: Sequence[Any] | orjson.Fragment, *actors: Actor, is_own: bool = False
) -> dict[str, Any]:
    """Return an order with its lines (documents, or their JSON), and what the caller may do with it now as each of
    the actors; `is_own` says that the caller ordered it."""
    currency = order["currency"]
    refundable = order["paid_minor"] > order["refunded_minor"]
    return {
        "id": order["id"],
        "code": order["code"],
        "client_order_id": order["client_order_id"],
        "state": order["state"],
        "version": order["version"],
        "store": {"id": order["store_id"], "name": order["store_name"], "timezone": order["timezone"]},
        "currency": currency,
        "pickup": {"method": order["pickup_method"], "source": source(order["pickup_source"])},
        "lines": lines,
        "totals": {
            "subtotal": money(order["subtotal_minor"], currency),
            "tax": money(order["tax_minor"], currency),
            "tax_inclusive": bool(order["tax_inclusive"]),
            "total": money(order["total_minor"], currency),
        },
        "tender": {
            "kind": order["tender"],
            "paid": money(order["paid_minor"], currency),
            "refunded": money(order["refunded_minor"], currency),
        },
        "promise": {
            "window_starts_at": order["window_starts_at"],
            "window_ends_at": order["window_ends_at"],
            "first_window_starts_at": order["promised_starts_at"],
            "fire_at": order["fire_at"],
        },
        "placed_at": order["placed_at"],
        "fired_at": order["fired_at"],
        "ready_at": order["ready_at"],
        "ended_at": order["ended_at"],
        "end_reason": order["end_reason"],
        "next_actions": [
            action
            for actor in actors
            for action in next_actions(actor, State(order["state"]), refundable=refundable, is_own=is_own)
        ],
    }
