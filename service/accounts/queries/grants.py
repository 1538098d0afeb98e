"""Reads of grants, and of what was done under them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import newest
from ...errors import NotFound
from ..errors import OneTimeTokenNotValid
from ..models import DelegatedAct, Grant, Person
from ..rules.grants import PICK_UP_ORDERS, PLACE_ORDERS, Acting, Limit, state_of
from ..rules.one_time import hash_of

_GIVERS, _RECEIVERS = Person.__table__.alias("givers"), Person.__table__.alias("receivers")
_GRANTS, _ACTS = Grant.__table__, DelegatedAct.__table__
_SHOWN_GRANT = (
    sa.select(_GRANTS, _GIVERS.c.name.label("giver_name"), _RECEIVERS.c.name.label("receiver_name"))
    .join_from(_GRANTS, _GIVERS, _GIVERS.c.id == _GRANTS.c.giver_id)
    .outerjoin(_RECEIVERS, _RECEIVERS.c.id == _GRANTS.c.receiver_id)
)
_ACTIVE_GRANT = sa.select(_GRANTS).where(
    _GRANTS.c.id == sa.bindparam("grant_id"),
    _GRANTS.c.receiver_id == sa.bindparam("receiver_id"),
    _GRANTS.c.ended_at.is_(None),
    _GRANTS.c.expires_at > sa.bindparam("now"),
)


def acting_under(connection: sa.Connection, *, grant_id: UUID, receiver_id: UUID, now: datetime) -> Acting | None:
    """Return what the person may do under the grant, None where it isn't theirs, or not active."""
    values = {"grant_id": grant_id, "receiver_id": receiver_id, "now": now}
    row = connection.execute(_ACTIVE_GRANT, values).first()
    if row is None:
        return None
    limit = Limit(amount_minor=row.limit_minor, currency=row.currency, timezone=row.timezone)
    return Acting(
        grant_id=row.id,
        giver_id=row.giver_id,
        person_id=row.receiver_id,
        scopes=frozenset(_scopes(row)),
        limit=limit if row.limit_minor is not None else None,
    )


def active_grants(session: Session, *, grant_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Return those of the grants that were accepted, and neither ended nor ran out."""
    active = _GRANTS.c.receiver_id.is_not(None) & _GRANTS.c.ended_at.is_(None) & (_GRANTS.c.expires_at > now)
    return set(
        session.connection().execute(sa.select(_GRANTS.c.id).where(_GRANTS.c.id.in_(grant_ids), active)).scalars()
    )


def _scopes(row: Any) -> list[Any]:
    return [PLACE_ORDERS] * bool(row.may_place_orders) + [PICK_UP_ORDERS] * bool(row.may_pick_up_orders)


def grant_of(session: Session, *, grant_id: UUID, person_id: UUID, now: datetime) -> dict[str, Any]:
    """Return a grant to its giver or its receiver. Raises NotFound for everyone else."""
    row = session.execute(_SHOWN_GRANT.where(_GRANTS.c.id == grant_id, _concerns(person_id))).first()
    if row is None:
        raise NotFound("grant")
    return _grant_document(row, person_id, now)


def _concerns(person_id: UUID) -> sa.ColumnElement[bool]:
    return sa.or_(_GRANTS.c.giver_id == person_id, _GRANTS.c.receiver_id == person_id)


def grants_of(
    session: Session, *, person_id: UUID, role: str | None, before: UUID | None, limit: int, now: datetime
) -> list[dict[str, Any]]:
    """Return the grants that the person gave and received (or one of both: `role`), newest first, up to one more than
    the limit."""
    sides = {"giver": _GRANTS.c.giver_id == person_id, "receiver": _GRANTS.c.receiver_id == person_id}
    theirs = _SHOWN_GRANT.where(_concerns(person_id) if role is None else sides[role])
    rows = session.execute(newest(theirs, _GRANTS.c.id, before=before, limit=limit))
    return [_grant_document(row, person_id, now) for row in rows]


def _grant_document(row: Any, person_id: UUID, now: datetime) -> dict[str, Any]:
    is_giver = row.giver_id == person_id
    state = state_of(
        accepted_at=row.accepted_at,
        declined_at=row.declined_at,
        ended_by=row.ended_by,
        offer_ends_at=row.offer_ends_at,
        expires_at=row.expires_at,
        now=now,
    )
    return {
        "id": row.id,
        "role": "giver" if is_giver else "receiver",
        "state": state,
        "offered_to": row.offered_to if is_giver else None,
        "receiver": {"name": row.receiver_name} if row.receiver_id is not None else None,
        **_terms(row),
        "offered_at": row.offered_at,
        "accepted_at": row.accepted_at,
        "ended_at": row.ended_at or row.declined_at,
        "version": row.version,
    }


def _terms(row: Any) -> dict[str, Any]:
    amount = {"amount_minor": row.limit_minor, "currency": row.currency}
    return {
        "giver": {"name": row.giver_name},
        "label": row.label,
        "scopes": _scopes(row),
        "daily_limit": amount if row.limit_minor is not None else None,
        "timezone": row.timezone,
        "offer_ends_at": row.offer_ends_at,
        "expires_at": row.expires_at,
    }


def offer_behind(session: Session, *, token: str, person_id: UUID, now: datetime) -> dict[str, Any]:
    """Return what is offered to whoever has the token, and by whom. Raises OneTimeTokenNotValid, also for one's own."""
    offer = _SHOWN_GRANT.where(
        _GRANTS.c.token_hash == hash_of(token),
        _GRANTS.c.giver_id != person_id,
        _GRANTS.c.accepted_at.is_(None),
        _GRANTS.c.declined_at.is_(None),
        _GRANTS.c.ended_at.is_(None),
        _GRANTS.c.offer_ends_at > now,
    )
    row = session.execute(offer).first()
    if row is None:
        raise OneTimeTokenNotValid()
    return _terms(row)


def acts_under(
    session: Session, *, grant_id: UUID, person_id: UUID, before: int | None, limit: int, now: datetime
) -> list[dict[str, Any]]:
    """Return what was done under a grant of the person's, newest first, up to one more than the limit.

    Raises NotFound where they neither gave nor received it.
    """
    grant = grant_of(session, grant_id=grant_id, person_id=person_id, now=now)
    done = sa.select(_ACTS).where(_ACTS.c.grant_id == grant_id)
    return [
        {
            "id": row.id,
            "operation": row.operation,
            "order_id": row.order_id,
            "amount": {"amount_minor": row.amount_minor, "currency": row.currency} if row.currency else None,
            "by": grant["receiver"],
            "happened_at": row.happened_at,
        }
        for row in session.execute(newest(done, _ACTS.c.id, before=before, limit=limit))
    ]


def called_by_giver(session: Session, *, giver_id: UUID, person_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return by id what to call people who act for the customer: their name, else the address that the customer
    offered a grant to."""
    wanted = (
        sa.select(_GRANTS.c.receiver_id, sa.func.coalesce(_RECEIVERS.c.name, _GRANTS.c.offered_to))
        .join_from(_GRANTS, _RECEIVERS, _RECEIVERS.c.id == _GRANTS.c.receiver_id)
        .where(_GRANTS.c.giver_id == giver_id, _GRANTS.c.receiver_id.in_(person_ids))
        .order_by(_GRANTS.c.id)
    )
    return {person_id: name for person_id, name in session.execute(wanted)}  # noqa: C416 - rows aren't pairs to mypy
