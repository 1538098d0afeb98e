"""Server-sent events from the outbox: an event's id is its sequence, `Last-Event-ID` replays what was missed.

A stream reads the outbox once a second in short transactions of its own; it holds a request thread, so their
number per process is bounded. It ends by itself after a while and the client comes back with `Last-Event-ID`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import BoundedSemaphore
from uuid import UUID

import orjson
from flask import Flask, Response, current_app, stream_with_context
from sqlalchemy.orm import Session

from ..config import Settings
from ..db import Database
from ..errors import Invalid, Unavailable
from ..events import OutboxRow, facts_about, is_replayable

POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0


def register(app: Flask, settings: Settings) -> None:
    """Make room for the streams of this process."""
    app.extensions["sayso.streams"] = BoundedSemaphore(settings.stream_limit)


MayFollow = Callable[[Session], bool]


def event_stream(subject_id: UUID, *, ends: bool, last_event_id: str | None, may_follow: MayFollow) -> Response:
    """Answer with the facts about one aggregate, from `last_event_id` on (all of them without one).

    `ends` says that nothing more will happen: the stream closes after what there is. `may_follow` is asked before
    each look, and ends the stream of someone who may no longer see it. Raises Invalid for a `Last-Event-ID` that is
    not ours, Unavailable where all streams of this process are taken.
    """
    after = _sequence(last_event_id)
    room: BoundedSemaphore = current_app.extensions["sayso.streams"]
    if not room.acquire(blocking=False):
        raise Unavailable("Too many live connections; ask again, or read the resource itself.", 5)
    database: Database = current_app.extensions["sayso.database"]
    settings: Settings = current_app.extensions["sayso.settings"]
    lines = _events(
        database, subject_id, after=after, ends=ends, seconds=settings.stream_seconds, may_follow=may_follow
    )
    answer = Response(stream_with_context(lines), mimetype="text/event-stream")
    answer.call_on_close(room.release)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"  # nginx: pass each event on at once
    return answer


def _sequence(last_event_id: str | None) -> int:
    if last_event_id is None:
        return 0
    if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) <= 18):
        raise Invalid({"Last-Event-ID": ["Send the id of the last event, unchanged."]})
    return int(last_event_id)


def _events(
    database: Database, subject_id: UUID, *, after: int, ends: bool, seconds: int, may_follow: MayFollow
) -> Iterator[str]:
    yield "retry: 2000\n\n"
    with database.reading() as session:
        is_gap = bool(after) and not is_replayable(session, after)
    if is_gap:  # told outside of the session: a slow reader holds no connection
        yield "event: resync\ndata: {}\n\n"
    deadline, heartbeat_at = time.monotonic() + seconds, time.monotonic() + HEARTBEAT_SECONDS
    while True:
        with database.reading() as session:
            if not may_follow(session):
                return
            rows = facts_about(session, subject_id, after=after)
        for row in rows:
            yield _event(row)
            after = row.seq
            ends = ends or row.payload.get("ended", False)
        if ends and not rows:
            return
        if time.monotonic() >= deadline:
            return
        if time.monotonic() >= heartbeat_at:
            yield ": still here\n\n"
            heartbeat_at = time.monotonic() + HEARTBEAT_SECONDS
        time.sleep(min(POLL_SECONDS, max(0.0, deadline - time.monotonic())) if not rows else 0)


def _event(row: OutboxRow) -> str:
    data = {"subject_id": row.subject_id, "happened_at": row.happened_at, **row.payload}
    return f"id: {row.seq}\nevent: {row.name}\ndata: {orjson.dumps(data, option=orjson.OPT_UTC_Z).decode()}\n\n"
