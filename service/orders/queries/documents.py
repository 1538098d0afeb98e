"""Orders as they are shown: plain dicts in the shape of the wire schemas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from ..rules.aftermath import was_sold
from ..rules.basket import money
from ..rules.client_ids import as_given
from ..rules.declined import for_others
from ..rules.promise import WINDOW
from ..rules.states import Actor, State, next_actions
from ..rules.tenders import Tender, due_at_pickup
from .tenders import tender_documents


def order_document(
    order: Mapping[str, Any],
    lines: Sequence[Any] | orjson.Fragment,
    *actors: Actor,
    asks: Sequence[Any] | orjson.Fragment = (),
    tenders: Sequence[Tender] = (),
    stars_posted: Mapping[str, Any] | None = None,
    is_own: bool = False,
) -> dict[str, Any]:
    """Return an order with its lines and open questions (documents, or their JSON), and what the caller may do with it
    now as each of the actors; `is_own` says that the caller ordered it. Of `stars_posted` only its customer is told."""
    currency, sources = order["currency"], order["choices"]["sources"]
    return {
        "id": order["id"],
        "code": order["code"],
        "client_order_id": as_given(order["client_order_id"]),
        "state": order["state"],
        "version": order["version"],
        "store": {"id": order["store_id"], "name": order["store_name"], "timezone": order["timezone"]},
        "currency": currency,
        "pickup": {
            "method": order["pickup_method"],
            "source": sources["method"],
            "alias": {"name": order["alias"], "source": sources["alias"]} if order["alias"] is not None else None,
            "if_not_collected": {
                "do": order["if_not_collected"],
                "source": sources["if_not_collected"],
            },
        },
        "lines": lines,
        **_amounts(order, currency, tenders),
        **_paid_by(order, tenders),
        **({**_pending_change(order), **_dropped_change(order)} if "customer" in actors else {}),
        "promise": {
            "window_starts_at": order["window_starts_at"],
            "window_ends_at": order["window_ends_at"],
            "first_window_starts_at": order["promised_starts_at"],
            "fire_at": order["fire_at"],
            "station_starts": order["making"]["station_starts"],
            "make_seconds_ahead": order["make_seconds_ahead"],
            "outcome": order["outcome"],
            "revision": _revision(order),
        },
        "fire": order["choices"]["fire"],
        "remedy": order["choices"]["remedy"],
        "arrival": {"expected_at": order["arriving_at"], "arrived_at": order["arrived_at"]},
        "placed_at": order["placed_at"],
        "fired_at": order["fired_at"],
        "ready_at": order["ready_at"],
        "ended_at": order["ended_at"],
        "end_reason": order["end_reason"] if "customer" in actors else for_others(order["end_reason"]),
        "asks": asks if order["ended_at"] is None else [],
        "placed_under_grant": order["grant_id"] if "customer" in actors else None,
        "next_actions": _next_actions(order, actors, tenders, is_asked=bool(asks), is_own=is_own),
        **({"stars": order["stars"]["shown"]} if order["stars"] is not None and "customer" in actors else {}),
        **({"stars_posted": stars_posted} if stars_posted is not None and "customer" in actors else {}),
        **({"rewards": order["rewards"]} if order["rewards"] is not None else {}),
    }


def _amounts(order: Mapping[str, Any], currency: str, tenders: Sequence[Tender]) -> dict[str, Any]:
    return {
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
            "due": money(due_at_pickup(order, tenders), currency),
        },
    }


def _paid_by(order: Mapping[str, Any], tenders: Sequence[Tender]) -> dict[str, Any]:
    """Return who pays and with which tip; nothing where nobody named any, and it is paid at pickup."""
    choices = order["choices"]
    if "tenders" not in choices:
        return {}
    return {
        "tip": choices["tip"],
        "tenders": tender_documents(tenders, order["currency"], choices["tenders"]),
        "payment_pending": bool(order["payment_pending"]),
    }


def _pending_change(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the order is changed to once its cards' banks have reserved it; nothing where none is asked."""
    pending = order.get("pending_change")
    if pending is None:
        return {}
    payment_ids = [card["payment_id"] for card in pending["cards"]]
    return {
        "pending_change": {
            "quote_id": pending["quote_id"],
            "payment_ids": payment_ids,
            "asked_at": datetime.fromisoformat(pending["asked_at"]),
        }
    }


def _dropped_change(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return why the order wasn't changed as its customer asked last; nothing where it was, or nobody asked."""
    dropped = order["choices"].get("dropped_change")
    if dropped is None:
        return {}
    return {"dropped_change": {**dropped, "dropped_at": datetime.fromisoformat(dropped["dropped_at"])}}


def _next_actions(
    order: Mapping[str, Any], actors: Sequence[Actor], tenders: Sequence[Tender], *, is_asked: bool, is_own: bool
) -> list[str]:
    state = State(order["state"])
    may_remake = order["if_not_collected"] == "remake_once" and order["remade_at"] is None
    refundable = order["paid_minor"] > order["refunded_minor"] or any(each.tip_left_minor for each in tenders)
    is_free = order["total_minor"] == 0 and order["rewards"] is not None
    refundable = refundable or (is_free and was_sold(state, order["fired_at"]))
    not_yet = {State.FIRED.value} if order["payment_pending"] else set()
    return [
        action
        for actor in actors
        for action in next_actions(
            actor,
            state,
            refundable=refundable,
            is_own=is_own,
            is_asked=is_asked,
            may_remake=may_remake,
            may_arrive=may_arrive(order),
            is_revised=order["proposal"] is not None,
        )
        if action not in not_yet
    ]


def may_arrive(order: Mapping[str, Any]) -> bool:
    """Tell whether it makes a difference that the customer says they are here: the order waits for it, or they wait
    at the curb."""
    waits_for_it = order["state"] == State.HELD or order["pickup_method"] == "curbside"
    return waits_for_it and order["arrived_at"] is None


def _revision(order: Mapping[str, Any]) -> dict[str, Any] | None:
    if order["proposal"] is None:
        return None
    starts_at = order["proposed_starts_at"]
    return {"number": order["proposal"], "window_starts_at": starts_at, "window_ends_at": starts_at + WINDOW}
