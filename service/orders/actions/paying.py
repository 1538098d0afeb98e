"""Who pays an order: reserved with its placing, taken when the store starts, let go or given back where it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import new_id
from ...money import Money
from ...payments import actions as payments
from ...payments.errors import PaymentOver
from ...preferences.rules import order_fields
from ...wallet import actions as wallet
from ...wallet.rules.ledger import Account, Leg
from ..models import OrderTender
from ..queries.tenders import tenders_of
from ..rules import tenders as rules
from ..rules.basket import money
from ..rules.tenders import Back, Tender

INSERT_TENDER = sa.insert(OrderTender.__table__).inline()  # type: ignore[arg-type]
_TENDERS: sa.Table = OrderTender.__table__  # type: ignore[assignment]

NO_CARDS: Mapping[int, Mapping[str, Any]] = MappingProxyType({})

PURPOSE = "order"
REFUND = "order_refund"
KEPT = timedelta(days=2)
"""How long after its start an order's money is held at most: by then it was started on, or has ended."""


def reserve(
    session: Session,
    quote: Any,
    *,
    fire_at: datetime,
    now: datetime,
    asked_at: datetime | None = None,
    cards: Mapping[int, Mapping[str, Any]] = NO_CARDS,
) -> list[dict[str, Any]]:
    """Hold what a quote's tenders pay; return their rows, but for the order's id: none where it is paid at pickup.

    All of it or nothing; cards are asked after the commit, by the worker at `asked_at` where no request does, unless
    they are reserved already (`cards`: ids of tender and payment by number). Raises InsufficientBalance, NotFound.
    """
    currency = quote.document["currency"]
    rows = []
    for number, shown in enumerate(quote.document.get("tenders", ()), start=1):
        row = tender_row(number, shown) | dict(cards.get(number, {}))
        if row["kind"] == rules.WALLET:
            wallet.hold(
                session,
                customer_id=quote.customer_id,
                amount=Money(row["amount_minor"] + row["tip_minor"], currency),
                purpose=PURPOSE,
                purpose_id=row["id"],
                expires_at=max(fire_at, now) + KEPT,
                now=now,
            )
        if row["kind"] == rules.CARD and row["payment_id"] is None:
            payment_id = begin_card(session, quote.customer_id, row, currency, now, asked_at)
            row |= {"payment_id": payment_id, "state": rules.PENDING}
        rows.append(row)
    return rows


def begin_card(
    session: Session,
    customer_id: UUID,
    row: Mapping[str, Any],
    currency: str,
    now: datetime,
    asked_at: datetime | None = None,
) -> UUID:
    """Begin the payment of a tender's card; return its id. Raises NotFound."""
    return payments.begin(
        session,
        customer_id=customer_id,
        amount=Money(row["amount_minor"] + row["tip_minor"], currency),
        method_id=row["method_id"],
        purpose=PURPOSE,
        purpose_id=row["id"],
        capture=False,
        now=now,
        due_at=asked_at,
    )


