"""Carrying facts to people: the worker calls this between transactions, since a push service's or a mail server's
silence must hold no lock (docs/decisions/0015).

A fact of an order, of stars or of a wallet becomes one notification for each channel that its customer chose, and each
of them a fact of its own, which is due now or once quiet ends. That one is judged anew each time it is carried.
"""

from __future__ import annotations

import time
from datetime import datetime
from uuid import UUID

import orjson
import structlog

from ..accounts import mail
from ..accounts.rules.letters import Letter
from ..config import Settings
from ..db import Database
from ..events import OutboxRow
from . import actions
from .actions import Telling
from .errors import NotTold
from .models import PushSubscription
from .push import Answer, PushServices, as_text

log = structlog.get_logger()

MOST_ATTEMPTS = 12
"""How often one is tried, over more than an hour: after that it helps nobody."""
SENDING_SECONDS = 25.0
"""How long its devices are tried in one go; the rest is tried in the next."""


def note(database: Database, row: OutboxRow, *, now: datetime) -> None:
    """Note whom to tell of a fact, and how."""
    with database.writing.begin() as session:
        actions.note_moment(session, seq=row.seq, now=now)


def tell(settings: Settings, database: Database, push: PushServices | None, row: OutboxRow, *, now: datetime) -> None:
    """Tell a notification (the fact's `subject_id`), at least once and with the same id each time; hold or drop it
    where its customer wants that.

    Raises BeingTold, NotTold, smtplib.SMTPException or OSError where trying again later may work.
    """
    with database.writing.begin() as session:
        telling = actions.take_up(session, notification_id=row.subject_id, now=now)
    if telling is None:
        return
    if row.attempts > MOST_ATTEMPTS:
        log.warning("notification_dropped", notification_id=str(telling.id), moment=telling.moment)
        _finish(database, telling.id, "dropped", now)
        return
    if telling.address is not None:
        _by_mail(settings, database, telling, telling.address, now)
    else:
        _by_push(database, push, telling, now)


def _by_mail(settings: Settings, database: Database, telling: Telling, address: str, now: datetime) -> None:
    try:
        mail.hand_in(settings, database, _letter(telling), to=address, mail_id=telling.id, now=now)
    except Exception:
        _give_back(database, telling.id, [], [])
        raise
    _finish(database, telling.id, "told", now)


def _letter(telling: Telling) -> Letter:
    asked = "You get this mail because you chose so in the app, under What I'm told; there you can also end it."
    return Letter(telling.words.title, f"{telling.words.body}\n\n{asked}\n")


def _by_push(database: Database, push: PushServices | None, telling: Telling, now: datetime) -> None:
    if push is None:
        _finish(database, telling.id, "dropped", now)
        return
    message = _message(telling)
    answers: dict[UUID, Answer] = {}
    began = time.monotonic()
    for device in telling.devices:
        if time.monotonic() - began > SENDING_SECONDS:
            break
        answers[device.id] = _to_device(push, device, message, telling, now)
    gone = [device_id for device_id, answer in answers.items() if answer is Answer.GONE]
    settled = [device_id for device_id, answer in answers.items() if answer is not Answer.LATER]
    _give_back(database, telling.id, settled, gone)
    if len(settled) < len(telling.devices):
        raise NotTold()
    _finish(database, telling.id, "told", now)


def _to_device(push: PushServices, device: PushSubscription, message: bytes, telling: Telling, now: datetime) -> Answer:
    answer = push.send(
        message,
        endpoint=device.endpoint,
        public_key=device.public_key,
        auth_secret=device.auth_secret,
        topic=as_text(telling.id.bytes),
        ttl_seconds=max(0, int((telling.until - now).total_seconds())),
        is_urgent=telling.is_urgent,
        now_seconds=int(now.timestamp()),
    )
    if answer is Answer.REFUSED:
        log.warning("push_refused", notification_id=str(telling.id))
    return answer


def _message(telling: Telling) -> bytes:
    """Return what the device reads; `tag` is the same each time, so that one that comes twice replaces itself."""
    document = {
        "id": telling.id,
        "tag": str(telling.id),
        "moment": telling.moment,
        "title": telling.words.title,
        "body": telling.words.body,
        f"{telling.subject}_id": telling.subject_id,
        "happened_at": telling.happened_at,
        "source": telling.source.document(),
    }
    return orjson.dumps(document, option=orjson.OPT_UTC_Z)


def _finish(database: Database, notification_id: UUID, outcome: str, now: datetime) -> None:
    with database.writing.begin() as session:
        actions.done(session, notification_id=notification_id, outcome=outcome, now=now)


def _give_back(database: Database, notification_id: UUID, told: list[UUID], gone: list[UUID]) -> None:
    with database.writing.begin() as session:
        actions.give_back(session, notification_id=notification_id, told=told, gone=gone)
