"""A table of drinks (one row per drink, size and milk) as a chain menu document; docs/pricing.md, docs/menu.md.

(Category, Beverage) is an item, Size a size, Milk an option of the item's own milk group. The file states whole
drinks; an option's nutrition is its drink's difference to the drink with the default milk, in decimals, so that
size and option add up to the file's row exactly.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ...importing import Row, RowRefused
from .chain import Attachment, ChainCategory, ChainGroup, ChainItem, ChainMenu, ChainOption, ChainSize, Price

FACTS = {
    "energy_kcal": ("Calories", "Energy (kcal)"),
    "fat_g": ("Total Fat (g)",),
    "trans_fat_g": ("Trans Fat (g)",),
    "saturated_fat_g": ("Saturated Fat (g)",),
    "sodium_mg": ("Sodium (mg)",),
    "carbohydrates_g": ("Total Carbohydrates (g)", "Carbohydrates (g)"),
    "cholesterol_mg": ("Cholesterol (mg)",),
    "fibre_g": ("Dietary Fibre (g)", "Dietary Fiber (g)"),
    "sugars_g": ("Sugars (g)",),
    "protein_g": ("Protein (g)",),
    "vitamin_a_percent": ("Vitamin A (% DV)",),
    "vitamin_c_percent": ("Vitamin C (% DV)",),
    "calcium_percent": ("Calcium (% DV)",),
    "iron_percent": ("Iron (% DV)",),
    "caffeine_mg": ("Caffeine (mg)",),
}
COLUMNS: Mapping[str, Sequence[str]] = {
    "category": ("Category",),
    "name": ("Beverage", "Item", "Product"),
    "size": ("Size",),
    "milk": ("Milk",),
    **FACTS,
}
REQUIRED = ("category", "name", "size")

NO_MILK = ""
_AMOUNT = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)
_UNSTATED = {"", "varies", "-", "n/a"}
_KCAL_PER_G_OF_CARBOHYDRATE = 4  # Regulation (EU) 1169/2011, annex XIV


@dataclass(frozen=True, slots=True, kw_only=True)
class Drink:
    """One row: the whole drink in one size with one milk (empty: without)."""

    category: str
    name: str
    size: str
    milk: str
    nutrition: Mapping[str, Decimal]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Return what makes the row one of a kind."""
        return slug(self.category), slug(self.name), slug(self.size), slug(self.milk)

    @property
    def sku(self) -> str:
        """Return the item's key: the same name in two categories is two items."""
        return f"{slug(self.category)}/{slug(self.name)}"

    @property
    def is_plausible(self) -> bool:
        """Tell whether the carbohydrates alone can be in the energy; a file with shifted headings fails here."""
        energy, carbohydrates = self.nutrition.get("energy_kcal"), self.nutrition.get("carbohydrates_g")
        if energy is None or carbohydrates is None:
            return True
        return _KCAL_PER_G_OF_CARBOHYDRATE * carbohydrates <= energy * Decimal("1.25") + 25


def slug(name: str) -> str:
    """Return a name as a key: "Caffè Latte" → "caffe-latte"."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "-".join(re.findall(r"[^\W_]+", "".join(each for each in letters if not unicodedata.combining(each))))


def drink_of(row: Row, prices: Mapping[str, int]) -> Drink:
    """Return the row as a drink. A fact that "varies" or is empty is left out (repair `not-stated`).

    Raises RowRefused: `empty-…`, `no-price` for a size nobody gave a price, `invalid-…` for a number that is none.
    """
    drink = Drink(
        category=row.required("category"),
        name=row.required("name"),
        size=row.required("size", 100),
        milk=row.text("milk", 100),
        nutrition={name: amount for name in FACTS if (amount := _amount(row, name)) is not None},
    )
    if not all(drink.key[:3]):
        raise RowRefused("no-key", "category, name and size need a letter or a digit each")
    if slug(drink.size) not in prices:
        raise RowRefused("no-price", f"no price was given for the size {drink.size!r} (--price {drink.size}=…)")
    return drink


def _amount(row: Row, name: str) -> Decimal | None:
    if name not in row.values:
        return None
    text = row.text(name)
    if text.casefold() in _UNSTATED:
        row.repair("not-stated", f"{name} is {text!r}: left out")
        return None
    digits = text.removesuffix("%").rstrip() if name.endswith("_percent") else text
    if not _AMOUNT.fullmatch(digits):
        raise RowRefused(f"invalid-{name.replace('_', '-')}", f"{name} is {text!r}, not a number")
    return Decimal(digits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The document, and why some drinks are not in it, by their key."""

    menu: ChainMenu
    refused: Mapping[tuple[str, str, str, str], RowRefused]


