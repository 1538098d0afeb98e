"""What the live process reads: one round for all streams together, in a thread of its own.

Rounds follow each other, never side by side. So what a newcomer is caught up with was read after everything that had
been told before, and what is told after was read later still: no lock and no queue is needed to keep the order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from ...db import Database, at_one_instant
from ...errors import Unauthenticated
from ...events import Recorded
from ..audiences import Callers
from .stream import Stream
from .tail import Tail
from .topics import Event, Place, Topic

log = structlog.get_logger()

Followed = tuple[str, UUID]
"""A topic's name and a key."""
_VERIFY_SECONDS = 15.0


@dataclass(slots=True)
class Round:
    """What is to be told now. `failed` could not be read: who follows it is cut off and comes back."""

    facts: int = 0
    news: dict[Followed, Sequence[Event]] = field(default_factory=dict)
    first: dict[Stream, Sequence[Event]] = field(default_factory=dict)
    checks: dict[Followed, Sequence[Event]] = field(default_factory=dict)
    failed: set[Followed] = field(default_factory=set)


class Reader:
    """Reads rounds from the database; `is_followed` tells whether anyone follows a thing."""

    def __init__(
        self,
        database: Database,
        topics: Mapping[str, Topic],
        callers: Callers,
        is_followed: Callable[[Followed], bool],
    ) -> None:
        self._database, self._topics, self._callers = database, topics, callers
        self._is_followed = is_followed
        self._tail = Tail()

    def read(self, newcomers: Sequence[Stream], checked: Collection[Followed]) -> Round:
        """Read what is new, then what the newcomers must be caught up with, then the checks.

        Raises SQLAlchemyError where the outbox can't be read; nothing is lost, the next round begins where this did.
        """
        admitted = [stream for stream in newcomers if stream.is_open]
        self.look_up(admitted)
        found = Round()
        with self._database.reading() as session:
            if checked:  # a check must count exactly what was told
                at_one_instant(session)
            facts = self._tail.look(session)
            for topic in self._topics.values():
                self._news(session, topic, facts, found)
            self._tail.have_seen(facts)
            for topic in self._topics.values():
                self._first(session, topic, [each for each in admitted if each.subscription.topic == topic.name], found)
                self._checks(session, topic, [key for name, key in checked if name == topic.name], found)
        found.facts = len(facts)
        return found

    def _news(self, session: Session, topic: Topic, facts: Sequence[Recorded], found: Round) -> None:
        concerned = {key for fact in facts if (key := topic.concerns(fact)) is not None}
        keys = {key for key in concerned if self._is_followed((topic.name, key))}
        with _or_cut_off(topic, keys, found):
            for key, told in topic.news(session, facts, keys.__contains__).items():
                found.news[topic.name, key] = told

    def _first(self, session: Session, topic: Topic, newcomers: Sequence[Stream], found: Round) -> None:
        places = {Place(stream.subscription.key, stream.subscription.after) for stream in newcomers}
        if not places:
            return
        with _or_cut_off(topic, {place.key for place in places}, found):
            told = topic.catch_up(session, places, self._tail.recent)
            for stream in newcomers:
                found.first[stream] = told.get(Place(stream.subscription.key, stream.subscription.after), ())

    def _checks(self, session: Session, topic: Topic, keys: Collection[UUID], found: Round) -> None:
        if topic.check is None or not keys:
            return
        with _or_cut_off(topic, keys, found):
            for key, told in topic.check(session, keys, self._tail.head).items():
                found.checks[topic.name, key] = told

    def look_up(self, streams: Iterable[Stream]) -> None:
        """Look up who the followers are now: a session that ended, or a token that no longer passes, is nobody's."""
        streams = list(streams)
        for stream in streams:
            self._verify(stream)
        session_ids = {stream.session_id for stream in streams if stream.session_id is not None}
        callers = self._callers.callers(session_ids)
        for stream in streams:
            # One assignment: the loop reads it meanwhile.
            stream.follower.caller = callers.get(stream.session_id) if stream.session_id else None

    def _verify(self, stream: Stream) -> None:
        token, now = stream.subscription.token, time.monotonic()
        if not token or (stream.session_id is not None and now - stream.verified_at < _VERIFY_SECONDS):
            return
        stream.verified_at = now
        try:
            claims = self._callers.claims(token)
        except Unauthenticated:
            stream.session_id = None
            return
        stream.session_id = UUID(claims["sid"])
        stream.ends_at = min(stream.ends_at, now + claims["exp"] - time.time())

    def standing(self, streams: Iterable[Stream]) -> set[Stream]:
        """Return those of the streams that may go on: their follower may, or the grant they rest on still stands."""
        going_on = set()
        by_topic: dict[str, dict[UUID, list[Stream]]] = {}
        for stream in streams:
            grant_id = stream.follower.access.grant_id
            if not stream.follower.may_follow():
                continue
            if grant_id is not None:
                by_topic.setdefault(stream.subscription.topic, {}).setdefault(grant_id, []).append(stream)
            else:
                going_on.add(stream)
        for name, by_grant in by_topic.items():
            standing = self._topics[name].standing
            if standing is not None:
                with self._database.reading() as session:
                    for grant_id in standing(session, list(by_grant)):
                        going_on.update(by_grant.get(grant_id, ()))
        return going_on


@contextmanager
def _or_cut_off(topic: Topic, keys: Iterable[UUID], found: Round) -> Iterator[None]:
    """Let one topic's failure be its own: whoever follows these of its things is cut off, and comes back."""
    try:
        yield
    except Exception:
        log.exception("a topic could not be read", topic=topic.name)
        found.failed.update((topic.name, key) for key in keys)
