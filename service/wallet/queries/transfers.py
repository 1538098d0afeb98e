"""Transfers: to who sent them, and to who reads the address that they were sent to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...accounts import queries as accounts
from ...db import newest
from ...errors import NotFound
from ..models import Transfer
from ..rules.transfers import next_actions


def transfer_of(session: Session, *, transfer_id: UUID, person_id: UUID) -> dict[str, Any]:
    """Return a transfer to its sender or its receiver. Raises NotFound for everyone else."""
    mine = sa.or_(Transfer.sender_id == person_id, _reaches(session, person_id))
    transfer = session.scalars(sa.select(Transfer).where(Transfer.id == transfer_id, mine)).first()
    if transfer is None:
        raise NotFound("transfer")
    return _documents(session, [transfer], person_id)[0]


def transfers_of(
    session: Session, *, person_id: UUID, role: str | None, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Return what the person sent and was sent (or one of both), newest first, up to one more than the limit."""
    sides = {"sender": Transfer.sender_id == person_id, "receiver": _reaches(session, person_id)}
    theirs = sa.select(Transfer).where(sides[role] if role is not None else sa.or_(*sides.values()))
    found = session.scalars(newest(theirs, Transfer.id, before=before, limit=limit)).all()
    return _documents(session, list(found), person_id)


def _reaches(session: Session, person_id: UUID) -> sa.ColumnElement[bool]:
    """Tell what was sent to the person: they answered it, or it waits at the address that is theirs now."""
    reader = accounts.contact(session, person_id=person_id)
    waits = sa.and_(Transfer.state == "offered", Transfer.offered_to == (reader.email if reader else None))
    return sa.and_(sa.or_(Transfer.receiver_id == person_id, waits), Transfer.sender_id != person_id)


def _documents(session: Session, transfers: list[Transfer], person_id: UUID) -> list[dict[str, Any]]:
    people = {transfer.sender_id for transfer in transfers} | {
        transfer.receiver_id for transfer in transfers if transfer.receiver_id is not None
    }
    names = accounts.names_of(session, person_ids=people) if people else {}
    return [_document(transfer, names, person_id) for transfer in transfers]


def _document(transfer: Transfer, names: dict[UUID, str | None], person_id: UUID) -> dict[str, Any]:
    is_sender = transfer.sender_id == person_id
    role = "sender" if is_sender else "receiver"
    is_accepted = transfer.state == "accepted" and transfer.receiver_id is not None
    return {
        "id": transfer.id,
        "role": role,
        "state": transfer.state,
        "sender": {"name": names.get(transfer.sender_id)},
        # Who reads the address is told once they accepted.
        "receiver": {"name": names.get(transfer.receiver_id)} if is_accepted and transfer.receiver_id else None,
        "sent_to": transfer.offered_to if is_sender else None,
        "amount": {"amount_minor": transfer.amount_minor, "currency": transfer.currency},
        "message": transfer.message,
        "created_at": transfer.created_at,
        "expires_at": transfer.expires_at,
        "ended_at": transfer.ended_at,
        "next_actions": list(next_actions(transfer.state, role)),
        "version": transfer.version,
    }
