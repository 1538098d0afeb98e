"""Loads, the rule for automatic ones, and cash-outs, as their customer sees them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import codes
from ...db import newest
from ...errors import NotFound
from ..models import AutoReload, CashOut, CashOutPart, Load


def load_of(session: Session, *, load_id: UUID, customer_id: UUID) -> dict[str, Any]:
    """Return a load of the customer's. Raises NotFound."""
    load = session.get(Load, load_id)
    if load is None or load.customer_id != customer_id:
        raise NotFound("load")
    return _load(load)


def loads_of(session: Session, *, customer_id: UUID, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Return the customer's loads, newest first, up to one more than the limit."""
    theirs = sa.select(Load).where(Load.customer_id == customer_id)
    return [_load(load) for load in session.scalars(newest(theirs, Load.id, before=before, limit=limit))]


def _load(load: Load) -> dict[str, Any]:
    return {
        "id": load.id,
        "amount": _money(load.amount_minor, load.currency),
        "by": load.begun_by,
        "payment_method_id": load.payment_method_id,
        "payment_id": load.intent_id,
        "state": load.state,
        "reason": load.reason,
        "created_at": load.created_at,
        "ended_at": load.ended_at,
    }


def customers_of_loads(session: Session, *, load_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return whose loads they are; no statement where none is asked for."""
    asked = sa.select(Load.id, Load.customer_id).where(Load.id.in_(load_ids))
    return {row.id: row.customer_id for row in session.execute(asked)} if load_ids else {}


def is_still_refused(session: Session, *, load_id: UUID, customer_id: UUID) -> bool:
    """Tell whether an automatic load of the customer's that failed is still theirs to mend: their rule is on and names
    that payment method, and nothing was loaded since."""
    load, rule = session.get(Load, load_id), session.get(AutoReload, customer_id)
    if load is None or load.customer_id != customer_id or rule is None or not rule.is_on:
        return False
    since = sa.select(Load.id).where(
        Load.customer_id == customer_id,
        Load.currency == load.currency,
        Load.state == "settled",
        Load.ended_at > load.ended_at,
    )
    return rule.payment_method_id == load.payment_method_id and session.scalar(since.limit(1)) is None


def auto_reload_of(session: Session, *, customer_id: UUID) -> dict[str, Any]:
    """Return what the customer said about automatic loads; version 0 where they never said anything."""
    rule = session.get(AutoReload, customer_id)
    if rule is None or not rule.is_on:
        nothing = dict.fromkeys(("threshold", "amount", "weekly_cap", "payment_method_id"))
        return {"is_on": False, **nothing, "version": rule.version if rule is not None else 0}
    return {
        "is_on": True,
        "threshold": _money(rule.threshold_minor, rule.currency),
        "amount": _money(rule.amount_minor, rule.currency),
        "weekly_cap": _money(rule.weekly_cap_minor, rule.currency),
        "payment_method_id": rule.payment_method_id,
        "version": rule.version,
    }


def cash_out_of(session: Session, *, cash_out_id: UUID, customer_id: UUID) -> dict[str, Any]:
    """Return a cash-out of the customer's. Raises NotFound."""
    made = session.get(CashOut, cash_out_id)
    if made is None or made.customer_id != customer_id:
        raise NotFound("cash-out")
    return _cash_outs(session, [made])[0]


def cash_outs_of(session: Session, *, customer_id: UUID, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Return the customer's cash-outs, newest first, up to one more than the limit."""
    theirs = sa.select(CashOut).where(CashOut.customer_id == customer_id)
    return _cash_outs(session, session.scalars(newest(theirs, CashOut.id, before=before, limit=limit)).all())


def _cash_outs(session: Session, made: Sequence[CashOut]) -> list[dict[str, Any]]:
    whose = sa.select(CashOutPart, Load.payment_method_id, Load.intent_id).join(Load, Load.id == CashOutPart.load_id)
    parts: dict[UUID, list[dict[str, Any]]] = {each.id: [] for each in made}
    currencies = {each.id: each.currency for each in made}
    rows = session.execute(whose.where(CashOutPart.cash_out_id.in_(parts)).order_by(CashOutPart.id)) if made else ()
    for part, method_id, payment_id in rows:
        parts[part.cash_out_id].append(
            {
                "id": part.id,
                "payment_method_id": method_id,
                "payment_id": payment_id,
                "amount": _money(part.amount_minor, currencies[part.cash_out_id]),
                "state": part.state,
            }
        )
    return [_cash_out(each, parts[each.id]) for each in made]


def _cash_out(made: CashOut, parts: list[dict[str, Any]]) -> dict[str, Any]:
    is_open = made.channel == "till" and made.state == "pending"
    return {
        "id": made.id,
        "amount": _money(made.amount_minor, made.currency),
        "channel": made.channel,
        "state": made.state,
        "code": codes.written(made.code) if made.code is not None and is_open else None,
        "store_id": made.store_id,
        "parts": parts,
        "created_at": made.created_at,
        "ended_at": made.ended_at,
        "next_actions": ["withdraw"] if is_open else [],
    }


def paid_out(session: Session, *, cash_out_id: UUID) -> dict[str, Any]:
    """Return what staff see of a cash-out that their till paid."""
    made = session.get_one(CashOut, cash_out_id)
    return {"id": made.id, "amount": _money(made.amount_minor, made.currency), "paid_at": made.ended_at}


def _money(amount_minor: int, currency: str) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": currency}
