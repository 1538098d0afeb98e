"""Stars for what is sold at a counter to who shows a card there."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from ..loyalty import actions as loyalty
from ..loyalty.rules.earning import Basket
from ..menu import queries as menu
from ..orders import queries as orders
from ..orders.actions.facts import WalkInEnded
from ..orders.rules.states import State
from ..orders.rules.tenders import AT_PICKUP
from ..stores import queries as stores
from .stars import basket_lines


def earn_at_counter(session: Session, fact: WalkInEnded) -> None:
    """Give the stars of a walk-in as it is handed over; take them back where it was brought back and cancelled."""
    if fact.state == State.PICKED_UP:
        loyalty.earn_by_card(session, sale_id=fact.subject_id, now=fact.happened_at)
    else:
        loyalty.take_back_by_card(session, sale_id=fact.subject_id, now=fact.happened_at)


def find_sale(session: Session, sale_id: UUID) -> Basket | None:
    """Return what a walk-in was sold, as far as it earns; None before it is handed over."""
    sold = orders.sold_at_counter(session, walk_in_id=sale_id)
    if sold is None:
        return None
    store = stores.store_facts(session, sold.store_id)
    categories = menu.categories_of(session, {line.item_id for line in sold.lines})
    return Basket(
        currency=store.currency,
        tender=AT_PICKUP,
        at=sold.registered_at,
        timezone=store.timezone,
        country=store.country,
        lines=basket_lines(sold.lines, categories),
    )
