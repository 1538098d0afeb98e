"""What the benchmark sells and to whom: stores, a full menu, customers with tokens, the basket, the requests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.accounts.models import Person
from service.http.edge import Edge
from service.menu import actions as menu_actions
from service.menu.rules import Attachment, ChainCategory, ChainGroup, ChainItem, ChainMenu, ChainOption, ChainSize
from tests.factories import facts, make_customer, make_staff, make_store, price, sign_in_as

STORES = 40
CUSTOMERS = 200
_SYRUPS = ("vanilla", "caramel", "hazelnut", "cinnamon", "maple", "coconut")
_SIZES = (("small", 0), ("medium", 50), ("large", 95))


@dataclass(frozen=True, slots=True)
class Signed:
    """Someone with an access token."""

    person_id: UUID
    token: str


@dataclass(frozen=True, slots=True)
class Shop:
    """The ids that requests are made of. `queue_store` is one more store, where 50 orders wait to be made."""

    stores: list[UUID]
    queue_store: UUID
    customers: list[Signed]
    barista: Signed
    lines: list[dict[str, object]]

    def basket(self, store_id: UUID) -> dict[str, object]:
        """Return the body of a quote: 3 lines with 3 modifiers each."""
        return {"store_id": str(store_id), "lines": self.lines}


def open_shop(app: Edge, session: Session) -> Shop:
    """Fill an empty database: 41 stores with room for every order, 60 items, 200 customers, one barista."""
    makers = {"bar": 100, "oven": 100, "cold": 100}  # so that what is measured is placing, not waiting for a slot
    stores = [make_store(session, stations=makers, lead_minutes=15).id for _ in range(STORES + 1)]
    loaded = menu_actions.load_menu(session, _menu(), now=clock.now())
    session.commit()
    modifiers = [
        {"option_id": str(loaded.options["milk", "oat"])},
        {"option_id": str(loaded.options["syrup", "vanilla"]), "quantity": 2},
        {"option_id": str(loaded.options["topping", "cream"])},
    ]
    lines: list[dict[str, object]] = [
        {"item_id": str(loaded.items[f"drink-{number}"]), "quantity": 1, "modifiers": modifiers} for number in (1, 2, 3)
    ]
    return Shop(
        stores=stores[:-1],
        queue_store=stores[-1],
        customers=[_signed(app, make_customer(session)) for _ in range(CUSTOMERS)],
        barista=_signed(app, make_staff(session, stores[-1], "barista")),
        lines=lines,
    )


def _signed(app: Edge, person: Person) -> Signed:
    return Signed(person.id, sign_in_as(app, person)["Authorization"])


def _menu() -> ChainMenu:
    milk = ChainGroup(
        ref="milk",
        name="Milk",
        min=1,
        max=1,
        options=(
            ChainOption(key="whole", name="Whole milk", default_quantity=1, contains=frozenset({"milk"})),
            ChainOption(key="oat", name="Oat drink", prices=price(70), nutrition={"*": facts("25", sugars="1.9")}),
            ChainOption(key="soy", name="Soy drink", prices=price(60), contains=frozenset({"soy"})),
        ),
    )
    syrups = tuple(
        ChainOption(key=key, name=key.title(), prices=price(50), nutrition={"*": facts("20", "5")}, work={"bar": 3})
        for key in _SYRUPS
    )
    cream = ChainOption(key="cream", name="Whipped cream", prices=price(80), work={"bar": 8})
    groups = (
        milk,
        ChainGroup(ref="syrup", name="Syrup", max=4, free_quantity=1, options=syrups),
        ChainGroup(ref="topping", name="Topping", max=1, options=(cream,)),
    )
    categories = tuple(ChainCategory(key=f"part-{number}", name=f"Part {number}") for number in range(6))
    return ChainMenu(categories=categories, groups=groups, items=tuple(_drink(number) for number in range(60)))


def _drink(number: int) -> ChainItem:
    return ChainItem(
        sku=f"drink-{number}",
        name=f"Drink {number}",
        description="Espresso and hot milk under a fine foam",
        category=f"part-{number % 6}",
        sizes=tuple(
            ChainSize(
                key=key,
                name=key.title(),
                prices=price(350 + number + more),
                nutrition=facts("110", "9", "150"),
                is_default=key == "small",
            )
            for key, more in _SIZES
        ),
        groups=tuple(Attachment(ref=ref) for ref in ("milk", "syrup", "topping")),
        work={"bar": 40},
    )


def request(method: str, path: str, signed: Signed | None, body: object = None, **headers: str) -> bytes:
    """Return an HTTP/1.1 request as the app sends it."""
    content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", "User-Agent: sayso-app/1", "Accept: application/json"]
    if signed is not None:
        lines.append(f"Authorization: {signed.token}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content
