"""menu_of: what a store sells, compiled per version."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.http.edge import Edge
from service.menu import actions, queries
from service.menu.errors import SoldOut
from service.menu.models import MenuChange
from service.menu.rules import LineRequest, Menu, ModifierRequest, Price, ResolvedLine, resolve_line
from service.stores.queries import store_facts

from ..counting import counted
from ..factories import NOW, make_menu, make_store, small_chain_menu


def _menu(session: Session, store: Any) -> Menu:
    return queries.menu_of(session, store_facts(session, store.id))


def _resolve(menu: Menu, request: LineRequest, at: datetime = NOW) -> ResolvedLine:
    return resolve_line(menu, request, at=at, timezone="America/New_York", country="US")


def test_a_line_resolves_against_the_loaded_menu(session: Session) -> None:
    small, store = make_menu(session), make_store(session)

    line = _resolve(
        _menu(session, store),
        LineRequest(
            item_id=small.americano,
            size_id=small.grande,
            quantity=2,
            modifiers=(
                ModifierRequest(option_id=small.oat),
                ModifierRequest(option_id=small.vanilla, quantity=2),
                ModifierRequest(option_id=small.cream, modifiers=(ModifierRequest(option_id=small.cocoa),)),
                ModifierRequest(option_id=small.name_on_cup, text="Ada"),
            ),
        ),
    )

    assert (line.base_price_minor, line.unit_price_minor, line.total_minor) == (350, 590, 1180)
    assert line.contains == {"gluten", "milk"}
    assert line.may_contain == {"soy"}
    assert line.work == {"bar": 40 + 6 + 8}
    assert float(line.nutrition["sugars_g"]) == pytest.approx(1.9 + 10 + 3 + 0.5)


def test_the_example_of_the_pricing_page(session: Session) -> None:
    small, store = make_menu(session), make_store(session)
    choices = ((small.vanilla, 3), (small.hazelnut, 1), (small.oat, 1))

    line = _resolve(
        _menu(session, store),
        LineRequest(
            item_id=small.americano,
            quantity=2,
            modifiers=tuple(ModifierRequest(option_id=option, quantity=quantity) for option, quantity in choices),
        ),
    )

    assert {held.name: held.price_minor for held in line.modifiers} == {
        "Oat drink": 70,
        "Vanilla": 150,
        "Hazelnut": 0,
    }
    assert (line.unit_price_minor, line.total_minor) == (520, 1040)


def test_the_store_s_price_beats_the_market_s_and_that_beats_the_chain_s(session: Session) -> None:
    here, there, abroad = make_store(session), make_store(session), make_store(session, country="CA", currency="USD")
    chain = small_chain_menu()
    croissant = chain.items[1]
    prices = (
        Price(currency="USD", amount_minor=275),
        Price(currency="USD", amount_minor=300, country="US"),
        Price(currency="USD", amount_minor=325, store_id=here.id),
    )
    sizes = (replace(croissant.sizes[0], prices=prices),)
    chain = replace(chain, items=(chain.items[0], replace(croissant, sizes=sizes)))
    loaded = actions.load_menu(session, chain, now=NOW)
    session.commit()

    def sold_at(store: Any) -> int:
        return _menu(session, store).items[loaded.items["croissant"]].default_size.price_minor

    assert [sold_at(store) for store in (here, there, abroad)] == [325, 300, 275]


def test_what_has_no_price_in_the_store_s_currency_is_not_on_its_menu(session: Session) -> None:
    make_menu(session)
    tokyo = make_store(session, country="JP", currency="JPY", timezone="Asia/Tokyo")

    menu = _menu(session, tokyo)

    assert (menu.items, menu.categories) == ({}, ())


def test_the_menu_is_compiled_once_per_version(session: Session, app: Edge) -> None:
    make_menu(session)
    store = store_facts(session, make_store(session).id)
    first = queries.menu_of(session, store)

    with counted(app) as statements:
        again, trusted = queries.menu_of(session, store), queries.menu_at(session, store, first.version)

    assert again is first
    assert trusted is first
    assert len(statements) == 1


def test_the_version_is_the_newest_change_here_or_of_the_chain(session: Session) -> None:
    small = make_menu(session)
    here, there = make_store(session), make_store(session)
    before = queries.version(session, store_id=here.id)

    actions.mark_sold_out(session, store_id=here.id, kind="item", subject_id=small.croissant, until=None, now=NOW)
    session.commit()

    newest = session.execute(sa.select(sa.func.max(MenuChange.seq))).scalar_one()
    assert queries.version(session, store_id=here.id) == newest > before
    assert queries.version(session, store_id=there.id) == before
    with pytest.raises(SoldOut):
        _resolve(_menu(session, here), LineRequest(item_id=small.croissant))
    assert _resolve(_menu(session, there), LineRequest(item_id=small.croissant)).total_minor == 275


def test_the_version_can_be_embedded_in_another_statement(session: Session) -> None:
    make_menu(session)
    store = make_store(session)
    stores = sa.table("stores", sa.column("id", sa.Uuid()))

    rows = session.execute(sa.select(stores.c.id, queries.version_of(stores.c.id))).all()

    assert rows == [(store.id, queries.version(session, store_id=store.id))]


def test_a_menu_before_any_change_is_empty(session: Session) -> None:
    assert queries.version(session, store_id=uuid4()) == 0
