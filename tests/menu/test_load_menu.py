"""load_menu: upserts by key, removals, faults by path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from service.menu import actions, queries
from service.menu.errors import InvalidMenu
from service.menu.models import MenuChange
from service.menu.rules import (
    Attachment,
    ChainCategory,
    ChainGroup,
    ChainItem,
    ChainMenu,
    ChainOption,
    ChainSize,
    Menu,
    Price,
    faults,
)
from service.stores.queries import store_facts

from ..factories import NOW, make_store, price, small_chain_menu


def _menu(session: Session) -> Menu:
    return queries.menu_of(session, store_facts(session, make_store(session).id))


def test_loading_again_changes_nothing(session: Session) -> None:
    first = actions.load_menu(session, small_chain_menu(), now=NOW)
    session.commit()
    version = session.execute(sa.select(sa.func.max(MenuChange.seq))).scalar()

    second = actions.load_menu(session, small_chain_menu(), now=NOW)

    assert first.counts() == {"created": 20, "changed": 0, "unchanged": 0, "removed": 0}
    assert second.counts() == {"created": 0, "changed": 0, "unchanged": 20, "removed": 0}
    assert second.items == first.items
    assert session.execute(sa.select(sa.func.max(MenuChange.seq))).scalar() == version


def test_an_item_keeps_its_id_through_every_change(session: Session) -> None:
    first = actions.load_menu(session, small_chain_menu(), now=NOW)
    second = actions.load_menu(session, small_chain_menu(name="Long black"), now=NOW)
    session.commit()

    assert second.items == first.items
    assert second.counts()["changed"] == 1
    assert _menu(session).items[first.items["americano"]].name == "Long black"


def test_a_size_that_the_document_drops_leaves_the_menu_and_comes_back_as_itself(session: Session) -> None:
    chain = small_chain_menu()
    tall = chain.items[0].sizes[:1]
    first = actions.load_menu(session, chain, now=NOW)
    actions.load_menu(session, small_chain_menu(sizes=tall), now=NOW)
    session.commit()
    item_id = first.items["americano"]
    assert [size.key for size in _menu(session).items[item_id].sizes] == ["tall"]

    again = actions.load_menu(session, chain, now=NOW)
    session.commit()

    assert again.sizes == first.sizes
    assert [size.key for size in _menu(session).items[item_id].sizes] == ["tall", "grande"]


def test_what_a_document_does_not_name_stays_unless_told(session: Session) -> None:
    chain = small_chain_menu()
    loaded = actions.load_menu(session, chain, now=NOW)
    part = replace(chain, items=chain.items[:1])

    actions.load_menu(session, part, now=NOW)
    session.commit()
    assert loaded.items["croissant"] in _menu(session).items

    report = actions.load_menu(session, part, now=NOW, remove_missing=True)
    session.commit()
    assert report.removed == [loaded.items["croissant"]]
    assert loaded.items["croissant"] not in _menu(session).items


def test_an_attachment_overrides_its_group_and_null_inherits(session: Session) -> None:
    groups = (Attachment(ref="syrup", min=1, free_quantity=0), Attachment(ref="milk"))
    loaded = actions.load_menu(session, small_chain_menu(groups=groups), now=NOW)
    session.commit()

    syrup, milk = _menu(session).items[loaded.items["americano"]].groups

    assert (syrup.min, syrup.max, syrup.max_per_option, syrup.free_quantity) == (1, 4, 3, 0)
    assert (milk.min, milk.max) == (0, 1)


def test_an_option_priced_only_elsewhere_is_not_offered_here(session: Session) -> None:
    chain = small_chain_menu()
    yen = ChainOption(key="mint", name="Mint", prices=(Price(currency="JPY", amount_minor=60),))
    free = ChainOption(key="ice", name="Ice")
    syrup = replace(chain.groups[1], options=(*chain.groups[1].options, yen, free))
    loaded = actions.load_menu(session, replace(chain, groups=(chain.groups[0], syrup, *chain.groups[2:])), now=NOW)
    session.commit()

    offered = _menu(session).items[loaded.items["americano"]].groups[1].options

    assert [option.key for option in offered] == ["vanilla", "hazelnut", "ice"]


def _nested(depth: int, close: bool = False) -> ChainMenu:
    """Groups g1 … gN, each under the option of the one before; closed to a ring where asked."""
    groups = []
    for level in range(1, depth + 1):
        below = level + 1 if level < depth else 1
        attached = (Attachment(ref=f"g{below}"),) if level < depth or close else ()
        option = ChainOption(key="more", name="More", groups=attached)
        groups.append(ChainGroup(ref=f"g{level}", name=f"Group {level}", options=(option,)))
    item = ChainItem(
        sku="deep",
        name="Deep",
        category="all",
        sizes=(ChainSize(key="one", name="One", prices=price(100)),),
        groups=(Attachment(ref="g1"),),
    )
    return ChainMenu(categories=(ChainCategory(key="all", name="All"),), groups=tuple(groups), items=(item,))


def test_groups_nest_to_depth_eight_and_not_to_nine(session: Session) -> None:
    loaded = actions.load_menu(session, _nested(8), now=NOW)
    session.commit()
    depth, groups = 0, _menu(session).items[loaded.items["deep"]].groups
    while groups:
        depth, groups = depth + 1, groups[0].options[0].groups

    assert depth == 8
    with pytest.raises(InvalidMenu) as refused:
        actions.load_menu(session, _nested(9), now=NOW)
    assert refused.value.errors == {"groups.0": ["Groups nest to depth 8; below 'g1' they go deeper."]}


@pytest.mark.parametrize("length", [1, 2, 8])
def test_a_ring_of_groups_is_refused_by_name(session: Session, length: int) -> None:
    with pytest.raises(InvalidMenu) as refused:
        actions.load_menu(session, _nested(length, close=True), now=NOW)

    assert refused.value.errors["groups.0"] == ["The group 'g1' is nested in itself."]


def _item(**changes: Any) -> Callable[[ChainMenu], ChainMenu]:
    return lambda chain: replace(chain, items=(replace(chain.items[0], **changes), *chain.items[1:]))


def _group(place: int, **changes: Any) -> Callable[[ChainMenu], ChainMenu]:
    return lambda chain: replace(
        chain,
        groups=tuple(replace(group, **changes) if at == place else group for at, group in enumerate(chain.groups)),
    )


def _category(**members: Any) -> Callable[[ChainMenu], ChainMenu]:
    return lambda chain: replace(chain, categories=(*chain.categories, ChainCategory(key="x", name="X", **members)))


_DEFAULT = ChainOption(key="a", name="A", price_rule="substitution", default_quantity=1)
_ONE = ChainSize(key="one", name="One", prices=price(1))
_FAULTS: list[tuple[Callable[[ChainMenu], ChainMenu], str]] = [
    (_item(sku="croissant"), "items.0.sku"),
    (_item(category="tea"), "items.0.category"),
    (_item(sizes=()), "items.0.sizes"),
    (_item(sizes=(_ONE, _ONE), groups=()), "items.0.sizes.0.key"),
    (_item(sizes=(replace(_ONE, is_default=True), replace(_ONE, key="b", is_default=True))), "items.0.sizes"),
    (_item(groups=(Attachment(ref="nothing"),)), "items.0.groups.0.ref"),
    (_item(groups=(Attachment(ref="milk", max=0),)), "items.0.groups.0.max"),
    (_item(contains=frozenset({"mlik"})), "items.0.contains"),
    (_item(available_hours="whenever"), "items.0.available_hours"),
    (_item(batch_size=0), "items.0.batch_size"),
    (_item(work={"bar": -1}), "items.0.work.bar"),
    (_item(sizes=(replace(_ONE, nutrition={"sugar": Decimal(1)}),)), "items.0.sizes.0.nutrition.sugar"),
    (_item(sizes=(replace(_ONE, nutrition={"sugars_g": Decimal("NaN")}),)), "items.0.sizes.0.nutrition.sugars_g"),
    (_item(sizes=(replace(_ONE, prices=(*price(1), *price(2))),)), "items.0.sizes.0.prices.0.currency"),
    (_item(sizes=(replace(_ONE, prices=price(-1)),)), "items.0.sizes.0.prices.0.amount_minor"),
    (_item(sizes=(replace(_ONE, prices=price(1, country="usa")),)), "items.0.sizes.0.prices.0.country"),
    (_item(sizes=(replace(_ONE, key="huge"),)), "items.0.groups"),  # the oat drink has no price for it
    (_group(0, ref="syrup"), "groups.0.ref"),
    (_group(1, min=5), "groups.1.max"),
    (_group(1, min=-1), "groups.1.min"),
    (_group(1, max_per_option=0), "groups.1.max_per_option"),
    (_group(1, free_quantity=-1), "groups.1.free_quantity"),
    (_group(4, options=(ChainOption(key="n", name="N", kind="text"),)), "groups.4.options.0.max_length"),
    (
        _group(
            0, options=tuple(ChainOption(key=k, name=k, price_rule="substitution", default_quantity=1) for k in "ab")
        ),
        "groups.0.options",
    ),
    (
        lambda chain: replace(chain, categories=(*chain.categories, ChainCategory(key="x", name="X", parent="y"))),
        "categories.2.parent",
    ),
    (
        lambda chain: replace(chain, categories=(*chain.categories, ChainCategory(key="x", name="X", parent="x"))),
        "categories.2.parent",
    ),
]


@pytest.mark.parametrize(("break_it", "path"), _FAULTS, ids=[f"{at}: {path}" for at, (_, path) in enumerate(_FAULTS)])
def test_every_fault_is_named_by_its_path(break_it: Callable[[ChainMenu], ChainMenu], path: str) -> None:
    assert faults(small_chain_menu()) == {}
    assert path in faults(break_it(small_chain_menu()))


@given(st.permutations(range(6)), st.integers(0, 5))
def test_categories_may_stand_in_any_order(order: list[int], top: int) -> None:
    """A parent may come after its children; only rings and strangers are faults."""
    chain = ChainMenu(
        categories=tuple(
            ChainCategory(key=str(key), name=str(key), parent=None if key == top else str(top)) for key in order
        )
    )

    assert faults(chain) == {}
