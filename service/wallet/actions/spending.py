"""Paying from a wallet, holding a part of it for later, and giving back: for whoever sells something.

Each names what it is for (`purpose` and its id) and happens once for it; a repeat changes nothing. What is for an order
names it (`order_id`), so that whoever reads their entries finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import new_id
from ...errors import NotFound
from ...money import Money
from ..errors import InsufficientBalance
from ..models import Hold, LedgerAccount, LedgerTransaction
from ..rules.ledger import CHAIN, Account, Leg, MovementKind, back_to, clearing, given_by_bank, out_of, wallet_of
from .auto_reload import reload_if_due
from .posting import Posted, post

REMEDY = "remedy"
"""What movements are for that make a missed promise good, each under an id of its own."""

_ACCOUNTS: sa.Table = LedgerAccount.__table__  # type: ignore[assignment]
_MINE = (
    _ACCOUNTS.c.kind == "wallet",
    _ACCOUNTS.c.owner_id == sa.bindparam("of_owner"),
    _ACCOUNTS.c.currency == sa.bindparam("of_currency"),
)
_AVAILABLE = _ACCOUNTS.c.balance_minor - _ACCOUNTS.c.held_minor
_HOLD = (
    sa.update(_ACCOUNTS)
    .where(*_MINE, sa.bindparam("wanted") <= _AVAILABLE)
    .values(held_minor=_ACCOUNTS.c.held_minor + sa.bindparam("wanted"))
)
_LET_GO = sa.update(_ACCOUNTS).where(*_MINE).values(held_minor=_ACCOUNTS.c.held_minor - sa.bindparam("wanted"))


class Named(TypedDict):
    """What a movement is for, by which it happens once; when; and the order that it is for, where it is for one."""

    purpose: str
    purpose_id: UUID
    order_id: NotRequired[UUID | None]
    now: datetime


def pay(session: Session, *, customer_id: UUID, parts: Sequence[Leg], **named: Unpack[Named]) -> None:
    """Pay from the customer's wallet: all of the parts, or nothing.

    `parts` say which house accounts get how much (positive, of one currency): revenue, tax and tips of a store. A
    repeat pays nothing more. Raises InsufficientBalance.
    """
    _pay(session, customer_id, parts, **named)


def _pay(
    session: Session, customer_id: UUID, parts: Sequence[Leg], *, released_minor: int = 0, **named: Unpack[Named]
) -> Posted | None:
    legs = out_of(partial(wallet_of, customer_id), parts)
    posted = post(session, kind="payment", legs=legs, released_minor=released_minor, **named)
    if posted is not None and posted.is_below_threshold:
        reload_if_due(session, customer_id=customer_id, now=named["now"])
    return posted


def give_back(
    session: Session,
    *,
    customer_id: UUID,
    parts: Sequence[Leg],
    kind: MovementKind = "refund",
    by_bank_minor: int = 0,
    **named: Unpack[Named],
) -> None:
    """Give back to the customer's wallet what the parts say (positive), out of those accounts; once per purpose and id.

    Not more than was paid: that is for the caller, who knows what was. `kind` "remedy" is for what makes good.
    `by_bank_minor` of it their bank gave them, in a dispute: that makes the chain's loss less, not the wallet more.
    """
    wallet = partial(wallet_of, customer_id)
    by_bank = given_by_bank(wallet(parts[0].account.currency), by_bank_minor)
    post(session, kind=kind, legs=[*back_to(wallet, parts), *by_bank], **named)


def give_remedy(session: Session, *, customer_id: UUID, amount: Money, order_id: UUID, now: datetime) -> None:
    """Give what makes a missed promise good, out of the chain's remedies; once for an order, for whose remedy a unique
    index stands. Nothing else leads from one to the other: that is forgotten with the order."""
    given = sa.select(LedgerTransaction.id).where(
        LedgerTransaction.order_id == order_id, LedgerTransaction.kind == "remedy"
    )
    if session.execute(given).first() is not None:
        return
    part = Leg(Account("remedies", CHAIN, amount.currency), amount.amount_minor)
    give_back(
        session,
        customer_id=customer_id,
        parts=[part],
        kind="remedy",
        purpose=REMEDY,
        purpose_id=new_id(),
        order_id=order_id,
        now=now,
    )


def book_payment(session: Session, *, parts: Sequence[Leg], **named: Unpack[Named]) -> None:
    """Book what a payment brought to the accounts that the parts name (positive), past any wallet; once per purpose."""
    post(session, kind="payment", legs=out_of(clearing, parts), **named)


def book_refund(session: Session, *, parts: Sequence[Leg], by_bank_minor: int = 0, **named: Unpack[Named]) -> None:
    """Book what was given back of a payment, out of the accounts that the parts name (positive); once per purpose.

    `by_bank_minor` of it the customer's bank gave them, in a dispute: that makes the chain's loss less.
    """
    by_bank = given_by_bank(clearing(parts[0].account.currency), by_bank_minor)
    post(session, kind="refund", legs=[*back_to(clearing, parts), *by_bank], **named)


def hold(
    session: Session,
    *,
    customer_id: UUID,
    amount: Money,
    purpose: str,
    purpose_id: UUID,
    expires_at: datetime,
    now: datetime,
) -> UUID:
    """Keep a part of the customer's wallet for something; return the hold's id. A repeat holds nothing more.

    Raises InsufficientBalance.
    """
    before = session.scalar(sa.select(Hold.id).where(Hold.purpose == purpose, Hold.purpose_id == purpose_id))
    if before is not None:
        return before
    _keep(session, customer_id, amount)
    hold_id = new_id()
    row = {
        "id": hold_id,
        "customer_id": customer_id,
        "currency": amount.currency,
        "amount_minor": amount.amount_minor,
        "captured_minor": 0,
        "purpose": purpose,
        "purpose_id": purpose_id,
        "state": "open",
        "created_at": now,
        "expires_at": expires_at,
    }
    session.connection().execute(sa.insert(Hold.__table__), row)  # type: ignore[arg-type]
    return hold_id


def _keep(session: Session, customer_id: UUID, amount: Money) -> None:
    mine = {"of_owner": customer_id, "of_currency": amount.currency}
    kept = session.connection().execute(_HOLD, mine | {"wanted": amount.amount_minor})
    if kept.rowcount == 0:
        available = session.connection().execute(sa.select(_AVAILABLE).where(*_MINE), mine).scalar()
        raise InsufficientBalance(
            needed_minor=amount.amount_minor, available_minor=available or 0, currency=amount.currency
        )


def capture_hold(session: Session, *, parts: Sequence[Leg], **named: Unpack[Named]) -> None:
    """Pay the parts out of what is held for the purpose, and free what is left of it. A repeat pays nothing more.

    More than was held is taken from what else there is. Raises NotFound where nothing is held any more,
    InsufficientBalance.
    """
    held = _held(session, named["purpose"], named["purpose_id"])
    if held is None or held.state in {"released", "expired"}:
        raise NotFound("hold")
    if held.state == "captured":
        return
    if any(part.account.currency != held.currency for part in parts):
        raise ValueError("what is held of one currency pays nothing in another")
    amount = sum(part.amount_minor for part in parts)
    _end(session, held, "captured", named["now"], captured_minor=min(amount, held.amount_minor))
    if _pay(session, held.customer_id, parts, released_minor=held.amount_minor, **named) is None:
        _free(session, held)  # it was paid without the hold before


def release_hold(session: Session, *, purpose: str, purpose_id: UUID, now: datetime) -> None:
    """Free what is held for the purpose; nothing where nothing is, or it was captured."""
    held = _held(session, purpose, purpose_id)
    if held is not None and held.state == "open":
        _let_go(session, held, "released", now)


def due_holds(session: Session, *, now: datetime) -> Sequence[UUID]:
    """Return holds whose time is over, 50 at most."""
    over = sa.select(Hold.id).where(Hold.ended_at.is_(None), Hold.expires_at <= now)
    return session.scalars(over.order_by(Hold.expires_at, Hold.id).limit(50)).all()


def expire_hold(session: Session, *, hold_id: UUID, now: datetime) -> bool:
    """Free a hold whose time is over; tell whether it still was one."""
    held = _locked(session, Hold.id == hold_id)
    if held is None or held.state != "open" or held.expires_at > now:
        return False
    _let_go(session, held, "expired", now)
    return True


def _let_go(session: Session, held: sa.Row[Any], state: str, now: datetime) -> None:
    _end(session, held, state, now)
    _free(session, held)


def _free(session: Session, held: sa.Row[Any]) -> None:
    freed = {"of_owner": held.customer_id, "of_currency": held.currency, "wanted": held.amount_minor}
    session.connection().execute(_LET_GO, freed)


def _held(session: Session, purpose: str, purpose_id: UUID) -> sa.Row[Any] | None:
    return _locked(session, sa.and_(Hold.purpose == purpose, Hold.purpose_id == purpose_id))


def _locked(session: Session, which: sa.ColumnElement[bool]) -> sa.Row[Any] | None:
    # Locked: it is captured or freed, never both. Before its wallet, as everywhere.
    table: Any = Hold.__table__
    return session.connection().execute(sa.select(table).where(which).with_for_update()).first()


def _end(session: Session, held: sa.Row[Any], state: str, now: datetime, captured_minor: int = 0) -> None:
    ended = sa.update(Hold.__table__).where(Hold.id == held.id)  # type: ignore[arg-type]
    session.connection().execute(ended.values(state=state, ended_at=now, captured_minor=captured_minor))
