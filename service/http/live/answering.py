"""The request's side of a stream: hand the connection over, or write it in the request's own thread."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, Response, current_app, request, stream_with_context
from werkzeug.http import http_date

from ...config import Settings
from ...db import Database
from ...errors import Invalid, Unauthenticated, Unavailable
from ..audiences import still_calling
from .alone import RETRY, lines
from .sockets import Doors, connection_of, end, pass_on
from .subscription import Subscription
from .topics import Access, Follower, Topic

log = structlog.get_logger()

MIMETYPE = "text/event-stream"


class Live:
    """What an application needs to stream: its topics, the doors of its live process, room for its own streams."""

    def __init__(self, settings: Settings, topics: Collection[Topic]) -> None:
        self.topics = {topic.name: topic for topic in topics}
        self.doors = Doors(settings)
        self.room = BoundedSemaphore(settings.stream_limit)
        self.seconds = settings.stream_seconds


def register(app: Flask, settings: Settings, topics: Collection[Topic]) -> None:
    """Tell what can be followed; from now on a commit of facts wakes the live process."""
    live = Live(settings, topics)
    app.extensions["sayso.live"] = live
    database: Database = app.extensions["sayso.database"]
    database.on_facts.append(live.doors.nudge)


def follow(topic: Topic, key: UUID, *, access: Access, ends: bool = False) -> Response:
    """Answer with the events of one thing, from `Last-Event-ID` on (without one, as the topic begins).

    `access` is who may go on following; someone who may no longer is cut off within a second. `ends` says that
    nothing more will happen: the stream closes after what there is. Raises Invalid for a `Last-Event-ID` that is not
    ours, Unavailable where this process has to write the stream itself and has no thread left for it.
    """
    live: Live = current_app.extensions["sayso.live"]
    subscription = Subscription(
        topic=topic.name,
        key=key,
        after=_sequence(request.headers.get("Last-Event-ID")),
        access=access,
        ends=ends,
        token=request.headers.get("Authorization", "").partition(" ")[2].strip(),
    )
    answer = _answer(live, topic, subscription)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"  # nginx: pass each event on at once
    return answer


def _sequence(last_event_id: str | None) -> int | None:
    if last_event_id is None:
        return None
    if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) <= 18):
        raise Invalid({"Last-Event-ID": ["Send the id of the last event, unchanged."]})
    return int(last_event_id)


def _answer(live: Live, topic: Topic, subscription: Subscription) -> Response:
    if request.method == "HEAD":
        return Response(mimetype=MIMETYPE)
    if connection_of(request.environ) is not None and _is_there(live.doors):
        return HandedOver(live.doors, subscription)
    if not live.room.acquire(blocking=False):
        raise Unavailable("Too many live connections; ask again, or read the resource itself.", 5)
    answer = Response(stream_with_context(_own_lines(live, topic, subscription)), mimetype=MIMETYPE)
    answer.call_on_close(live.room.release)
    return answer


def _is_there(doors: Doors) -> bool:
    door = doors.knock()
    if door is not None:
        door.close()
    return door is not None


class HandedOver(Response):
    """An answer whose head is written here and whose connection the live process goes on with."""

    default_mimetype = MIMETYPE

    def __init__(self, doors: Doors, subscription: Subscription) -> None:
        super().__init__(iter(()))
        self._doors, self._subscription = doors, subscription

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass the connection on; where that fails now, end the stream at once: the client comes back."""
        connection, head = connection_of(environ), self._head(environ)
        if connection is not None and not self._is_passed_on(connection, head):
            end(connection, head + RETRY)
        # What is written from here on goes to a dead connection.
        return super().__call__(environ, start_response)

    def _is_passed_on(self, connection: socket.socket, head: bytes) -> bool:
        door = self._doors.knock()
        if door is None:
            return False
        with door:
            try:
                pass_on(door, connection, self._subscription.dumped(head))
            except OSError as error:
                log.warning("stream not handed over", error=type(error).__name__)
                return False
        return True

    def _head(self, environ: dict[str, Any]) -> bytes:
        # Without a length and without chunks the body goes on until the connection ends (RFC 9112, 6.3): every
        # stream of one thing gets the same bytes.
        headers = [*self.get_wsgi_headers(environ), ("Date", http_date()), ("Connection", "close")]
        rows = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in headers)]
        return "\r\n".join([*rows, "", ""]).encode("latin-1")


def _own_lines(live: Live, topic: Topic, subscription: Subscription) -> Iterator[bytes]:
    is_behind_server = connection_of(request.environ) is not None
    return lines(
        current_app.extensions["sayso.database"],
        topic,
        subscription,
        may_follow=_may_still_follow,
        # Where the live process is back, the client comes back to it.
        until=partial(_is_over, time.monotonic() + live.seconds, live.doors if is_behind_server else None),
    )


def _is_over(deadline: float, doors: Doors | None) -> bool:
    return time.monotonic() >= deadline or (doors is not None and _is_there(doors))


def _may_still_follow(follower: Follower) -> bool:
    try:
        follower.caller = still_calling()
    except Unauthenticated:
        return False
    return follower.may_follow()
