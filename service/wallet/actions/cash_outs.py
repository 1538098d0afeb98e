"""Cashing out: any part of a wallet, to the last unit, back to payment methods or over a store's counter."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import codes, events
from ...db import new_id
from ...errors import Invalid, NotFound
from ...money import Money
from ...payments import actions as payments
from ...stores import queries as stores
from ..errors import CashOutNotOpen, InsufficientBalance, NothingToGiveBackTo, OwnCashOut
from ..models import CashOut, CashOutPart, LedgerAccount, Load
from ..rules import cash_outs as rules
from ..rules.ledger import Account, MovementKind, between, clearing, given_by_bank, payable, wallet_of
from .facts import CashOutBegun, CashOutEnded
from .posting import post

CASH_OUT, PART = "cash_out", "cash_out_part"
"""What movements are for: a cash-out as a whole, or what of it goes back to one payment."""
TILL_SYMBOLS = 8  # of a code: of a store's staff only, and a few open at a time


def cash_out(
    session: Session,
    *,
    customer_id: UUID,
    currency: str,
    amount_minor: int | None,
    channel: rules.Channel,
    now: datetime,
) -> UUID:
    """Take money out of the customer's wallet for good, all that is available where no amount is named; return its id.

    To a payment method goes what one brought in, to the newest load first; it is pending until their payments tell.
    At a till, staff pay it out against its code. Raises InsufficientBalance, NothingToGiveBackTo.
    """
    loads = _loads_of(session, customer_id, currency) if channel == "payment_method" else []
    amount = amount_minor or _all_of(session, customer_id, currency)
    made = CashOut(
        id=new_id(),
        customer_id=customer_id,
        amount_minor=amount,
        currency=currency,
        channel=channel,
        code=codes.drawn(TILL_SYMBOLS) if channel == "till" else None,
        state="pending",
        created_at=now,
    )
    session.add(made)
    session.flush()  # its parts name it
    _move(session, "cash_out", made.id, wallet_of(customer_id, currency), payable(currency), amount, now)
    if channel == "payment_method":
        _give_back(session, made, loads, now)
    begun = CashOutBegun(
        subject_id=made.id,
        customer_id=customer_id,
        amount_minor=amount,
        currency=currency,
        channel=channel,
        happened_at=now,
    )
    events.record(session, begun)
    session.flush()  # the answer is read from the table
    return made.id


def _loads_of(session: Session, customer_id: UUID, currency: str) -> list[Load]:
    # Locked in primary-key order, before the wallet: two cash-outs never give one load back twice.
    mine = sa.select(Load).where(
        Load.customer_id == customer_id,
        Load.currency == currency,
        Load.state == "settled",
        Load.refunded_minor < Load.amount_minor,
    )
    found = session.scalars(mine.order_by(Load.id).with_for_update().execution_options(populate_existing=True))
    return list(found)[::-1]


def _all_of(session: Session, customer_id: UUID, currency: str) -> int:
    # Locked: what is read here is what is taken below, to exactly zero.
    row = session.get(LedgerAccount, ("wallet", customer_id, currency), with_for_update=True, populate_existing=True)
    available = row.balance_minor - row.held_minor if row is not None else 0
    if available <= 0:
        raise InsufficientBalance(needed_minor=1, available_minor=0, currency=currency)
    return available


def _move(
    session: Session,
    kind: MovementKind,
    purpose_id: UUID,
    source: Account,
    target: Account,
    amount_minor: int,
    now: datetime,
    by_bank_minor: int = 0,
    purpose: str = CASH_OUT,
) -> None:
    legs = [*between(source, target, amount_minor), *given_by_bank(target, by_bank_minor)]
    post(session, kind=kind, purpose=purpose, purpose_id=purpose_id, legs=legs, now=now)


def _give_back(session: Session, made: CashOut, loads: list[Load], now: datetime) -> None:
    by_id = {load.id: load for load in loads}
    refundable = [rules.Refundable(load.id, load.amount_minor - load.refunded_minor) for load in loads]
    parts = rules.split(made.amount_minor, refundable)
    if sum(part.amount_minor for part in parts) < made.amount_minor:
        all_of_it = sum(load.amount_minor for load in refundable)
        raise NothingToGiveBackTo(refundable_minor=all_of_it, currency=made.currency)
    for part in parts:
        load, part_id = by_id[part.load_id], new_id()
        load.refunded_minor += part.amount_minor
        session.add(
            CashOutPart(
                id=part_id, cash_out_id=made.id, load_id=load.id, amount_minor=part.amount_minor, state="pending"
            )
        )
        payments.refund(session, intent_id=load.intent_id, amount_minor=part.amount_minor, purpose_id=part_id, now=now)


def settle_part(session: Session, *, part_id: UUID, by_bank_minor: int, now: datetime) -> None:
    """Book a part of a cash-out that went back to its payment method, or was given by its bank in a dispute, once."""
    found = _part(session, part_id, "pending")
    if found is None:
        return
    made, part = found
    currency = made.currency
    amount_minor = part.amount_minor
    legs = (payable(currency), clearing(currency), amount_minor)
    _move(session, "cash_out_paid", part_id, *legs, now, by_bank_minor, purpose=PART)
    _end_part(session, made, part, "paid", now)


def return_part(session: Session, *, part_id: UUID, by_bank_minor: int, now: datetime) -> None:
    """Put a part of a cash-out that its payment method didn't take back into the wallet, but for what its bank gave in
    a dispute, once."""
    found = _part(session, part_id, "pending")
    if found is not None:
        made, part = found
        _return_part(session, made, part, payable(made.currency), part.amount_minor, now, by_bank_minor)


def return_paid_part(session: Session, *, part_id: UUID, amount_minor: int, now: datetime) -> None:
    """Put what its method's bank sent back of a part of a cash-out that was paid into the wallet again, once."""
    found = _part(session, part_id, "paid")
    if found is not None:
        made, part = found
        _return_part(session, made, part, clearing(made.currency), amount_minor, now)


