"""What is avoided is found wherever in a line's tree it is, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.menu.rules import Item, ModifierRequest, Option, Part, ResolvedLine, ResolvedModifier
from service.orders.rules.guarding import crossed_by, is_crossing, overrides_kept
from service.preferences.rules import Said, Spoken, ceilings, said, unstated_diets
from service.sources import Source
from tests.menu.menus import choose, group, item, option, resolve, size

ALLERGENS = ("milk", "nuts", "soy")
SAID = Source("customer_rule", "avoid", None, 1, datetime(2026, 1, 1, tzinfo=UTC))


def saying(kind: str, **value: Any) -> Said:
    """Return what a customer says who says only this."""
    return said(1, {kind: Spoken(value, SAID)})


def avoiding(*entries: dict[str, Any]) -> Said:
    """Return what a customer says who avoids this."""
    return saying("avoid", entries=list(entries))


def milk(*, also_may_contain: bool = True) -> dict[str, Any]:
    """Return the entry of milk."""
    return {"allergen": "milk", "also_may_contain": also_may_contain}


def found(who: Said, line: ResolvedLine) -> list[tuple[str, str, str]]:
    """Return what is found in a line: where, what, how."""
    assert who.avoids is not None
    return [(each.path, each.avoided, each.how) for each in who.avoids.found_in(line.parts)]


_numbers = count()  # of groups: no two of an item have the same key
some_allergens = st.frozensets(st.sampled_from(ALLERGENS), max_size=2)


@st.composite
def options(draw: st.DrawFn, depth: int, number: int) -> Option:
    """Draw an option, with groups below it as long as there is depth left."""
    below = draw(st.lists(groups(depth - 1), max_size=2)) if depth > 1 else []
    return option(
        f"o{number}",
        contains=draw(some_allergens),
        may_contain=draw(some_allergens),
        default_quantity=draw(st.integers(0, 1)),
        groups=tuple(below),
    )


@st.composite
def groups(draw: st.DrawFn, depth: int) -> Any:
    """Draw a group, hidden or not, of up to three options."""
    drawn = [draw(options(depth, number)) for number in range(draw(st.integers(1, 3)))]
    return group(f"g{next(_numbers)}", *drawn, hidden=draw(st.booleans()))


@st.composite
def requests(draw: st.DrawFn, within: Iterable[Any]) -> tuple[ModifierRequest, ...]:
    """Draw what is named of some groups, at any depth."""
    named = []
    for each in within:
        for one in each.options:
            if not each.hidden and draw(st.booleans()):
                quantity = draw(st.integers(0, 2))
                below = draw(requests(one.groups)) if quantity else ()
                named.append(choose(one, quantity, *below))
    return tuple(named)


@st.composite
def lines(draw: st.DrawFn) -> tuple[Item, ResolvedLine]:
    """Draw an item and a line of it."""
    what = item(*draw(st.lists(groups(4), max_size=3)), contains=draw(some_allergens), may_contain=draw(some_allergens))
    return what, resolve(what, *draw(requests(what.groups)))


def things_of(what: Item, line: ResolvedLine) -> Iterator[Item | Option]:
    """Yield the item and every option of the line by the line's own tree: not by what the guard goes by."""
    yield what

    def below(held: Iterable[ResolvedModifier], within: Iterable[Any]) -> Iterator[Option]:
        by_id = {one.id: one for each in within for one in each.options}
        for each in held:
            yield by_id[each.option_id]
            yield from below(each.modifiers, by_id[each.option_id].groups)

    yield from below(line.modifiers, what.groups)


def expected(what: Item, line: ResolvedLine, *, also_may_contain: bool) -> list[str]:
    """Return how milk is in the line, once for each thing of it that holds some."""
    hows = []
    for thing in things_of(what, line):
        if "milk" in thing.contains:
            hows.append("contains")
        elif also_may_contain and "milk" in thing.may_contain:
            hows.append("may_contain")
    return sorted(hows)


@given(lines(), st.booleans())
def test_a_path_is_found_exactly_where_the_tree_holds_it(drawn: tuple[Item, ResolvedLine], also: bool) -> None:
    what, line = drawn
    there = found(avoiding(milk(also_may_contain=also)), line)

    assert sorted(how for _, _, how in there) == expected(what, line, also_may_contain=also)
    assert len({path for path, _, _ in there}) == len(there)
    is_in_line = "milk" in line.contains or (also and "milk" in line.may_contain)
    assert bool(there) == is_in_line


def test_a_guard_that_looks_at_the_top_only_would_be_caught() -> None:
    """The control: with what is deeper left out, the same comparison fails."""
    deep = option("cream", contains=frozenset({"milk"}), default_quantity=1)
    what = item(group("shot", option("double", default_quantity=1, groups=(group("top", deep),))))
    line = resolve(what)
    top = [part for part in line.parts if part.path.count(".") < 3]

    avoids = avoiding(milk()).avoids
    assert avoids is not None
    assert [each.path for each in avoids.found_in(line.parts)] == ["groups.shot.double.groups.top.cream"]
    assert list(avoids.found_in(top)) == []


