"""resolve_line: filling, checking, and what a line adds up to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import orjson
import pytest

from service.menu.errors import InvalidChoice, NotAvailableNow, SoldOut
from service.menu.rules import Group, LineRequest, ModifierRequest, resolve_line

from ..menus import NOON, choose, group, item, menu, option, resolve, size


def test_an_open_size_is_filled_by_the_default_and_says_so() -> None:
    tall, grande = size("tall", 300), size("grande", 350, is_default=True)
    latte = item(sizes=(tall, grande))

    filled, chosen = resolve(latte), resolve(latte, size_id=tall.id)

    assert (filled.size_id, filled.size_source.kind, filled.base_price_minor) == (grande.id, "item_default", 350)
    assert (chosen.size_id, chosen.size_source.kind, chosen.base_price_minor) == (tall.id, "customer_choice", 300)


def test_a_group_nobody_named_holds_its_defaults() -> None:
    shots = option("shot", default_quantity=2, prices={"*": 50})

    (held,) = resolve(item(group("shots", shots))).modifiers

    assert (held.option_id, held.quantity, held.source.kind, held.price_minor) == (shots.id, 2, "item_default", 100)


def test_a_named_group_holds_exactly_what_was_named() -> None:
    whole, oat = option("whole", default_quantity=1), option("oat")

    (held,) = resolve(item(group("milk", whole, oat)), choose(oat)).modifiers

    assert (held.option_id, held.source.kind) == (oat.id, "customer_choice")


def test_none_of_it_empties_the_group() -> None:
    foam = option("foam", default_quantity=1)

    assert resolve(item(group("foam", foam)), choose(foam, 0)).modifiers == ()


def test_none_of_it_is_refused_where_the_group_needs_some() -> None:
    whole = option("whole", default_quantity=1)

    with pytest.raises(InvalidChoice) as refused:
        resolve(item(group("milk", whole, min=1, max=1)), choose(whole, 0))

    assert refused.value.errors == {"modifiers": ["Choose at least 1 of Milk."]}


def test_a_nested_group_is_filled_the_same_way_under_its_option() -> None:
    cinnamon, cocoa = option("cinnamon", default_quantity=1), option("cocoa")
    cream = option("cream", groups=(group("dust", cinnamon, cocoa),))
    mocha = item(group("topping", cream))

    (filled,) = resolve(mocha, choose(cream)).modifiers
    (chosen,) = resolve(mocha, choose(cream, 1, choose(cocoa))).modifiers

    assert [(each.name, each.source.kind) for each in filled.modifiers] == [("Cinnamon", "item_default")]
    assert [(each.name, each.source.kind) for each in chosen.modifiers] == [("Cocoa", "customer_choice")]


def test_every_invalid_choice_is_named_by_its_path() -> None:
    name = option("name", kind="text", max_length=5)
    syrup = option("vanilla")
    cream = option("cream", groups=(group("dust", option("cocoa")),))
    drink = item(group("name", name), group("syrup", syrup, max=4, max_per_option=3), group("topping", cream))
    stranger = uuid4()

    with pytest.raises(InvalidChoice) as refused:
        resolve(
            drink,
            choose(name, text="far too long"),
            choose(syrup, 4, text="hm"),
            choose(syrup),
            ModifierRequest(option_id=stranger),
            choose(cream, 1, ModifierRequest(option_id=stranger), choose(syrup)),
            quantity=0,
        )

    assert refused.value.errors == {
        "quantity": ["Order at least 1."],
        "modifiers.0.text": ["At most 5 characters."],
        "modifiers.1.quantity": ["At most 3 of Vanilla."],
        "modifiers.1.text": ["Vanilla takes no text."],
        "modifiers.2.option_id": ["This option is named twice; use its quantity."],
        "modifiers.3.option_id": ["This isn't an option here."],
        "modifiers.4.modifiers.0.option_id": ["This isn't an option here."],
        "modifiers.4.modifiers.1.option_id": ["This isn't an option here."],
    }


def test_the_most_of_a_group_holds_over_all_its_options() -> None:
    vanilla, hazel = option("vanilla"), option("hazel")

    with pytest.raises(InvalidChoice) as refused:
        resolve(item(group("syrup", vanilla, hazel, max=3)), choose(vanilla, 2), choose(hazel, 2))

    assert refused.value.errors == {"modifiers": ["Choose at most 3 of Syrup."]}


def test_a_text_option_needs_its_text() -> None:
    name = option("name", kind="text", max_length=20)

    with pytest.raises(InvalidChoice) as refused:
        resolve(item(group("cup", name)), choose(name))
    (held,) = resolve(item(group("cup", name)), choose(name, text="Zoë")).modifiers

    assert refused.value.errors == {"modifiers.0.text": ["Name needs a text."]}
    assert held.text == "Zoë"


def test_a_hidden_group_keeps_its_defaults_and_can_not_be_chosen() -> None:
    shot = option("shot", default_quantity=1)
    hidden = item(group("base", shot, hidden=True))

    assert [held.name for held in resolve(hidden).modifiers] == ["Shot"]
    with pytest.raises(InvalidChoice):
        resolve(hidden, choose(shot, 2))


def test_modifiers_under_none_of_an_option_are_refused() -> None:
    cocoa = option("cocoa")
    cream = option("cream", groups=(group("dust", cocoa),))

    with pytest.raises(InvalidChoice) as refused:
        resolve(item(group("topping", cream)), choose(cream, 0, choose(cocoa)))

    assert list(refused.value.errors) == ["modifiers.0.modifiers"]


def test_an_unknown_item_or_size_is_refused_by_field() -> None:
    latte = item()
    where = {"at": NOON, "timezone": "America/New_York", "country": "US"}

    with pytest.raises(InvalidChoice) as no_item:
        resolve_line(menu(latte), LineRequest(item_id=uuid4()), **where)
    with pytest.raises(InvalidChoice) as no_size:
        resolve(latte, size_id=uuid4())

    assert (list(no_item.value.errors), list(no_size.value.errors)) == (["item_id"], ["size_id"])


def test_what_is_sold_out_is_named_with_its_path_and_until() -> None:
    tomorrow = NOON + timedelta(days=1)
    oat = option("oat", is_sold_out=True, sold_out_until=tomorrow)
    tall = size("tall", 300, is_sold_out=True)
    latte = item(group("milk", oat), sizes=(tall,))

    with pytest.raises(SoldOut) as refused:
        resolve(latte, choose(oat))

    assert (refused.value.facts["sizes"], refused.value.facts["options"]) == ([tall.id], [oat.id])
    assert [(each.path, each.until) for each in refused.value.unavailable] == [
        ("size_id", None),
        ("modifiers.0.option_id", tomorrow),
    ]
    assert resolve(item(group("milk", oat)), choose(oat), at=tomorrow).modifiers[0].name == "Oat"


def test_a_sold_out_default_refuses_the_line_instead_of_being_replaced() -> None:
    whole = option("whole", default_quantity=1, is_sold_out=True)
    oat = option("oat")
    latte = item(group("milk", whole, oat, min=1, max=1))

    with pytest.raises(SoldOut) as refused:
        resolve(latte)

    assert refused.value.facts["options"] == [whole.id]
    assert resolve(latte, choose(oat)).modifiers[0].name == "Oat"


def test_a_daypart_is_the_stores_own_time() -> None:
    muffin = item(available_hours="Mo-Su 06:00-11:00")
    ten_in_new_york = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

    assert resolve(muffin, at=ten_in_new_york).item_id == muffin.id
    with pytest.raises(NotAvailableNow) as refused:
        resolve(muffin, at=NOON)

    (found,) = refused.value.unavailable
    assert (found.reason, found.until) == ("daypart", datetime(2026, 11, 24, 11, 0, tzinfo=UTC))


def test_dated_items_are_sold_on_both_their_first_and_last_day() -> None:
    seasonal = item(available_from=date(2026, 11, 23), available_until=date(2026, 11, 24))
    new_york_midnight = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)

    for at in (new_york_midnight, new_york_midnight + timedelta(days=2) - timedelta(seconds=1)):
        assert resolve(seasonal, at=at).item_id == seasonal.id
    for at, reason in (
        (new_york_midnight - timedelta(seconds=1), "not_yet"),
        (new_york_midnight + timedelta(days=2), "no_longer"),
    ):
        with pytest.raises(NotAvailableNow) as refused:
            resolve(seasonal, at=at)
        assert refused.value.unavailable[0].reason == reason


def test_allergens_nutrition_and_work_add_up_through_the_whole_tree() -> None:
    nuts = option("nuts", contains=frozenset({"nuts"}), nutrition={"*": {"energy_kcal": Decimal("1.5")}})
    cream = option(
        "cream",
        contains=frozenset({"milk"}),
        may_contain=frozenset({"nuts", "soy"}),
        nutrition={"tall": {"energy_kcal": Decimal(100)}, "*": {"energy_kcal": Decimal(120)}},
        work={"bar": 4},
        groups=(group("on top", nuts),),
    )
    cake = item(
        group("topping", cream),
        sizes=(size("tall", 300),),
        contains=frozenset({"gluten"}),
        may_contain=frozenset({"milk"}),
        work={"oven": 30},
    )

    line = resolve(cake, choose(cream, 2, choose(nuts, 3)))

    assert line.contains == {"gluten", "milk", "nuts"}
    assert line.may_contain == {"soy"}
    assert line.nutrition == {"energy_kcal": Decimal("10") + 2 * Decimal(100) + 6 * Decimal("1.5")}
    assert line.work == {"oven": 30, "bar": 8}
    assert line.nutrition_incomplete == ()


def test_a_part_that_states_no_nutrition_makes_the_sums_lower_bounds() -> None:
    syrup = option("syrup", nutrition={})

    line = resolve(item(group("syrup", syrup)), choose(syrup))

    assert line.nutrition_incomplete == ("energy_kcal",)


def test_groups_nest_to_depth_eight() -> None:
    inner: tuple[Group, ...] = ()
    chain = []
    for depth in range(8, 0, -1):
        chain.append(option(f"level {depth}", prices={"*": depth}, groups=inner))
        inner = (group(f"group {depth}", chain[-1]),)
    asked = choose(chain[0])
    for above in chain[1:]:
        asked = choose(above, 1, asked)

    line = resolve(item(*inner), asked)

    assert line.unit_price_minor == 300 + sum(range(1, 9))


def test_a_resolved_line_becomes_a_snapshot_that_json_takes() -> None:
    oat = option("oat", prices={"*": 60}, nutrition={"*": {"sugars_g": Decimal("0.1")}})

    written = orjson.loads(orjson.dumps(resolve(item(group("milk", oat)), choose(oat), note="hot").document()))

    assert written["nutrition"] == {"energy_kcal": 10, "sugars_g": 0.1}
    assert written["modifiers"][0]["option_id"] == str(oat.id)
    assert (written["note"], written["contains"]) == ("hot", [])
