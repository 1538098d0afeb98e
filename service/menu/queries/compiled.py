"""A store's menu, compiled once per version and kept in this process."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from ...cache import BoundedCache
from ...stores.rules import StoreFacts
from ..rules import Menu
from .compiling import Sources, compile_menu
from .versions import version

_Key = tuple[UUID, int, str, str]
_menus: BoundedCache[_Key, Menu] = BoundedCache(500)
_READS = 5


def menu_of(session: Session, store: StoreFacts) -> Menu:
    """Return the store's menu as it stands: one cheap statement, and the compiling where its version is new here.

    Not for a transaction that changes the menu.
    """
    return menu_at(session, store, version(session, store_id=store.id))


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
