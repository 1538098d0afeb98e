"""A store's menu, compiled once per version and kept in this process."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...cache import BoundedCache
from ...errors import NotFound
from ...stores import queries as stores
from ...stores.rules import StoreFacts
from ..rules import Menu
from .compiling import Sources, compile_menu
from .versions import version, version_of

_Key = tuple[UUID, int, str, str]
_menus: BoundedCache[_Key, Menu] = BoundedCache(500)
_READS = 5
_STORE_ID: sa.BindParameter[UUID] = sa.bindparam("store_id", type_=sa.Uuid())
_VERSIONS = sa.select(stores.version_of(_STORE_ID), version_of(_STORE_ID))


def menu_of(session: Session, store: StoreFacts) -> Menu:
    """Return the store's menu as it stands: one cheap statement, and the compiling where its version is new here.

    Not for a transaction that changes the menu.
    """
    return menu_at(session, store, version(session, store_id=store.id))


def store_and_menu(session: Session, store_id: UUID) -> tuple[StoreFacts, Menu]:
    """Return a store and its menu as they stand, by one cheap statement. Raises NotFound."""
    store, version = store_and_version(session, store_id)
    return store, menu_at(session, store, version)


def store_and_version(session: Session, store_id: UUID) -> tuple[StoreFacts, int]:
    """Return a store and its menu's version as they stand. Raises NotFound."""
    store_version, menu_version = session.connection().execute(_VERSIONS, {"store_id": store_id}).one()
    if store_version is None:
        raise NotFound("store")
    return stores.store_facts_at(session, store_id, store_version), menu_version


def menu_at(session: Session, store: StoreFacts, version: int) -> Menu:
    """Return the menu of a version that the caller has just read; no statement where it is known.

    Where the menu changed meanwhile, it is the newer one.
    """
    menu = _menus.get(_key(store, version))
    return menu if menu is not None else _compile(session, store)


def _compile(session: Session, store: StoreFacts) -> Menu:
    """Read and compile the menu between two equal versions, so that a version always names the same menu."""
    before = version(session, store_id=store.id)
    for _ in range(_READS):
        sources = Sources.read(session, store_id=store.id, country=store.country)
        after = version(session, store_id=store.id)
        if before == after:
            break
        before = after
    else:
        # It changes faster than it is read: right for now, and not kept under a version it may not be.
        return compile_menu(sources, store_id=store.id, currency=store.currency, version=after)
    menu = compile_menu(sources, store_id=store.id, currency=store.currency, version=after)
    _menus.put(_key(store, after), menu)
    return menu


def _key(store: StoreFacts, version: int) -> _Key:
    return store.id, version, store.currency, store.country