def test_paths_lead_through_what_was_named_and_what_comes_by_default() -> None:
    dust = group("dust", option("cocoa", default_quantity=1, contains=frozenset({"milk"})))
    cream = option("cream", groups=(dust,), contains=frozenset({"milk"}))
    what = item(group("base", option("whole", default_quantity=1, contains=frozenset({"milk"}))), group("top", cream))

    paths = [path for path, _, _ in found(avoiding(milk()), resolve(what, choose(cream)))]

    assert sorted(paths) == ["groups.base.whole", "modifiers.0", "modifiers.0.groups.dust.cocoa"]


def test_an_option_and_an_item_are_found_by_their_names() -> None:
    hazelnut = option("hazelnut")
    what = item(group("syrup", hazelnut))
    who = avoiding({"group": "syrup", "option": "hazelnut"}, {"item_id": str(what.id)})

    assert [name for _, name, _ in found(who, resolve(what))] == [str(what.id)]
    assert found(who, resolve(what, choose(hazelnut)))[1] == ("modifiers.0", "syrup/hazelnut", "contains")
    assert len(found(who, resolve(what, choose(hazelnut, 0)))) == 1


@pytest.mark.parametrize(
    ("overridden", "holds", "crosses"),
    [
        ("contains", "contains", False),
        ("contains", "may_contain", False),
        ("may_contain", "may_contain", False),
        ("may_contain", "contains", True),
        (None, "may_contain", True),
    ],
)
def test_who_allowed_a_trace_did_not_allow_more(overridden: str | None, holds: str, crosses: bool) -> None:
    other = item(**{holds: frozenset({"milk"})})
    over = [{"avoided": "milk", "how": overridden}] if overridden else []

    candidate, who = resolve(other), avoiding(milk())

    assert is_crossing(who, candidate, {"overrides": over}) is crosses
    assert bool(overrides_kept(who, candidate, {"overrides": over})) is bool(over)


def test_a_sold_line_is_looked_through_by_its_snapshot() -> None:
    sold = {
        "item": {"id": "00000000-0000-7000-8000-000000000001", "sku": "FW", "name": "Flat white"},
        "contains": ["milk"],
        "may_contain": ["nuts"],
        "modifiers": [_sold("shot", "double", _sold("syrup", "hazelnut"))],
    }
    who = avoiding(milk(), {"allergen": "nuts", "also_may_contain": False}, {"group": "syrup", "option": "hazelnut"})

    assert [(path + each.path, each.avoided) for path, each in crossed_by(who, [sold])] == [
        ("lines.0.item", "milk"),
        ("lines.0.modifiers.0.modifiers.0", "syrup/hazelnut"),
    ]


def _sold(group_key: str, key: str, *below: dict[str, Any]) -> dict[str, Any]:
    named = {"id": "00000000-0000-7000-8000-000000000002", "name": key.title(), "key": key}
    return {"group": {**named, "key": group_key}, "option": named, "modifiers": list(below)}


def test_a_diet_is_unknown_for_what_does_not_come_with_the_item() -> None:
    oat, honey = option("oat", default_quantity=1), option("honey")
    what = item(group("milk", oat), group("syrup", honey), diets=frozenset({"vegan"}))
    who = saying("diets", diets=[{"diet": "vegan", "do": "warn"}, {"diet": "halal", "do": "refuse"}])

    plain = list(unstated_diets(who, [resolve(what, choose(oat))]))
    sweet = list(unstated_diets(who, [resolve(what, choose(honey))]))

    assert [(each.diet, each.parts) for each in plain] == [("halal", ("item_id",))]
    assert [(each.diet, each.parts) for each in sweet] == [("vegan", ("modifiers.0",)), ("halal", ("item_id",))]


def test_a_ceiling_counts_every_unit_and_says_at_least_where_something_is_not_stated() -> None:
    coffee = item(sizes=(size("one", 300, nutrition={"caffeine_mg": Decimal("80.5")}, is_default=True),))
    silent = item(sizes=(size("one", 300, nutrition={}, is_default=True),))
    who = saying("ceilings", ceilings=[{"fact": "caffeine_mg", "most": 161, "do": "warn"}])

    (all_of_it,) = ceilings(who, [resolve(coffee, quantity=2)])
    (some_of_it,) = ceilings(who, [resolve(coffee, quantity=3), resolve(silent)])

    assert (all_of_it.amount, all_of_it.at_least, all_of_it.is_exceeded) == (Decimal(161), False, False)
    assert (some_of_it.amount, some_of_it.at_least, some_of_it.is_exceeded) == (Decimal("241.5"), True, True)


def test_parts_are_no_part_of_a_lines_document() -> None:
    assert "parts" not in resolve(item()).document()
    assert isinstance(resolve(item()).parts[0], Part)