def chain_menu_of(drinks: Sequence[Drink], prices: Mapping[str, int], currency: str) -> Made:
    """Return the chain menu that the drinks make; `prices` in minor units by the size's slug.

    An item's default milk is the first one named in the file, "no milk" where a drink without is listed; a size
    without the default milk is refused (`no-default-milk`), since there is nothing to be the difference to.
    """
    items: dict[str, list[Drink]] = {}
    for drink in drinks:
        items.setdefault(drink.sku, []).append(drink)
    refused: dict[tuple[str, str, str, str], RowRefused] = {}
    made, groups = [], []
    for sku, rows in items.items():
        milks = list(dict.fromkeys(slug(row.milk) for row in rows))
        default = NO_MILK if NO_MILK in milks else milks[0]
        based = {slug(row.size): row for row in rows if slug(row.milk) == default}
        for row in rows:
            if slug(row.size) not in based:
                detail = f"{row.name} in {row.size} is not listed with {rows[0].milk or 'no milk'}"
                refused[row.key] = RowRefused("no-default-milk", detail)
        kept = [row for row in rows if row.key not in refused]
        if milks != [NO_MILK]:
            groups.append(_milk_group(sku, kept, based, default))
        made.append(_item(sku, based, prices, currency, has_milk=milks != [NO_MILK]))
    names: dict[str, str] = {}
    for drink in drinks:
        names.setdefault(slug(drink.category), drink.category)
    categories = tuple(ChainCategory(key=key, name=name) for key, name in names.items())
    return Made(menu=ChainMenu(categories=categories, groups=tuple(groups), items=tuple(made)), refused=refused)


def _item(
    sku: str, based: Mapping[str, Drink], prices: Mapping[str, int], currency: str, *, has_milk: bool
) -> ChainItem:
    first = next(iter(based.values()))
    sizes = tuple(
        ChainSize(
            key=key,
            name=drink.size,
            prices=(Price(currency=currency, amount_minor=prices[key]),),
            nutrition=drink.nutrition,
        )
        for key, drink in based.items()
    )
    groups = (Attachment(ref=f"{sku}/milk"),) if has_milk else ()
    return ChainItem(sku=sku, name=first.name, category=slug(first.category), sizes=sizes, groups=groups)


def _milk_group(sku: str, rows: Sequence[Drink], based: Mapping[str, Drink], default: str) -> ChainGroup:
    options: dict[str, dict[str, dict[str, Decimal]]] = {}
    names: dict[str, str] = {}
    for row in rows:
        milk, size = slug(row.milk), slug(row.size)
        names.setdefault(milk, row.milk or "No milk")
        options.setdefault(milk, {})[size] = _difference(row.nutrition, based[size].nutrition)
    return ChainGroup(
        ref=f"{sku}/milk",
        key="milk",
        name="Milk",
        min=1,
        max=1,
        options=tuple(
            ChainOption(
                key=milk or "none",
                name=names[milk],
                price_rule="substitution",
                default_quantity=int(milk == default),
                nutrition=options[milk],
            )
            for milk in options
        ),
    )


def _difference(drink: Mapping[str, Decimal], base: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return what the milk adds, fact by fact; zero is left out, an empty mapping says "adds nothing"."""
    differences = {name: drink[name] - base[name] for name in drink.keys() & base.keys()}
    return {name: differences[name] for name in FACTS if differences.get(name)}
