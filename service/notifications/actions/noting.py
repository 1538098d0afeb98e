"""Noting what is to be told: one for each channel that the customer chose for the moment."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from ...events import Recorded
from ...preferences import queries as preferences
from ..models import Notification
from ..queries.customers import customer_of
from ..rules.deciding import channels_for
from ..rules.moments import moment_of
from .facts import NotificationDue


def note_moment(session: Session, *, seq: int, now: datetime) -> int:
    """Note that a recorded fact is to be told; return by how many channels. Doing it again notes nothing more.

    Only whose order or stars they are is told, never who did it for them under a grant.
    """
    found: list[Recorded] = events.recorded_at(session, [seq])
    moment = moment_of(found[0].name, found[0].payload) if found else None
    customer_id = customer_of(session, found[0]) if moment is not None else None
    if moment is None or customer_id is None:
        return 0
    spoken = preferences.said_by(session, customer_id=customer_id).of("notifications")
    channels = channels_for(spoken.value if spoken is not None else None, moment)
    noted = set(session.scalars(sa.select(Notification.channel).where(Notification.fact_seq == seq)))
    new = [
        Notification(
            id=new_id(), customer_id=customer_id, moment=moment, channel=channel, fact_seq=seq, told=[], noted_at=now
        )
        for channel in channels
        if channel not in noted  # where another worker notes it now, the unique key says so
    ]
    session.add_all(new)
    if new:
        events.record(session, *(NotificationDue(subject_id=each.id, happened_at=now, not_before=now) for each in new))
    return len(new)