def tender_row(number: int, shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a tender that a quote shows, but for the order's id."""
    return {
        "id": new_id(),
        "number": number,
        "kind": shown["kind"],
        "method_id": UUID(shown["method_id"]) if shown["method_id"] is not None else None,
        "payment_id": None,
        "state": rules.HELD,
        "amount_minor": shown["amount"]["amount_minor"],
        "tip_minor": shown["tip"]["amount_minor"],
        "refunded_minor": 0,
        "tip_refunded_minor": 0,
    }


def columns_of(quote: Any, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the columns of an order that say how it is paid."""
    return {
        "tender": quote.plan.get("tender", rules.AT_PICKUP),
        "tip_minor": sum(row["tip_minor"] for row in rows),
        "tip_at_pickup_minor": sum(row["tip_minor"] for row in rows if row["kind"] == rules.AT_PICKUP),
        "payment_pending": any(row["state"] == rules.PENDING for row in rows),
    }


def chosen(quote: Any) -> dict[str, Any]:
    """Return what an order keeps of who said how it is paid; nothing where nobody did."""
    shown = quote.document.get("tenders")
    if shown is None:
        return {}
    # Of an order that costs nothing nobody pays anything, until a substitute costs more.
    sources = [each["source"] for each in shown] or [order_fields.AT_PICKUP.source.document()]
    return {"tip": quote.document["tip"], "tenders": sources[0]}


def reserved(rows: Sequence[Mapping[str, Any]]) -> list[Tender]:
    """Return the tenders of an order that is placed just now."""
    return [Tender(**row) for row in rows]


def write(session: Session, order_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """Write the tenders of an order."""
    if rows:
        session.connection().execute(INSERT_TENDER, [row | {"order_id": order_id} for row in rows])


def is_prepaid(order: Mapping[str, Any]) -> bool:
    """Tell whether anything of an order is kept of who pays it: also that it is the till alone, where somebody said
    so."""
    return bool(order["tender"] != rules.AT_PICKUP or order["tip_minor"] or "tenders" in order["choices"])


def is_posted(order: Mapping[str, Any]) -> bool:
    """Tell whether something of an order was paid: what its lines cost stands then, and what goes off them is given
    back. So it is, too, where something was given back before its card was refused, and nothing is paid any more."""
    return bool(order["paid_minor"] or order["refunded_minor"])


def take(session: Session, order: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Take what is reserved for a locked order that the store starts on; return its columns that change."""
    if not is_prepaid(order):
        return {}
    tenders = tenders_of(session, order["id"])
    shares = rules.taxes(tenders, total_minor=order["total_minor"], tax_minor=order["tax_minor"])
    paid_minor = 0
    for tender, tax_minor in zip(tenders, shares, strict=True):
        if tender.kind == rules.AT_PICKUP or tender.state != rules.HELD:
            continue
        if not tender.amount_minor + tender.tip_minor:
            _let_go(session, tender, now)
            continue
        _take(session, order, tender, tax_minor, now)
        change(session, tender, state=rules.PAID)
        paid_minor += tender.amount_minor
    return {"paid_minor": paid_minor}


def _take(session: Session, order: Mapping[str, Any], tender: Tender, tax_minor: int, now: datetime) -> None:
    if tender.payment_id is not None:  # booked when its provider says that it was taken
        amount_minor = tender.amount_minor + tender.tip_minor
        payments.capture(session, intent_id=tender.payment_id, amount_minor=amount_minor, now=now)
        return
    parts = parts_of(order, tender.amount_minor, tax_minor, tender.tip_minor)
    wallet.capture_hold(session, purpose=PURPOSE, purpose_id=tender.id, parts=parts, order_id=order["id"], now=now)


def _let_go(session: Session, tender: Tender, now: datetime) -> None:
    if tender.payment_id is not None:
        payments.void(session, intent_id=tender.payment_id, now=now)
    else:
        wallet.release_hold(session, purpose=PURPOSE, purpose_id=tender.id, now=now)
    change(session, tender, state=rules.FREED)


def parts_of(order: Mapping[str, Any], amount_minor: int, tax_minor: int, tip_minor: int) -> list[Leg]:
    """Return what of an amount is the store's revenue and tax, and the tip."""
    store_id, currency = order["store_id"], order["currency"]
    return [
        Leg(Account("revenue", store_id, currency), amount_minor - tax_minor),
        Leg(Account("tax", store_id, currency), tax_minor),
        Leg(Account("tips", store_id, currency), tip_minor),
    ]


def change(session: Session, tender: Tender, **values: Any) -> None:
    """Set columns of a tender of a locked order."""
    session.execute(sa.update(_TENDERS).where(_TENDERS.c.id == tender.id).values(values))


def collect(session: Session, order: Mapping[str, Any]) -> None:
    """Note that what is paid at pickup was paid there, with its tip; also what a card that was refused was to pay."""
    if is_prepaid(order):
        of_order = _TENDERS.c.order_id == order["id"]
        due = sa.and_(_TENDERS.c.kind == rules.AT_PICKUP, _TENDERS.c.state == rules.HELD)
        by_till = {"kind": rules.AT_PICKUP, "state": rules.PAID, "method_id": None, "payment_id": None}
        paid = sa.update(_TENDERS).where(of_order, sa.or_(due, _TENDERS.c.state == rules.FAILED)).values(by_till)
        session.execute(paid)


def let_go(session: Session, order: Mapping[str, Any], *, now: datetime) -> None:
    """Free what is still reserved for a locked order that ends, or is paid in another way now."""
    if not is_prepaid(order):
        return
    for tender in tenders_of(session, order["id"]):
        if tender.kind != rules.AT_PICKUP and tender.state in {rules.HELD, rules.PENDING}:
            _let_go(session, tender, now)


def follow_total(session: Session, order: Mapping[str, Any]) -> None:
    """Let the tenders of a locked order, of which nothing was taken yet, pay what it costs now."""
    if not is_prepaid(order) or is_posted(order):
        return
    tenders = tenders_of(session, order["id"])
    amounts = rules.resized(tenders, total_minor=order["total_minor"])
    for tender, amount_minor in zip(tenders, amounts, strict=True):
        if amount_minor != tender.amount_minor:
            change(session, tender, amount_minor=amount_minor)
    missing = order["total_minor"] - sum(amounts)
    if missing:
        shown = {"kind": rules.AT_PICKUP, "method_id": None}
        amounts_of = {"amount": {"amount_minor": missing}, "tip": {"amount_minor": 0}}
        row = tender_row(len(tenders) + 1, {**shown, **amounts_of})
        session.execute(INSERT_TENDER, row | {"order_id": order["id"]})


def left(session: Session, order: Mapping[str, Any]) -> tuple[int, int]:
    """Return what of a locked order's total, and of its tip, was paid and not given back."""
    if not is_prepaid(order):
        return order["paid_minor"] - order["refunded_minor"], 0
    tenders = tenders_of(session, order["id"])
    return sum(tender.left_minor for tender in tenders), sum(tender.tip_left_minor for tender in tenders)


def give_back(
    session: Session,
    order: Mapping[str, Any],
    *,
    amount_minor: int,
    tip_minor: int,
    of_due: bool,
    now: datetime,
) -> list[dict[str, Any]] | None:
    """Give an amount and a tip back to those who paid a locked order, the last first; return who got what.

    With `of_due` what is still to be paid at pickup becomes less. None where the till gives back what it took.
    """
    if not is_prepaid(order):
        return None
    tenders = tenders_of(session, order["id"])
    back = rules.give_back(
        tenders,
        amount_minor=amount_minor,
        tip_minor=tip_minor,
        total_minor=order["total_minor"],
        tax_minor=order["tax_minor"],
        of_due=of_due,
    )
    found = [(new_id(), each) for each in back]
    for back_id, each in found:
        _give_back(session, order, each, back_id, now)
    return [_document(each, back_id, order["currency"]) for back_id, each in found]


def _give_back(session: Session, order: Mapping[str, Any], back: Back, back_id: UUID, now: datetime) -> None:
    tender = back.tender
    if tender.kind == rules.WALLET:
        wallet.give_back(
            session,
            customer_id=order["customer_id"],
            parts=parts_of(order, back.amount_minor, back.tax_minor, back.tip_minor),
            purpose=REFUND,
            purpose_id=back_id,
            order_id=order["id"],
            now=now,
        )
    if tender.payment_id is not None:
        amount_minor = back.amount_minor + back.tip_minor
        with suppress(PaymentOver):  # not taken yet: asked for when it is (charging.follow_capture)
            payments.refund(
                session, intent_id=tender.payment_id, amount_minor=amount_minor, purpose_id=back_id, now=now
            )
    change(
        session,
        tender,
        refunded_minor=tender.refunded_minor + back.amount_minor,
        tip_refunded_minor=tender.tip_refunded_minor + back.tip_minor,
    )


def _document(back: Back, back_id: UUID, currency: str) -> dict[str, Any]:
    return {
        "id": back_id,
        "number": back.tender.number,
        "kind": back.tender.kind,
        "amount": money(back.amount_minor, currency),
        "tax": money(back.tax_minor, currency),
        "tip": money(back.tip_minor, currency),
    }
