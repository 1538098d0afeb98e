"""Devices that take push: one subscription for each sign-in, as long as that lasts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...accounts import queries as accounts
from ...db import new_id
from ...errors import Invalid, NotFound
from ..errors import TooManyDevices
from ..models import PushSubscription
from ..rules.devices import AUTH_BYTES, MOST_DEVICES, fault_of_endpoint, is_public_key


def subscribe_to_push(
    session: Session,
    *,
    customer_id: UUID,
    session_id: UUID,
    endpoint: str,
    public_key: bytes,
    auth_secret: bytes,
    is_own_endpoint: bool,
    now: datetime,
) -> PushSubscription:
    """Let push messages go to the device that is signed in with this session, in place of where they went before.

    The same device under another sign-in takes them there no more. `is_own_endpoint`: it is the demo's own inbox.
    Raises Invalid, TooManyDevices.
    """
    _check(endpoint, public_key, auth_secret, is_own_endpoint)
    # Whoever knows the secret is the same browser: it is asked for one person's messages only.
    same_device = sa.and_(PushSubscription.endpoint == endpoint, PushSubscription.auth_secret == auth_secret)
    if not is_own_endpoint:
        session.execute(sa.delete(PushSubscription).where(same_device))
    session.execute(sa.delete(PushSubscription).where(PushSubscription.session_id == session_id))
    taken = _taken_numbers(session, customer_id, now)
    free = sorted(set(range(1, MOST_DEVICES + 1)) - taken)
    if not free:
        raise TooManyDevices(MOST_DEVICES)
    subscription = PushSubscription(
        id=new_id(),
        customer_id=customer_id,
        session_id=session_id,
        number=free[0],  # where another took it meanwhile, the unique key says so, and this runs again
        endpoint=endpoint,
        public_key=public_key,
        auth_secret=auth_secret,
        created_at=now,
    )
    session.add(subscription)
    return subscription


def _check(endpoint: str, public_key: bytes, auth_secret: bytes, is_own_endpoint: bool) -> None:
    wrong: dict[str, list[str]] = {}
    fault = None if is_own_endpoint else fault_of_endpoint(endpoint)
    if fault is not None:
        wrong["endpoint"] = [fault]
    if not is_public_key(public_key):
        wrong["keys.p256dh"] = ["Not a public key on P-256, uncompressed."]
    if len(auth_secret) != AUTH_BYTES:
        wrong["keys.auth"] = ["Not a secret of 16 bytes."]
    if wrong:
        raise Invalid(wrong)


def _taken_numbers(session: Session, customer_id: UUID, now: datetime) -> set[int]:
    """Return the numbers that the customer's devices have, after those whose sign-in ended have lost theirs."""
    mine = session.execute(
        sa.select(PushSubscription.id, PushSubscription.session_id, PushSubscription.number).where(
            PushSubscription.customer_id == customer_id
        )
    ).all()
    live = accounts.signed_in_sessions(session, session_ids=[each.session_id for each in mine], now=now)
    ended = [each.id for each in mine if each.session_id not in live]
    if ended:
        session.execute(sa.delete(PushSubscription).where(PushSubscription.id.in_(ended)))
    return {each.number for each in mine if each.session_id in live}


def end_push(session: Session, *, customer_id: UUID, subscription_id: UUID) -> None:
    """Let no push message go to one of the customer's devices any more. Raises NotFound."""
    gone = session.execute(
        sa.delete(PushSubscription).where(
            PushSubscription.id == subscription_id, PushSubscription.customer_id == customer_id
        )
    )
    if not gone.rowcount:  # type: ignore[attr-defined]
        raise NotFound("push subscription")
