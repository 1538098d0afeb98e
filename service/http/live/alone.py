"""A stream that one thread writes by itself: where no live process listens, and to measure against."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from sqlalchemy.orm import Session

from ...db import Database
from .subscription import Subscription
from .tail import Tail
from .topics import Event, Follower, Place, Topic

POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
CHECK_SECONDS = 5.0
RETRY = b"retry: 2000\n\n"
HEARTBEAT = b": still here\n\n"


def lines(
    database: Database,
    topic: Topic,
    subscription: Subscription,
    *,
    may_follow: Callable[[Follower], bool],
    until: Callable[[], bool],
) -> Iterator[bytes]:
    """Write the stream, looking once a second in short transactions, until there is no more or `until` says so.

    `may_follow` is asked before each event goes out. No connection to the database is held while a reader is slow.
    """
    yield RETRY
    follower = Follower(topic, subscription.access, after=subscription.after)
    one = _One(topic, subscription)
    heartbeat_at = time.monotonic() + HEARTBEAT_SECONDS
    while True:
        with database.reading() as session:
            if not may_follow(follower) or not one.stands(session):
                return
            events = one.look(session)
        texts = follower.take(events)
        if texts:
            yield b"".join(texts)
        if follower.has_ended or subscription.ends or until():
            return
        if time.monotonic() >= heartbeat_at:
            yield HEARTBEAT
            heartbeat_at = time.monotonic() + HEARTBEAT_SECONDS
        time.sleep(POLL_SECONDS)


class _One:
    """What one follower is told, look by look."""

    def __init__(self, topic: Topic, subscription: Subscription) -> None:
        self._topic, self._subscription = topic, subscription
        self._tail = Tail()
        self._is_caught_up = False
        self._check_at = time.monotonic() + CHECK_SECONDS

    def stands(self, session: Session) -> bool:
        """Tell whether the grant that the stream rests on still stands."""
        grant_id = self._subscription.access.grant_id
        standing = self._topic.standing
        return grant_id is None or (standing is not None and grant_id in standing(session, [grant_id]))

    def look(self, session: Session) -> list[Event]:
        """Return what there is to be told since the last look."""
        key = self._subscription.key
        facts = self._tail.look(session)
        if not self._is_caught_up:
            self._is_caught_up = True
            self._tail.have_seen(facts)
            place = Place(key, self._subscription.after)
            return list(self._topic.catch_up(session, [place], self._tail.recent).get(place, ()))
        told = list(self._topic.news(session, facts, lambda followed: followed == key).get(key, ()))
        self._tail.have_seen(facts)
        if self._topic.check is not None and time.monotonic() >= self._check_at:
            self._check_at = time.monotonic() + CHECK_SECONDS
            told += self._topic.check(session, [key], self._tail.head).get(key, ())
        return told
