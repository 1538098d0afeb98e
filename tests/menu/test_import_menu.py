"""flask import-menu."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from click.testing import Result
from sqlalchemy.orm import Session

from service.http.edge import Edge
from service.menu import queries
from service.menu.models import MenuChange, MenuSizePrice
from service.menu.rules import LineRequest, Menu, ModifierRequest, resolve_line
from service.menu.rules.imported import FACTS
from service.stores.queries import store_facts

from ..factories import NOW, make_store

COLUMNS = ("Category", "Beverage", "Size", "Milk", "Calories", "Sugars (g)", "Vitamin A (% DV)", "Caffeine (mg)")
PRICES = ("--price", "Tall=3.75", "--price", "grande=4.25")

Import = Callable[..., tuple[Result, list[dict[str, str]]]]


@pytest.fixture
def import_menu(app: Edge, tmp_path: Path) -> Import:
    """Write the rows to a file, import it, and give the command's result and the rows of its report."""

    def run(rows: Sequence[Sequence[str]] | Path, *options: str) -> tuple[Result, list[dict[str, str]]]:
        path, report = tmp_path / "drinks.csv", tmp_path / "report.csv"
        if isinstance(rows, Path):
            path = rows
        else:
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([COLUMNS, *rows])
        report.unlink(missing_ok=True)
        result = app.test_cli_runner().invoke(args=["import-menu", str(path), "--report", str(report), *options])
        if not report.exists():
            return result, []
        with report.open(newline="", encoding="utf-8") as file:
            return result, list(csv.DictReader(file))

    return run


def _row(name: str, size: str, milk: str = "", *facts: str) -> list[str]:
    return ["Coffee", name, size, milk, *(facts or ("100", "9", "10%", "75"))]


def _menu(session: Session) -> Menu:
    menu = queries.menu_of(session, store_facts(session, make_store(session).id))
    session.rollback()
    return menu


def _nutrition(menu: Menu, name: str, size: str, milk: str) -> dict[str, Decimal]:
    (item,) = [item for item in menu.items.values() if item.name == name]
    (size_id,) = [each.id for each in item.sizes if each.name == size]
    milks = [option for group in item.groups for option in group.options if option.name == milk]
    request = LineRequest(
        item_id=item.id, size_id=size_id, modifiers=tuple(ModifierRequest(option_id=each.id) for each in milks)
    )
    line = resolve_line(menu, request, at=NOW, timezone="America/New_York", country="US")
    assert line.nutrition_incomplete == ()
    return {name: amount for name, amount in line.nutrition.items() if amount}


def test_size_and_milk_add_up_to_the_row(session: Session, import_menu: Import) -> None:
    result, report = import_menu(
        [
            _row("Latte", "Tall", "Whole Milk", "100", "9.1", "10%", "75"),
            _row("Latte", "Tall", "Soy Milk", "70", "4.4", " 6% ", "75"),
            _row("Brewed", "Tall", "", "4", "0", "0%", "260"),
        ],
        *PRICES,
    )

    assert result.exit_code == 0, result.output
    assert [row["outcome"] for row in report] == ["created"] * 3
    menu = _menu(session)
    assert _nutrition(menu, "Latte", "Tall", "Soy Milk") == {
        "energy_kcal": Decimal(70),
        "sugars_g": Decimal("4.4"),
        "vitamin_a_percent": Decimal(6),
        "caffeine_mg": Decimal(75),
    }
    latte, brewed = menu.items.values()
    assert [size.price_minor for size in latte.sizes] == [375]
    assert [(option.name, option.default_quantity) for option in latte.groups[0].options] == [
        ("Whole Milk", 1),
        ("Soy Milk", 0),
    ]
    assert brewed.groups == ()


def test_importing_again_changes_nothing(session: Session, import_menu: Import) -> None:
    rows = [_row("Latte", "Tall", "Whole Milk"), _row("Latte", "Tall", "Soy Milk", "70", "4", "6%", "75")]
    import_menu(rows, *PRICES)
    changes = sa.select(sa.func.count()).select_from(MenuChange)
    before = session.execute(changes).scalar()
    session.rollback()

    result, report = import_menu(rows, *PRICES)

    assert (result.exit_code, [row["outcome"] for row in report]) == (0, ["unchanged"] * 2)
    assert session.execute(changes).scalar() == before


