"""Sending money to another customer: it leaves at once, waits for their yes, and comes back without one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...accounts import queries as accounts
from ...accounts.actions.post import post as send_mail
from ...db import new_id
from ...errors import Invalid, NotFound
from ...money import Money
from ..errors import TransferNotOpen
from ..models import Transfer
from ..rules import letters
from ..rules import transfers as rules
from ..rules.ledger import Account, MovementKind, between, wallet_of
from .facts import TransferEnded, TransferSent
from .posting import post


def send_transfer(
    session: Session, *, sender_id: UUID, email: str, amount: Money, message: str | None, now: datetime
) -> UUID:
    """Send money to the reader of an address; return the transfer's id.

    The address is told by mail, whether it has an account or not: nothing is looked up, so nothing can tell. One that
    was told often lately isn't. Raises Invalid, InsufficientBalance.
    """
    sender = accounts.contact(session, person_id=sender_id)
    if sender is not None and sender.email == email:
        raise Invalid({"email": ["This is your own address."]})
    has_enough = _mails_to(session, email, now) >= rules.MOST_MAILS
    transfer = Transfer(
        id=new_id(),
        sender_id=sender_id,
        offered_to=email,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        message=message,
        state="offered",
        created_at=now,
        expires_at=now + rules.WAITS,
        version=1,
    )
    session.add(transfer)
    _move(session, transfer, "transfer_sent", sender_id, now, sign=-1)
    if not has_enough:
        send_mail(session, letters.transfer_sent(), to=email, now=now)
    sent = TransferSent(
        subject_id=transfer.id,
        sender_id=sender_id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        happened_at=now,
    )
    events.record(session, sent)
    session.flush()  # the answer is read from the table
    return transfer.id


def _mails_to(session: Session, email: str, now: datetime) -> int:
    lately = sa.and_(Transfer.offered_to == email, Transfer.created_at > now - rules.MAILS_WITHIN)
    return session.scalar(sa.select(sa.func.count()).where(lately)) or 0


def _move(
    session: Session, transfer: Transfer, kind: MovementKind, customer_id: UUID, now: datetime, *, sign: int = 1
) -> None:
    """Move the transfer's money between where it waits and a wallet (`sign` -1: out of the wallet)."""
    waiting = Account("transfer", transfer.id, transfer.currency)
    legs = between(waiting, wallet_of(customer_id, transfer.currency), sign * transfer.amount_minor)
    post(session, kind=kind, purpose="transfer", purpose_id=transfer.id, legs=legs, now=now)


def accept_transfer(session: Session, *, transfer_id: UUID, receiver_id: UUID, now: datetime) -> None:
    """Put the money that was sent to the customer's address into their wallet. Accepting it again changes nothing.

    Raises NotFound, TransferNotOpen.
    """
    transfer = _to_decide(session, transfer_id, receiver_id)
    if transfer.state == "accepted":
        return
    _require_open(transfer, now)
    _end(session, transfer, "accepted", now, receiver_id=receiver_id)
    _move(session, transfer, "transfer_accepted", receiver_id, now)
    _tell_sender(session, transfer, now)


def refuse_transfer(session: Session, *, transfer_id: UUID, receiver_id: UUID, now: datetime) -> None:
    """Send the money back at once. Refusing it again changes nothing. Raises NotFound, TransferNotOpen."""
    transfer = _to_decide(session, transfer_id, receiver_id)
    if transfer.state == "refused":
        return
    _require_open(transfer, now)
    _end(session, transfer, "refused", now, receiver_id=receiver_id)
    _move(session, transfer, "transfer_returned", transfer.sender_id, now)
    _tell_sender(session, transfer, now)


def withdraw_transfer(session: Session, *, transfer_id: UUID, sender_id: UUID, now: datetime) -> None:
    """Take the money back before anybody accepted it. Doing so again changes nothing.

    Raises NotFound, TransferNotOpen.
    """
    transfer = _locked(session, transfer_id)
    if transfer is None or transfer.sender_id != sender_id:
        raise NotFound("transfer")
    if transfer.state == "withdrawn":
        return
    if transfer.state != "offered":
        raise TransferNotOpen(transfer.state)
    _end(session, transfer, "withdrawn", now)
    _move(session, transfer, "transfer_returned", sender_id, now)


def due_transfers(session: Session, *, now: datetime) -> Sequence[UUID]:
    """Return transfers that nobody answered in time, 50 at most."""
    over = sa.select(Transfer.id).where(Transfer.ended_at.is_(None), Transfer.expires_at <= now)
    return session.scalars(over.order_by(Transfer.expires_at, Transfer.id).limit(50)).all()


def return_transfer(session: Session, *, transfer_id: UUID, now: datetime) -> bool:
    """Return a transfer that nobody answered in time; tell whether it still was one."""
    transfer = _locked(session, transfer_id)
    if transfer is None or transfer.state != "offered" or transfer.expires_at > now:
        return False
    _end(session, transfer, "returned", now)
    _move(session, transfer, "transfer_returned", transfer.sender_id, now)
    _tell_sender(session, transfer, now)
    return True


def _locked(session: Session, transfer_id: UUID) -> Transfer | None:
    # Locked: it is accepted or returned, never both.
    return session.get(Transfer, transfer_id, with_for_update=True, populate_existing=True)


def _to_decide(session: Session, transfer_id: UUID, person_id: UUID) -> Transfer:
    transfer = _locked(session, transfer_id)
    if transfer is None or transfer.sender_id == person_id:
        raise NotFound("transfer")
    if transfer.receiver_id != person_id:
        reader = accounts.contact(session, person_id=person_id)
        if transfer.state != "offered" or reader is None or reader.email != transfer.offered_to:
            raise NotFound("transfer")
    return transfer


def _require_open(transfer: Transfer, now: datetime) -> None:
    if transfer.state != "offered":
        raise TransferNotOpen(transfer.state)
    if transfer.expires_at <= now:
        raise TransferNotOpen("returned")  # as it will be in a moment


def _end(
    session: Session, transfer: Transfer, state: rules.TransferState, now: datetime, receiver_id: UUID | None = None
) -> None:
    transfer.state, transfer.ended_at, transfer.receiver_id = state, now, receiver_id
    transfer.version += 1
    ended = TransferEnded(
        subject_id=transfer.id, sender_id=transfer.sender_id, receiver_id=receiver_id, state=state, happened_at=now
    )
    session.flush()  # before the money moves: the row's own rules come first
    events.record(session, ended)


def _tell_sender(session: Session, transfer: Transfer, now: datetime) -> None:
    letter = letters.transfer_accepted() if transfer.state == "accepted" else letters.transfer_returned()
    sender = accounts.contact(session, person_id=transfer.sender_id)
    send_mail(session, letter, to=sender.email if sender is not None else None, now=now)
