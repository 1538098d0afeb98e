"""Saying in a quote how it is paid: the tip, and what each tender takes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...errors import Invalid, NotFound
from ...payments import queries as payments
from ...preferences.rules import Filled, Said, order_fields
from ...sources import CHOSEN
from ...wallet import queries as wallet
from ..queries.tenders import held_minor
from ..rules import tenders as rules
from ..rules.basket import money


def require_own(basket: Mapping[str, Any], grant_id: UUID | None) -> None:
    """Refuse who pays where somebody else asks for it: nobody spends another's money. Raises Invalid."""
    if grant_id is not None:
        named = [name for name in ("tenders", "tip") if basket.get(name) is not None]
        if named:
            raise Invalid({name: ["Under a grant orders are paid at pickup."] for name in named})


def word_of(
    session: Session, basket: Mapping[str, Any], said: Said, *, customer_id: UUID, grant_id: UUID | None
) -> str:
    """Return the word for how an order from the basket is paid: by what is there, not by what was said long ago. Raises
    NotFound."""
    asked = order_fields.tenders(basket.get("tenders"), said) if grant_id is None else None
    if asked is None:
        return rules.AT_PICKUP
    return rules.kind_of(each["kind"] for each in _that_pay(session, asked, customer_id))


def tenders_shown(
    session: Session,
    shown: Mapping[str, Any],
    said: Said,
    basket: Mapping[str, Any],
    *,
    customer_id: UUID,
    replaces_order_id: UUID | None,
    grant_id: UUID | None,
) -> dict[str, Any]:
    """Return what a quote says of its tip and tenders: nothing where nobody named any, and it is paid at pickup.

    What an order that is to be replaced holds of the wallet counts as available. Raises Invalid, NotFound,
    InsufficientBalance.
    """
    require_own(basket, grant_id)
    if grant_id is not None:
        return {}
    currency = shown["currency"]
    tip, asked = order_fields.tip(basket.get("tip"), said, currency), order_fields.tenders(basket.get("tenders"), said)
    if tip is None and asked is None:
        return {}
    wanted = _that_pay(session, asked or order_fields.AT_PICKUP, customer_id)
    rules.require_sound(wanted)
    totals = shown["totals"]
    tip_minor = rules.tip_of(tip.value if tip is not None else None, subtotal_minor=totals["subtotal"]["amount_minor"])
    parts = rules.split(
        wanted,
        total_minor=totals["total"]["amount_minor"],
        tip_minor=tip_minor,
        available_minor=_available(session, wanted, customer_id, replaces_order_id, currency),
        currency=currency,
    )
    source = (asked or order_fields.AT_PICKUP).source.document()
    return {
        "tip": {**money(tip_minor, currency), "percent": tip.value.get("percent"), "source": tip.source.document()}
        if tip is not None
        else None,
        "tenders": [
            {
                "kind": part.kind,
                "method_id": str(part.method_id) if part.method_id is not None else None,
                "amount": money(part.amount_minor, currency),
                "tip": money(part.tip_minor, currency),
                "source": source,
            }
            for part in parts
        ],
        "to_pay": money(totals["total"]["amount_minor"] + tip_minor, currency),
    }


def _that_pay(session: Session, asked: Filled, customer_id: UUID) -> list[dict[str, Any]]:
    """Return the tenders that were asked for. A card that was said long ago and is gone pays no more; one that this
    order names must be there. Raises NotFound."""
    found = []
    for each in asked.value:
        if each["kind"] == rules.CARD and each.get("method_id") is not None:
            try:
                payments.shown_method(session, customer_id=customer_id, method_id=UUID(str(each["method_id"])))
            except NotFound:
                if asked.source == CHOSEN:
                    raise
                continue
        found.append(each)
    return found or [{"kind": rules.AT_PICKUP}]


def _available(session: Session, wanted: Any, customer_id: UUID, replaces_order_id: UUID | None, currency: str) -> int:
    if all(each["kind"] != rules.WALLET for each in wanted):
        return 0
    available = wallet.available_minor(session, customer_id=customer_id, currency=currency)
    return available + (held_minor(session, replaces_order_id, currency) if replaces_order_id is not None else 0)
