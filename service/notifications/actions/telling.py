"""Telling one notification: taken up by one worker, judged by what its customer says now, and done, held or dropped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...accounts import queries as accounts
from ...preferences import queries as preferences
from ...sources import Source
from ..errors import BeingTold
from ..models import Notification, PushSubscription
from ..queries.devices import live_subscriptions
from ..queries.story import story_of
from ..rules.deciding import Drop, Hold, verdict
from ..rules.wording import LASTS, URGENT, Words, words_for
from .facts import NotificationDue

LEASE = timedelta(minutes=2)
"""For how long whoever took one up has it alone: longer than all its devices take to answer or not."""

_NOTIFICATIONS: sa.Table = Notification.__table__  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What goes out now, and where: an address, or devices that don't have it yet. It must arrive by `until`."""

    id: UUID
    moment: str
    words: Words
    subject: str
    subject_id: UUID
    happened_at: datetime
    source: Source
    until: datetime
    is_urgent: bool
    address: str | None
    devices: Sequence[PushSubscription]


def take_up(session: Session, *, notification_id: UUID, now: datetime) -> Telling | None:
    """Take a notification up and return what to send; None where there is nothing to send, or not now.

    What its customer says is read now: what they withdrew since is dropped, what falls into their quiet hours waits
    or is dropped, as they said, and so is what isn't so any more. Raises BeingTold where another worker has it.
    """
    taken = _lease(session, notification_id, now)
    if taken is None:
        return None
    told = _judged(session, taken, now)
    if told is None:
        return None
    if not told.devices and told.address is None:
        done(session, notification_id=taken.id, outcome="dropped", now=now)
        return None
    return told


def _lease(session: Session, notification_id: UUID, now: datetime) -> Notification | None:
    # Locked: of two workers one has it, and the other sees that.
    taken = session.get(Notification, notification_id, with_for_update=True)
    if taken is None or taken.done_at is not None:
        return None
    if taken.leased_until is not None and taken.leased_until > now:
        raise BeingTold()
    taken.leased_until = now + LEASE
    session.flush()  # what follows reads, and may write the row by a statement
    return taken


def _judged(session: Session, taken: Notification, now: datetime) -> Telling | None:
    said = preferences.said_by(session, customer_id=taken.customer_id)
    spoken, quiet = said.of("notifications"), said.of("quiet_hours")
    judged = verdict(
        spoken.value if spoken is not None else None,
        quiet.value if quiet is not None else None,
        moment=taken.moment,
        channel=taken.channel,
        now=now,
        lasts=LASTS[taken.moment],
    )
    found = events.recorded_at(session, [taken.fact_seq])
    story = story_of(session, found[0], taken.moment, customer_id=taken.customer_id, now=now) if found else None
    if spoken is None or story is None or isinstance(judged, Drop):
        done(session, notification_id=taken.id, outcome="dropped", now=now)
        return None
    if isinstance(judged, Hold):
        _put_off(session, taken, judged.until, now)
        return None
    by_mail = taken.channel == "mail"
    contact = accounts.contact(session, person_id=taken.customer_id) if by_mail else None
    return Telling(
        id=taken.id,
        moment=taken.moment,
        words=words_for(taken.moment, story),
        subject=found[0].subject,
        subject_id=found[0].subject_id,
        happened_at=found[0].happened_at,
        source=spoken.source,
        until=min(judged.until, story.until or judged.until),
        is_urgent=taken.moment in URGENT,
        address=contact.email if contact is not None else None,
        devices=[] if by_mail else live_subscriptions(session, taken.customer_id, told=taken.told, now=now),
    )


def _put_off(session: Session, taken: Notification, until: datetime, now: datetime) -> None:
    taken.leased_until = None
    events.record(session, NotificationDue(subject_id=taken.id, happened_at=now, not_before=until))


def done(session: Session, *, notification_id: UUID, outcome: str, now: datetime) -> None:
    """Have nothing more to do with a notification: it was told, or nobody is told of it."""
    this = sa.update(_NOTIFICATIONS).where(_NOTIFICATIONS.c.id == notification_id, _NOTIFICATIONS.c.done_at.is_(None))
    session.execute(this.values(done_at=now, outcome=outcome, leased_until=None))


def give_back(session: Session, *, notification_id: UUID, told: Collection[UUID], gone: Collection[UUID]) -> None:
    """Let a notification be taken up again for the devices that don't have it yet; forget those that are gone."""
    taken = session.get_one(Notification, notification_id, with_for_update=True)  # `told` is read and written
    taken.told = sorted({*taken.told, *(str(each) for each in told)})
    taken.leased_until = None
    forget_devices(session, gone)


def forget_devices(session: Session, gone: Collection[UUID]) -> None:
    """Forget subscriptions that their push service doesn't know any more."""
    if gone:
        session.execute(sa.delete(PushSubscription).where(PushSubscription.id.in_(gone)))
