"""Arrangers: plain functions that write through the real models and actions, commit, and return what they made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.accounts import actions, tokens
from service.accounts.models import Grant, Passkey, Person, StaffMembership
from service.accounts.passwords import Passwords
from service.db import new_id
from service.http.edge import Edge
from service.menu import actions as menu_actions
from service.menu.rules import (
    Attachment,
    ChainCategory,
    ChainGroup,
    ChainItem,
    ChainMenu,
    ChainOption,
    ChainSize,
    Price,
)
from service.stores import actions as store_actions
from service.stores.models import Store

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
_numbers = count(1)


def make_guest(session: Session) -> Person:
    """Make someone who has not said who they are."""
    guest = actions.start_guest(session, now=clock.now())
    session.commit()
    return guest


def make_customer(session: Session, *, password: str | None = None, **details: Any) -> Person:
    """Make a customer with an account; `details` are columns of theirs."""
    if password is not None:
        details["password_hash"] = Passwords(64).hash_new(password, about=())
    customer_id = details.setdefault("id", new_id())
    details.setdefault("email", f"person-{customer_id.hex}@example.com")
    customer = Person(is_guest=False, created_at=clock.now(), **details)
    session.add(customer)
    session.commit()
    return customer


def make_operator(session: Session, **details: Any) -> Person:
    """Make someone who acts chain-wide."""
    return make_customer(session, is_operator=True, **details)


def make_staff(session: Session, store_id: UUID, role: str = "barista", **details: Any) -> Person:
    """Make someone who works at the store."""
    person = make_customer(session, **details)
    session.add(StaffMembership(person_id=person.id, store_id=store_id, role=role, granted_at=clock.now()))
    session.commit()
    return person


def make_passkey(session: Session, person: Person, **details: Any) -> Passkey:
    """Make a passkey that no authenticator has; `details` are columns of it."""
    values = {
        "credential_id": new_id().bytes,
        "public_key": b"no key",
        "sign_count": 0,
        "is_syncable": True,
        "is_synced": True,
        "transports": ["internal"],
        "name": "Phone",
        "created_at": clock.now(),
    }
    passkey = Passkey(id=new_id(), person_id=person.id, **(values | details))
    session.add(passkey)
    session.commit()
    return passkey


def make_grant(session: Session, giver: Person, receiver: Person, *scopes: str, **changes: Any) -> Grant:
    """Let the receiver order for up to 20.00 USD a day, and pick up; with `scopes` only that."""
    now = clock.now()
    allowed = scopes or ("place_orders", "pick_up_orders")
    limit = {"limit_minor": 2_000, "currency": "USD", "timezone": "America/New_York"}
    values: dict[str, Any] = {
        "giver_id": giver.id,
        "receiver_id": receiver.id,
        "offered_to": receiver.email,
        "token_hash": new_id().hex,
        "may_place_orders": "place_orders" in allowed,
        "may_pick_up_orders": "pick_up_orders" in allowed,
        "offered_at": now - timedelta(hours=2),
        "offer_ends_at": now - timedelta(hours=1),
        "expires_at": now + timedelta(days=30),
        "accepted_at": now - timedelta(hours=1),
        **(limit if "place_orders" in allowed else {}),
    }
    grant = Grant(**(values | changes))
    session.add(grant)
    session.commit()
    return grant


def sign_in_as(app: Edge, person: Person) -> dict[str, str]:
    """Open a session of the person's and return the headers of its requests."""
    now = clock.now()
    with app.app_context(), app.database.writing() as session:
        opened = actions.open_session(
            session,
            person_id=person.id,
            device_name=None,
            session_days=app.extensions["sayso.settings"].session_days,
            now=now,
        )
        token = tokens.access_token(
            app.extensions["sayso.keys"], session, person_id=person.id, session_id=opened.id, now=now
        )
        session.commit()
    return {"Authorization": f"Bearer {token}"}


def make_store(session: Session, **changes: Any) -> Store:
    """A store in New York, always open, ready at once, with makers at every station and 8.25 % tax."""
    number = next(_numbers)
    values = {
        "number": f"T-{number:05}",
        "name": f"Corner {number:05}",
        "street": "1 Test Street",
        "city": "New York",
        "state": "NY",
        "country": "US",
        "postcode": "10001",
        "currency": "USD",
        "timezone": "America/New_York",
        "latitude": 40.7484,
        "longitude": -73.9857,
        "hours": "24/7",
        "pickup_methods": ("counter", "curbside", "shelf"),
        "stations": {"bar": 2, "oven": 1, "cold": 1},
        "tax_rates": {"standard": 825},
        "walk_in_percent": 0,  # so that what a slot holds is easily reckoned
        "now": NOW,
    }
    store = store_actions.open_store(session, **(values | changes))
    session.commit()
    return store


@dataclass(frozen=True)
class SmallMenu:
    """The ids of `make_menu`: an Americano with milk, syrups, a topping with a nested group and a name on the cup;
    a croissant that is warmed in the oven. Prices in USD and EUR."""

    americano: UUID
    tall: UUID  # 3.00, the default size
    grande: UUID  # 3.50
    milk: UUID  # group: at most one; substitution
    no_milk: UUID  # its default, 0.00
    whole: UUID  # 0.40
    oat: UUID  # 0.70 tall, 0.90 grande
    syrup: UUID  # group: at most 4, 3 of each, 1 free
    vanilla: UUID  # 0.50
    hazelnut: UUID  # 0.60; contains nuts
    topping: UUID  # group: at most one
    cream: UUID  # 0.80; contains milk
    dust: UUID  # group under cream
    cocoa: UUID  # 0.20
    cup: UUID  # group
    name_on_cup: UUID  # text of up to 20 characters
    croissant: UUID
    croissant_size: UUID  # 2.75
    category: UUID