def _return_part(
    session: Session,
    made: CashOut,
    part: CashOutPart,
    where_it_is: Account,
    amount_minor: int,
    now: datetime,
    by_bank_minor: int = 0,
) -> None:
    load = session.get_one(Load, part.load_id, with_for_update=True, populate_existing=True)
    load.refunded_minor -= amount_minor - by_bank_minor
    wallet = wallet_of(made.customer_id, made.currency)
    _move(session, "cash_out_returned", part.id, where_it_is, wallet, amount_minor, now, by_bank_minor, purpose=PART)
    _end_part(session, made, part, "returned", now)


def _part(session: Session, part_id: UUID, state: str) -> tuple[CashOut, CashOutPart] | None:
    part = session.get(CashOutPart, part_id)
    if part is None:
        return None
    # The cash-out's lock is that of its parts, too: each is settled once, and the last one ends it.
    made = session.get_one(CashOut, part.cash_out_id, with_for_update=True, populate_existing=True)
    session.refresh(part)
    return (made, part) if part.state == state else None


def _end_part(session: Session, made: CashOut, part: CashOutPart, state: str, now: datetime) -> None:
    part.state = state
    session.flush()  # it is one of those read below
    states = session.scalars(sa.select(CashOutPart.state).where(CashOutPart.cash_out_id == made.id)).all()
    _end(session, made, rules.state_of(states), now)


def _end(session: Session, made: CashOut, state: rules.CashOutState, now: datetime) -> None:
    if state in {"pending", made.state}:
        return
    made.state, made.ended_at = state, now
    ended = CashOutEnded(subject_id=made.id, customer_id=made.customer_id, state=state, happened_at=now)
    events.record(session, ended)


def withdraw_cash_out(session: Session, *, cash_out_id: UUID, customer_id: UUID, now: datetime) -> None:
    """Put what no till has paid out yet back into the wallet. Doing so again changes nothing.

    Raises NotFound, CashOutNotOpen, also for one that is on its way to a payment method.
    """
    # Locked: it is paid out or withdrawn, never both.
    made = session.get(CashOut, cash_out_id, with_for_update=True, populate_existing=True)
    if made is None or made.customer_id != customer_id:
        raise NotFound("cash-out")
    if made.state == "withdrawn":
        return
    if made.state != "pending" or made.channel != "till":
        raise CashOutNotOpen("on its way" if made.state == "pending" else made.state)
    wallet = wallet_of(customer_id, made.currency)
    _move(session, "cash_out_returned", made.id, payable(made.currency), wallet, made.amount_minor, now)
    _end(session, made, "withdrawn", now)


def pay_out(
    session: Session,
    *,
    store_id: UUID,
    code: str,
    amount: Money,
    staff_id: UUID,
    now: datetime,
) -> UUID:
    """Record that the store's till paid a cash-out to whoever showed its code; return the cash-out's id.

    `amount` is what was counted out: another one is refused. Raises Invalid, NotFound, CashOutNotOpen, OwnCashOut.
    """
    typed = codes.read(code, TILL_SYMBOLS)
    if typed is None:
        raise Invalid({"code": ["This code was mistyped."]})
    # Locked: of two tills one pays.
    found = sa.select(CashOut).where(CashOut.code == typed).with_for_update()
    made = session.scalars(found.execution_options(populate_existing=True)).first()
    if made is None:
        raise NotFound("cash-out")
    if made.customer_id == staff_id:
        raise OwnCashOut()
    if made.state != "pending":
        raise CashOutNotOpen(made.state)
    if amount != Money(made.amount_minor, made.currency):
        raise Invalid({"amount": ["This is not what the cash-out is for."]})
    if stores.store_facts(session, store_id).currency != made.currency:
        raise Invalid({"amount.currency": ["This store's till has another currency."]})
    till = Account("till", store_id, made.currency)
    _move(session, "cash_out_paid", made.id, payable(made.currency), till, made.amount_minor, now)
    made.store_id, made.paid_by = store_id, staff_id
    _end(session, made, "paid", now)
    return made.id
