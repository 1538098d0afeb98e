"""The menu's document as bytes: built once per version, order and stretch of time, then only handed out."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from ...cache import BoundedCache
from ...stores.rules import StoreFacts
from ..rules import menu_document
from .compiled import menu_at, store_and_version

TRUSTED_FOR = timedelta(seconds=0.5)
"""How long a process serves a version that it read; a sell-out shows everywhere within a second."""


@dataclass(frozen=True, slots=True)
class BuiltMenu:
    """The document's bytes, plain and gzipped, true from `since` until `until` (None: until the next version)."""

    etag: str
    body: bytes
    zipped: bytes
    since: datetime
    until: datetime | None

    def holds_at(self, at: datetime) -> bool:
        """Tell whether the document is true at the instant."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class _Served:
    """What this process knew of a store, and when it read that."""

    read_at: datetime
    store: StoreFacts
    version: int


_Key = tuple[UUID, int, int, str]
_served: BoundedCache[UUID, _Served] = BoundedCache(5_000)
_built: BoundedCache[_Key, tuple[BuiltMenu, ...]] = BoundedCache(1_000)
_STRETCHES = 8


def served_menu(session: Session, *, store_id: UUID, sort: str, at: datetime, now: datetime) -> BuiltMenu:
    """Return the store's menu at the instant as bytes; no statement where the version was read half a second ago.

    Raises NotFound.
    """
    served = _current(session, store_id, now)
    key = (store_id, served.store.version, served.version, sort)
    built = _built.get(key) or ()
    for stretch in built:
        if stretch.holds_at(at):
            return stretch
    made = _build(session, served, sort, at)
    _built.put(key, (*built, made)[-_STRETCHES:])
    return made


def forget(store_id: UUID) -> None:
    """Read the store's versions again at the next request here: this process has just changed one."""
    _served.drop(store_id)


def _current(session: Session, store_id: UUID, now: datetime) -> _Served:
    served = _served.get(store_id)
    if served is not None and timedelta(0) <= now - served.read_at < TRUSTED_FOR:
        return served
    store, menu_version = store_and_version(session, store_id)
    served = _Served(now, store, menu_version)
    _served.put(store_id, served)
    return served


def _build(session: Session, served: _Served, sort: str, at: datetime) -> BuiltMenu:
    store = served.store
    menu = menu_at(session, store, served.version)
    document = menu_document(menu, sort=sort, at=at, timezone=store.timezone, country=store.country)
    body = orjson.dumps(document, option=orjson.OPT_UTC_Z)
    digest = hashlib.blake2b(body, digest_size=12).hexdigest()
    return BuiltMenu(digest, body, gzip.compress(body, 6, mtime=0), at, document["valid_until"])
