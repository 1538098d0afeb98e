"""Alternatives put into the terms of a line: what is named is what the line holds, but for what was to change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from service.menu.rules import Category, Group, Item, Menu, Option, Size, line_requests, resolve_line
from service.preferences.rules.missing import Standing
from service.preferences.rules.substitution import substitution_rules

AT = datetime(2026, 3, 4, 9, tzinfo=UTC)
WHERE: dict[str, Any] = {"at": AT, "timezone": "America/New_York", "country": "US"}


def group(key: str, options: Sequence[str], default: int | None, below: tuple[Group, ...] = ()) -> Group:
    """Return a group of which one option is the default, or none; its first option has the groups below it."""
    return Group(
        id=uuid4(),
        key=key,
        name=key,
        max=1,
        options=tuple(
            Option(
                id=uuid4(),
                key=name,
                name=name,
                position=place,
                default_quantity=int(place == default),
                groups=below if place == 0 else (),
            )
            for place, name in enumerate(options)
        ),
    )


@st.composite
def menus(draw: st.DrawFn) -> Menu:
    """Draw a menu of one item, whose first options open a group of their own, down to some depth."""
    below: tuple[Group, ...] = ()
    for depth in range(draw(st.integers(1, 5)), 0, -1):
        default = draw(st.sampled_from([None, 0, 1]))
        below = (group(f"g{depth}", ["a", "b", "c"], default, below),)
    category = Category(id=uuid4(), key="all", name="All")
    item = Item(
        id=uuid4(),
        sku="X",
        name="X",
        category_id=category.id,
        sizes=tuple(Size(id=uuid4(), key=key, name=key, price_minor=100) for key in ("s", "l")),
        groups=below,
    )
    return Menu(store_id=uuid4(), currency="USD", version=1, categories=(category,), items={item.id: item})


def asked(draw: st.DrawFn, groups: tuple[Group, ...]) -> list[dict[str, Any]]:
    """Draw what somebody names of the groups."""
    named = []
    for each in groups:
        option = draw(st.sampled_from([None, *each.options]))
        if option is not None:
            quantity = draw(st.integers(0, 1))
            nested = asked(draw, option.groups) if quantity else []
            named.append({"option_id": option.id, "quantity": quantity, "modifiers": nested})
    return named


def held(modifiers: Sequence[Any]) -> dict[str, str]:
    """Return what each group of a line holds, at any depth."""
    found: dict[str, str] = {}
    for each in modifiers:
        found |= {each.group_key: each.option_key, **held(each.modifiers)}
    return found


@settings(max_examples=150)
@given(st.data())
def test_only_what_was_to_change_changes(data: st.DataObject) -> None:
    menu = data.draw(menus())
    (item,) = menu.items.values()
    basket = data.draw(st.composite(lambda draw: asked(draw, item.groups))())
    line = resolve_line(menu, line_requests([{"item_id": item.id, "modifiers": basket}])[0], **WHERE)
    key = f"g{data.draw(st.integers(1, 5))}"
    wanted = data.draw(st.sampled_from(["b", "c", "x"]))
    rule = {
        "id": str(UUID(int=1)),
        "version": 1,
        "said_at": AT.isoformat(),
        "when": {},
        "do": "closest",
        "alternatives": [{"options": [{"group": key, "option": wanted, "quantity": 1}]}, {"size": "l"}],
    }

    policy = Standing(substitution_rules({"rules": [rule]}), menu).of_line(line)

    assert policy is not None
    named = {each["rank"]: each for each in policy["substitutes"]}
    other_size = resolve_line(menu, line_requests([named[2]])[0], **WHERE)
    assert (other_size.size_key, held(other_size.modifiers)) == ("l", held(line.modifiers))
    before = held(line.modifiers)
    # A group can be changed where what is above it is in the line; it is at depth 1, or below option a.
    depth = int(key[1])
    is_there = (
        wanted != "x" and depth <= _depth(item.groups) and all(before.get(f"g{n}") == "a" for n in range(1, depth))
    )
    assert (1 in named) is is_there
    if is_there:
        changed = held(resolve_line(menu, line_requests([named[1]])[0], **WHERE).modifiers)
        assert changed == {name: option for name, option in before.items() if int(name[1]) < depth} | {key: wanted}


def _depth(groups: tuple[Group, ...]) -> int:
    return 1 + _depth(groups[0].options[0].groups) if groups else 0