def test_a_changed_row_is_told_from_the_unchanged_ones(import_menu: Import) -> None:
    rows = [_row("Latte", "Tall"), _row("Mocha", "Tall")]
    import_menu(rows, *PRICES)
    rows[1] = _row("Mocha", "Tall", "", "999", "9", "10%", "75")

    _, report = import_menu(rows, *PRICES)

    assert [row["outcome"] for row in report] == ["unchanged", "changed"]


def test_what_can_not_be_used_is_refused_by_name_and_the_rest_is_taken(session: Session, import_menu: Import) -> None:
    rows = [
        _row("Latte", "Tall", "Whole Milk"),
        _row("Latte", "Venti", "Whole Milk"),
        _row("Latte", "Tall", "Whole Milk", "101", "9", "10%", "75"),
        _row("Latte", "Tall", "Whole Milk"),
        _row("Latte", "Grande", "Soy Milk"),
        _row("", "Tall"),
        _row("Mocha", "Tall", "", "many", "9", "10%", "75"),
        _row("Mocha", "Tall", "", "100", "9%", "10%", "75"),
        _row("Tea", "Tall", "", "100", "9", "10%", "Varies"),
    ]

    result, report = import_menu(rows, *PRICES)

    assert result.exit_code == 1
    assert [(row["outcome"], row["reason"] or row["repairs"]) for row in report] == [
        ("created", ""),
        ("refused", "no-price"),
        ("refused", "duplicate-key"),
        ("unchanged", ""),
        ("refused", "no-default-milk"),
        ("refused", "empty-name"),
        ("refused", "invalid-energy-kcal"),
        ("refused", "invalid-sugars-g"),
        ("created", "not-stated"),
    ]
    assert sorted(item.name for item in _menu(session).items.values()) == ["Latte", "Tea"]


@pytest.mark.parametrize("option", ["--strict", "--dry-run"])
def test_strict_and_dry_runs_change_nothing(session: Session, import_menu: Import, option: str) -> None:
    result, _ = import_menu([_row("Latte", "Tall"), _row("Latte", "Venti")], *PRICES, option)

    assert "Nothing was changed" in result.output
    assert _menu(session).items == {}


@pytest.mark.parametrize(("price", "currency", "minor"), [("350", "RSD", 35_000), ("480", "JPY", 480)])
def test_a_price_is_in_the_minor_units_that_cards_are_charged_in(
    session: Session, import_menu: Import, price: str, currency: str, minor: int
) -> None:
    result, _ = import_menu([_row("Latte", "Tall")], "--price", f"tall={price}", "--currency", currency)

    assert result.exit_code == 0, result.output
    assert session.scalars(sa.select(MenuSizePrice.amount_minor)).all() == [minor]


@pytest.mark.parametrize("price", ["tall", "tall=", "tall=-1", "tall=1.005", "tall=١", "=3"])
def test_a_price_that_is_none_is_refused(import_menu: Import, price: str) -> None:
    result, _ = import_menu([_row("Latte", "Tall")], "--price", price)

    assert result.exit_code == 2
    assert "price" in result.output


def test_a_fact_that_one_milk_does_not_state_is_left_out_of_its_size(session: Session, import_menu: Import) -> None:
    rows = [
        _row("Latte", "Tall", "Whole Milk", "100", "varies", "10%", "75"),
        _row("Latte", "Tall", "Soy Milk", "70", "4", "10%", "75"),
    ]

    _, report = import_menu(rows, *PRICES)

    assert [row["repairs"] for row in report] == ["not-stated", "not-stated"]
    assert "sugars_g" not in _nutrition(_menu(session), "Latte", "Tall", "Soy Milk")


