"""Pricing (docs/pricing.md): examples, and what holds for every basket."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.menu.rules import Group, ResolvedModifier, free_first

from ..menus import choose, group, item, option, resolve, size

PRICES = st.integers(0, 2_000)
UNITS = st.lists(st.tuples(PRICES, st.integers(0, 5)), max_size=6)
FREE = st.integers(0, 12)


def test_a_price_can_depend_on_the_size() -> None:
    oat = option("oat", price_rule="per_size", prices={"tall": 60, "*": 80})
    tall, grande = size("tall", 300), size("grande", 350)
    latte = item(group("milk", oat), sizes=(tall, grande))

    assert resolve(latte, choose(oat), size_id=tall.id).unit_price_minor == 360
    assert resolve(latte, choose(oat), size_id=grande.id).unit_price_minor == 430


def test_a_substitution_pays_the_difference_to_the_default_and_never_less_than_nothing() -> None:
    whole = option("whole", price_rule="substitution", prices={"*": 40}, default_quantity=1)
    oat = option("oat", price_rule="substitution", prices={"*": 100})
    water = option("water", price_rule="substitution", prices={"*": 0})
    latte = item(group("milk", whole, oat, water, max=1))

    assert resolve(latte).unit_price_minor == 300
    assert resolve(latte, choose(oat)).unit_price_minor == 360
    assert resolve(latte, choose(water)).unit_price_minor == 300


def test_the_dearest_units_are_free_first() -> None:
    vanilla, gold = option("vanilla", prices={"*": 50}), option("gold", prices={"*": 80})
    drink = item(group("syrup", vanilla, gold, free_quantity=2))

    line = resolve(drink, choose(vanilla, 3), choose(gold, 1))

    assert [(held.name, held.price_minor) for held in line.modifiers] == [("Vanilla", 100), ("Gold", 0)]


def test_nested_units_count_for_every_unit_above_them() -> None:
    sauce = option("sauce", prices={"*": 30})
    bun = option("bun", prices={"*": 200}, groups=(group("sauce", sauce, free_quantity=1),))

    line = resolve(item(group("buns", bun)), choose(bun, 2, choose(sauce, 3)), quantity=4)

    (held,) = line.modifiers
    assert (held.price_minor, held.modifiers[0].price_minor) == (400, 2 * (3 - 1) * 30)
    assert (line.unit_price_minor, line.total_minor) == (300 + 400 + 120, 4 * 820)


@given(UNITS, FREE)
def test_free_units_never_make_a_price_negative_and_take_exactly_the_dearest(
    units: list[tuple[int, int]], free: int
) -> None:
    paid = free_first(units, free)

    singles = sorted((price for price, quantity in units for _ in range(quantity)), reverse=True)
    assert all(0 <= price <= unit * quantity for price, (unit, quantity) in zip(paid, units, strict=True))
    assert sum(paid) == sum(singles[free:])


@given(UNITS, FREE, PRICES)
def test_one_more_unit_never_makes_the_group_cheaper(units: list[tuple[int, int]], free: int, price: int) -> None:
    assert sum(free_first([*units, (price, 1)], free)) >= sum(free_first(units, free))


@st.composite
def groups(draw: st.DrawFn, depth: int = 3) -> tuple[Group, ...]:
    """Groups with options of every price rule, nested."""
    made = []
    for index in range(draw(st.integers(0, 2))):
        options = [
            option(
                f"option {number}",
                price_rule=draw(st.sampled_from(["flat", "per_size", "substitution"])),
                prices=draw(st.dictionaries(st.sampled_from(["*", "regular", "large"]), PRICES)),
                default_quantity=draw(st.integers(0, 2)),
                groups=draw(groups(depth - 1)) if depth > 1 else (),
            )
            for number in range(draw(st.integers(1, 3)))
        ]
        made.append(group(f"group {index}", *options, free_quantity=draw(st.integers(0, 3))))
    return tuple(made)


def _sum(modifiers: tuple[ResolvedModifier, ...]) -> int:
    return sum(held.price_minor + _sum(held.modifiers) for held in modifiers)


@given(groups(), st.integers(1, 20), st.data())
def test_the_parts_of_every_line_add_up_and_none_is_negative(
    offered: tuple[Group, ...], quantity: int, data: st.DataObject
) -> None:
    asked = [
        choose(each, data.draw(st.integers(0, 4)))
        for entry in offered
        for each in entry.options
        if data.draw(st.booleans())
    ]
    asked = [each for each in asked if not each.modifiers]

    line = resolve(item(*offered), *asked, quantity=quantity)

    assert line.unit_price_minor == line.base_price_minor + _sum(line.modifiers)
    assert line.total_minor == line.unit_price_minor * quantity
    assert all(held.price_minor >= 0 for held in line.modifiers)
    assert line.unit_price_minor >= line.base_price_minor
