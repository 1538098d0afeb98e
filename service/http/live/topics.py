"""What can be followed, and what a follower is told. Knows no socket and no request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from ...events import Recorded
from ..audiences import Caller
from .tail import Recent


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event as it goes over the wire, made once for all who follow. `owner_text` is what the owner of what is
    followed is told in its place, where that is more.

    `seq` is its place in the outbox (0: it has none). `resets` says that `seq` is where the follower stands now,
    whatever it had. `ends` says that nothing more will happen. `store_id` is the store that what is followed belongs
    to from here on: its staff may follow, those of another no more.
    """

    text: bytes
    owner_text: bytes | None = None
    seq: int = 0
    resets: bool = False
    ends: bool = False
    store_id: UUID | None = None


def event(name: str, data: Any, *, seq: int = 0, to_owner: Mapping[str, Any] | None = None, **more: Any) -> Event:
    """Return the event of this name with JSON data, of which only the owner is told the members `to_owner`; one with a
    sequence can be replayed from there."""
    owner_text = _text(name, {**data, **to_owner}, seq) if to_owner else None
    return Event(text=_text(name, data, seq), owner_text=owner_text, seq=seq, **more)


def _text(name: str, data: Any, seq: int) -> bytes:
    number = f"id: {seq}\n" if seq else ""
    return f"{number}event: {name}\ndata: ".encode() + orjson.dumps(data, option=orjson.OPT_UTC_Z) + b"\n\n"


def resync(seq: int, *, ends: bool = False) -> Event:
    """Return the event that says: some were missed and are not kept, read the resource again. The follower stands at
    `seq` from here on."""
    return Event(text=b"event: resync\ndata: {}\n\n", seq=seq, resets=True, ends=ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may go on following: the owner, staff of the store in one of the roles, or whoever holds the grant.

    A grant is a link that can be revoked, or one person's leave to act for another (`holder_id`); the topic tells
    whether it still stands.
    """

    owner_id: UUID | None = None
    store_id: UUID | None = None
    roles: tuple[str, ...] = ()
    grant_id: UUID | None = None
    holder_id: UUID | None = None

    def is_owner(self, caller: Caller | None) -> bool:
        """Tell whether what is followed is the caller's own."""
        return caller is not None and self.owner_id is not None and self.owner_id == caller.person_id

    def allows(self, caller: Caller | None) -> bool:
        """Tell whether the caller may; a grant is not the caller's, and is looked at elsewhere."""
        if self.grant_id is not None:
            return self.holder_id is None or (caller is not None and caller.person_id == self.holder_id)
        if caller is None:
            return False
        if self.is_owner(caller):
            return True
        return self.store_id is not None and caller.is_staff_at(self.store_id, self.roles)


class Place(NamedTuple):
    """Where a follower of `key` stands: after the event `after`, None where it has seen nothing."""

    key: UUID
    after: int | None


EventsByKey = Mapping[UUID, Sequence[Event]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A kind of thing that can be followed; each of its things is named by a key.

    `concerns` names the thing that a fact is about (None: none of this kind). `tell` makes the events of new facts, for
    all things at once. `catch_up` makes what each new follower is told first. `check`, where there is one, is told to
    every follower each CHECK_SECONDS; it gets the sequence up to which everything was told. `standing`, where there
    is one, returns those of the grants that still stand.

    `in_order` says that the facts about one thing never appear out of their order, so that a follower needs none
    that is not above what it has seen. `is_whole` says that each event tells all there is to tell, so that a follower
    needs none that says what its last one did.
    """

    name: str
    concerns: Callable[[Recorded], UUID | None]
    tell: Callable[[Session, Mapping[UUID, Sequence[Recorded]]], EventsByKey]
    catch_up: Callable[[Session, Collection[Place], Recent], Mapping[Place, Sequence[Event]]]
    check: Callable[[Session, Collection[UUID], int], EventsByKey] | None = None
    standing: Callable[[Session, Collection[UUID]], Collection[UUID]] | None = None
    in_order: bool = False
    is_whole: bool = False

    def news(self, session: Session, facts: Iterable[Recorded], is_followed: Callable[[UUID], bool]) -> EventsByKey:
        """Return the events of the facts, by key, for the keys that someone follows."""
        concerned: dict[UUID, list[Recorded]] = {}
        for fact in facts:
            key = self.concerns(fact)
            if key is not None and is_followed(key):
                concerned.setdefault(key, []).append(fact)
        return self.tell(session, concerned) if concerned else {}


class Follower:
    """One stream's place: what it has been told and what it may still be told."""

    __slots__ = ("_told", "access", "caller", "has_ended", "in_order", "is_whole", "seq")

    def __init__(self, topic: Topic, access: Access, *, after: int | None) -> None:
        self.in_order, self.is_whole, self.access = topic.in_order, topic.is_whole, access
        self._told = b""
        self.seq = after or 0
        self.caller: Caller | None = None
        self.has_ended = False

    def may_follow(self) -> bool:
        """Tell whether the caller, as last looked up, may follow."""
        return self.access.allows(self.caller)

    def take(self, events: Iterable[Event]) -> list[bytes]:
        """Return what of the events this follower is to be told, and move its place."""
        texts = []
        for each in events:
            if self.has_ended or self._has_seen(each):
                continue
            if each.store_id is not None and each.store_id != self.access.store_id:
                self.access = replace(self.access, store_id=each.store_id)
                if not self.may_follow():
                    self.has_ended = True
                    break
            texts.append(each.owner_text if each.owner_text and self.access.is_owner(self.caller) else each.text)
            self._told = each.text if self.is_whole else b""
            self.seq = each.seq if each.resets else max(self.seq, each.seq)
            self.has_ended = each.ends
        return texts

    def _has_seen(self, each: Event) -> bool:
        if self.is_whole and each.text == self._told:
            return True
        return self.in_order and not each.resets and 0 < each.seq <= self.seq