def make_menu(session: Session, **changes: Any) -> SmallMenu:
    """Load a small chain menu; `changes` replace members of the Americano's ChainItem."""
    loaded = menu_actions.load_menu(session, small_chain_menu(**changes), now=NOW)
    session.commit()
    options, groups = loaded.options, loaded.groups
    return SmallMenu(
        americano=loaded.items["americano"],
        tall=loaded.sizes["americano", "tall"],
        grande=loaded.sizes["americano", "grande"],
        milk=groups["milk"],
        no_milk=options["milk", "none"],
        whole=options["milk", "whole"],
        oat=options["milk", "oat"],
        syrup=groups["syrup"],
        vanilla=options["syrup", "vanilla"],
        hazelnut=options["syrup", "hazelnut"],
        topping=groups["topping"],
        cream=options["topping", "cream"],
        dust=groups["dust"],
        cocoa=options["dust", "cocoa"],
        cup=groups["cup"],
        name_on_cup=options["cup", "name"],
        croissant=loaded.items["croissant"],
        croissant_size=loaded.sizes["croissant", "one"],
        category=loaded.categories["coffee"],
    )


def price(amount_minor: int, **members: Any) -> tuple[Price, ...]:
    """The same amount in USD and in EUR, for the whole chain."""
    return tuple(Price(currency=currency, amount_minor=amount_minor, **members) for currency in ("USD", "EUR"))


def facts(energy: str, sugars: str = "0", caffeine: str = "0") -> dict[str, Decimal]:
    """Nutrition of one piece."""
    return {"energy_kcal": Decimal(energy), "sugars_g": Decimal(sugars), "caffeine_mg": Decimal(caffeine)}


def small_chain_menu(**changes: Any) -> ChainMenu:
    """The document that `make_menu` loads."""
    americano = ChainItem(
        sku="americano",
        name="Americano",
        description="Espresso and hot water",
        category="coffee",
        sizes=(
            ChainSize(
                key="tall",
                name="Tall",
                prices=price(300),
                is_default=True,
                nutrition=facts("10", caffeine="150"),
            ),
            ChainSize(key="grande", name="Grande", prices=price(350), nutrition=facts("15", caffeine="225")),
        ),
        groups=tuple(Attachment(ref=ref) for ref in ("milk", "syrup", "topping", "cup")),
        diets=frozenset({"vegan"}),
        work={"bar": 40},
    )
    croissant = ChainItem(
        sku="croissant",
        name="Croissant",
        category="bakery",
        sizes=(ChainSize(key="one", name="One", prices=price(275), nutrition=facts("260", sugars="6.5")),),
        contains=frozenset({"gluten", "milk", "eggs"}),
        may_contain=frozenset({"nuts"}),
        work={"oven": 60},
        batch_size=4,
    )
    return ChainMenu(
        categories=(ChainCategory(key="coffee", name="Coffee"), ChainCategory(key="bakery", name="Bakery")),
        groups=_small_groups(),
        items=(replace(americano, **changes), croissant),
    )


def _small_groups() -> tuple[ChainGroup, ...]:
    none = ChainOption(
        key="none", name="No milk", price_rule="substitution", default_quantity=1, nutrition={"*": facts("0")}
    )
    whole = ChainOption(
        key="whole",
        name="Whole milk",
        price_rule="substitution",
        prices=price(40),
        nutrition={"*": facts("30", sugars="2.3")},
        contains=frozenset({"milk"}),
    )
    oat = ChainOption(
        key="oat",
        name="Oat drink",
        price_rule="substitution",
        prices=(*price(70, size="tall"), *price(90, size="grande")),
        nutrition={"*": facts("25", sugars="1.9")},
        contains=frozenset({"gluten"}),
        may_contain=frozenset({"soy"}),
    )
    vanilla = ChainOption(
        key="vanilla", name="Vanilla", prices=price(50), nutrition={"*": facts("20", sugars="5")}, work={"bar": 3}
    )
    hazelnut = replace(vanilla, key="hazelnut", name="Hazelnut", prices=price(60), contains=frozenset({"nuts"}))
    cocoa = ChainOption(key="cocoa", name="Cocoa", prices=price(20), nutrition={"*": facts("5", sugars="0.5")})
    cream = ChainOption(
        key="cream",
        name="Whipped cream",
        prices=price(80),
        nutrition={"*": facts("70", sugars="3")},
        contains=frozenset({"milk"}),
        work={"bar": 8},
        groups=(Attachment(ref="dust"),),
    )
    name = ChainOption(key="name", name="Name on the cup", kind="text", max_length=20)
    return (
        ChainGroup(ref="milk", name="Milk", max=1, options=(none, whole, oat)),
        ChainGroup(ref="syrup", name="Syrup", max=4, max_per_option=3, free_quantity=1, options=(vanilla, hazelnut)),
        ChainGroup(ref="topping", name="Topping", max=1, options=(cream,)),
        ChainGroup(ref="dust", name="On top", max=2, options=(cocoa,)),
        ChainGroup(ref="cup", name="Cup", options=(name,)),
    )
