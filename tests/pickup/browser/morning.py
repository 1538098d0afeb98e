"""A believable morning at the counter: what pages are judged by, by people and by axe."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from service import clock
from service.orders.models import Order
from tests.factories import make_menu

from .screen import Screen


def age(screen: Screen, order: dict[str, Any], minutes: float) -> None:
    """Let the order have been fired so long ago, and promised with it."""
    at = clock.now() - timedelta(minutes=minutes)
    due = at + timedelta(minutes=8)
    screen.shop.session.execute(
        sa.update(Order)
        .where(Order.id == UUID(order["id"]))
        .values(
            making={"work": {}, "longest": {}, "station_starts": {}},
            fired_at=at,
            fire_at=at,
            window_starts_at=due,
            window_ends_at=due + timedelta(minutes=5),
        )
    )
    screen.shop.session.commit()


def morning(screen: Screen) -> None:
    """Fill the queue with a believable morning."""
    shop, menu = screen.shop, make_menu(screen.shop.session)
    americano = {
        "item_id": str(menu.americano),
        "size_id": str(menu.grande),
        "modifiers": [
            {"option_id": str(menu.oat)},
            {"option_id": str(menu.vanilla), "quantity": 2},
            {"option_id": str(menu.cream), "modifiers": [{"option_id": str(menu.cocoa)}]},
            {"option_id": str(menu.name_on_cup), "text": "Zoë"},
        ],
        "note": "extra hot, please",
    }
    croissant = {"item_id": str(menu.croissant), "quantity": 2}
    late = screen.fired(americano, croissant, pickup={"alias": "Zoë"})
    hurry = screen.fired(shop.line(quantity=2), pickup={"method": "curbside"})
    calm = [
        screen.fired(americano, shop.line(shop.croissant), pickup={"alias": "Captain Nemo"}),
        screen.fired(shop.line(quantity=3, note="one lid less"), pickup={"alias": "Søren"}),
        screen.fired(croissant, shop.line()),
        screen.fired(shop.line(), pickup={"method": "shelf", "alias": "Maximiliana Theodora"}),
    ]
    ready = [screen.fired(shop.line(), pickup={"alias": alias}) for alias in ("Ada", "Grace", None, "Katherine")]
    for minutes, order in zip((14, 5.5, 3, 2, 1, 0.5), (late, hurry, *calm), strict=True):
        age(screen, order, minutes)
    for order in ready:
        screen.counter.bump(order["id"])
    void = screen.fired(shop.line())
    shop.move(void["id"], "rejected", reason="Oat drink ran out")
    screen.counter.bump(calm[2]["id"], position=1)
    shop.client.put(f"{screen.counter.path}/queue/{calm[1]['id']}/rush", headers=shop.barista)