def test_headings_over_the_wrong_columns_are_warned_of(app: Edge, tmp_path: Path) -> None:
    path = tmp_path / "shifted.csv"
    path.write_text(
        "Category,Beverage,Size,Calories,Total Carbohydrates (g),Cholesterol (mg)\nCoffee,Latte,Tall,100,120,15\n"
    )
    command = ["import-menu", str(path), "--price", "tall=3", "--dry-run"]
    mapped = ["--map", "carbohydrates_g=Cholesterol (mg)", "--map", "sodium_mg=Total Carbohydrates (g)"]
    run = app.test_cli_runner().invoke

    assert "warning: in 1 of 1 rows" in run(args=command).output
    assert "warning" not in run(args=[*command, *mapped, "--map", "cholesterol_mg=Cholesterol (mg)"]).output


def test_the_real_file_is_accounted_for_row_by_row(
    session: Session, import_menu: Import, shared_data: Callable[[str], Path]
) -> None:
    path = shared_data("starbucks_drink_menu_nutrition.csv")
    prices = [f"--price={size}={amount}" for size, amount in (("Short", 3), ("Tall", 3.5), ("Grande", 4), ("Venti", 5))]

    result, report = import_menu(path, *prices)

    assert Counter((row["outcome"], row["reason"]) for row in report) == {
        ("created", ""): 232,
        ("refused", "no-price"): 2,  # espresso comes as Solo and Doppio
    }
    assert "234 rows" in result.output
    menu = _menu(session)
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["Size"] in ("Short", "Tall", "Grande", "Venti")]
    assert {row["Category"] for row in rows if row["Beverage"] == "Coffee"} == {
        category.name
        for category in menu.categories
        if category.id in {item.category_id for item in menu.items.values() if item.name == "Coffee"}
    }
    for row in rows:
        if row["Beverage"] in ("Coffee", "Java Chip", "Caramel", "Mocha"):
            continue  # names of several items: told apart by category
        told = {name: Decimal(row[header[0]].strip().removesuffix("%")) for name, header in FACTS.items()}
        stated = {name: amount for name, amount in told.items() if amount}
        assert _nutrition(menu, row["Beverage"], row["Size"], row["Milk"]) == stated
    _, second = import_menu(path, *prices)
    assert Counter(row["outcome"] for row in second) == {"unchanged": 232, "refused": 2}


def test_a_json_document_is_loaded_and_loading_it_again_changes_nothing(
    session: Session, app: Edge, tmp_path: Path
) -> None:
    document: dict[str, Any] = {
        "categories": [{"key": "bakery", "name": "Bakery"}],
        "groups": [{"ref": "spread", "name": "Spread", "options": [{"key": "jam", "name": "Jam", "prices": []}]}],
        "items": [
            {
                "sku": "bun",
                "name": "Bun",
                "category": "bakery",
                "contains": ["gluten"],
                "groups": [{"ref": "spread", "max": 1}],
                "sizes": [
                    {
                        "key": "one",
                        "name": "One",
                        "prices": [{"currency": "USD", "amount_minor": 250}],
                        "nutrition": {"sugars_g": 3.1},
                    }
                ],
            }
        ],
    }
    path = tmp_path / "menu.json"
    path.write_bytes(orjson.dumps(document))

    def run() -> str:
        result = app.test_cli_runner().invoke(args=["import-menu", str(path)])
        assert result.exit_code == 0, result.output
        return result.output

    assert "5 created" in run()
    assert "0 created, 0 changed, 5 unchanged" in run()
    (bun,) = _menu(session).items.values()
    assert bun.groups[0].max == 1
    assert bun.sizes[0].nutrition == {"sugars_g": Decimal("3.1")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"items": [{"sku": "x"}]}', "items.0.name"),
        ('{"itms": []}', "itms: Unknown field."),
        ('{"items": [{"sku": "x", "name": "X", "category": "none", "sizes": []}]}', "items.0.category"),
        ("{", "not JSON"),
        ('{"items": [], "items": []}', "twice"),
    ],
)
def test_a_json_document_with_faults_is_refused_by_path(app: Edge, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "menu.json"
    path.write_text(text)

    result = app.test_cli_runner().invoke(args=["import-menu", str(path)])

    assert result.exit_code == 1
    assert said in result.output
