"""Loading the demo chain. Loading it again adds what is missing and leaves alone what people changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ..accounts import actions as accounts
from ..accounts import queries as account_queries
from ..loyalty import actions as loyalty
from ..loyalty import queries as loyalty_queries
from ..loyalty.schemas import read_programme
from ..menu import actions as menu
from ..notifications import actions as notifications
from ..notifications.push.inbox import Inbox
from ..pickup import actions as pickup
from ..pickup import queries as pickup_queries
from ..preferences import actions as preferences
from ..stores import actions as stores
from ..stores import queries as store_queries
from .chain import PEOPLE, REMEDIES, STORES, TOLD, TOLD_MOMENTS, DemoPerson, DemoStore
from .loyalty import PROGRAMME, WELCOME_STARS
from .menu import COUNTED_SKU, COUNTED_UNITS, MENU, SOLD_OUT_SKU, SOLD_OUT_STORE

BOARD = "The demo's board"
PUSH_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """How many stores, people and parts of the menu this added or changed."""

    stores: int
    people: int
    menu: int


def seed(
    session: Session, *, hash_password: Callable[[DemoPerson], str], inbox: Inbox | None = None, now: datetime
) -> Seeded:
    """Load the demo chain: its menu, its stores, its people and its loyalty programme; what is there already stays as
    it is.

    One of the customers is in the programme, and wants to be told of orders, by mail, and by push where there is an
    `inbox` for it.
    """
    loaded = menu.load_menu(session, MENU, now=now)
    known = store_queries.stores_by_number(session, numbers=[store.number for store in STORES])
    opened = {store.key: _open(session, store, loaded.items, now) for store in STORES if store.number not in known}
    store_ids = opened | {store.key: known[store.number] for store in STORES if store.number in known}
    joined = _people(session, store_ids, hash_password, now)
    if TOLD in joined:
        _say_what_is_told(session, joined[TOLD], inbox, now)
    if not loyalty_queries.versions(session):
        loyalty.publish_programme(session, document=read_programme(PROGRAMME), now=now)
    if TOLD in joined:
        _welcome(session, joined[TOLD], now)
    counts = loaded.counts()
    return Seeded(stores=len(opened), people=len(joined), menu=counts["created"] + counts["changed"])


def _welcome(session: Session, customer_id: UUID, now: datetime) -> None:
    """Let a customer be in the programme, with stars enough for a reward."""
    loyalty.join(session, customer_id=customer_id, now=now)
    loyalty.give_stars(
        session, customer_id=customer_id, stars=WELCOME_STARS, rule="welcome", reason="Welcome to the demo", now=now
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Screens:
    """The pages of the first store: its staff's queue and its customers' ready board."""

    store_name: str
    queue_path: str
    board_path: str


def open_screens(session: Session, *, now: datetime) -> Screens:
    """Make a new link to the first store's ready board, in place of the one made here before; return where it and the
    queue's screen are."""
    store = STORES[0]
    store_id = store_queries.stores_by_number(session, numbers=[store.number])[store.number]
    manager = next(person for person in PEOPLE if person.roles.get(store.key) == "manager")
    credentials = account_queries.credentials_at(session, email=manager.email)
    assert credentials is not None  # loaded with the store
    # It is made anew at every start, so it is among the newest.
    for link in pickup_queries.board_links(session, store_id=store_id, before_id=None, limit=100):
        if link["name"] == BOARD:
            pickup.revoke_board_link(session, store_id=store_id, link_id=link["id"], by=credentials.person_id, now=now)
    made = pickup.make_board_link(session, store_id=store_id, name=BOARD, by=credentials.person_id, now=now)
    return Screens(
        store_name=store.name,
        queue_path=f"/staff/stores/{store_id}/queue",
        board_path=f"/board/stores/{store_id}#{made.token}",
    )


def _open(session: Session, store: DemoStore, item_ids: Mapping[str, UUID], now: datetime) -> UUID:
    details = {name: value for name, value in _fields(store).items() if name != "key"}
    store_id = stores.open_store(session, **details, now=now).id
    stores.change_remedy_table(session, store_id=store_id, expected_version=1, steps=REMEDIES, now=now)
    menu.count_stock(session, store_id=store_id, item_id=item_ids[COUNTED_SKU], left=COUNTED_UNITS, now=now)
    if store.key == SOLD_OUT_STORE:
        gone = item_ids[SOLD_OUT_SKU]
        menu.mark_sold_out(session, store_id=store_id, kind="item", subject_id=gone, until=None, now=now)
    return store_id


def _fields(store: DemoStore) -> dict[str, Any]:
    return {field.name: getattr(store, field.name) for field in dataclasses.fields(store)}


def _people(
    session: Session, store_ids: Mapping[str, UUID], hash_password: Callable[[DemoPerson], str], now: datetime
) -> dict[str, UUID]:
    """Open the accounts that are missing, with their roles; return who they are by address."""
    ids: dict[str, UUID] = {}
    for person in PEOPLE:
        if account_queries.credentials_at(session, email=person.email) is None:
            ids[person.email] = accounts.open_account(
                session,
                email=person.email,
                password_hash=hash_password(person),
                name=person.name,
                language=person.language,
                now=now,
            )
            _give_roles(session, person, ids, store_ids, now)
    return ids


def _say_what_is_told(session: Session, customer_id: UUID, inbox: Inbox | None, now: datetime) -> None:
    """Let the customer say what the demo's pages show: /demo/mail and /demo/push."""
    value = {"moments": [{"moment": moment, "channels": ["push", "mail"]} for moment in TOLD_MOMENTS]}
    preferences.say(session, customer_id=customer_id, kind="notifications", value=value, expected_version=0, now=now)
    if inbox is None:
        return
    device = accounts.open_session(
        session, person_id=customer_id, device_name="The demo's push inbox", session_days=PUSH_DAYS, now=now
    )
    notifications.subscribe_to_push(
        session,
        customer_id=customer_id,
        session_id=device.id,
        endpoint=inbox.endpoint,
        public_key=inbox.public_key,
        auth_secret=inbox.auth_secret,
        is_own_endpoint=True,
        now=now,
    )


def _give_roles(
    session: Session, person: DemoPerson, ids: Mapping[str, UUID], store_ids: Mapping[str, UUID], now: datetime
) -> None:
    person_id = ids[person.email]
    if person.is_operator:
        accounts.make_operator(session, email=person.email)
    for key, role in person.roles.items():
        accounts.grant_role(
            session, store_id=store_ids[key], person_id=person_id, role=role, granted_by=person_id, now=now
        )
