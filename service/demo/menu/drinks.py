"""Drinks. Milk, coffee beans and syrups carry their own nutrition and allergens; a size states the rest."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ...menu.rules import Attachment, ChainItem, ChainSize
from .amounts import costs, facts

_CUPS = (("small", "Small, 240 ml"), ("medium", "Medium, 350 ml"), ("large", "Large, 470 ml"))
_Facts = Mapping[str, Decimal]


def _attached(*refs: str) -> tuple[Attachment, ...]:
    return tuple(Attachment(ref=ref) for ref in refs)


def _cups(prices: tuple[int, int, int], nutrition: tuple[_Facts, _Facts, _Facts]) -> tuple[ChainSize, ...]:
    return tuple(
        ChainSize(key=key, name=name, prices=costs(price), is_default=key == "medium", nutrition=facts_of_size)
        for (key, name), price, facts_of_size in zip(_CUPS, prices, nutrition, strict=True)
    )


def _one_cup(price: int, nutrition: _Facts) -> tuple[ChainSize, ...]:
    return (ChainSize(key="small", name="One size", prices=costs(price), is_default=True, nutrition=nutrition),)


def _shots(small: int, medium: int, large: int) -> tuple[_Facts, _Facts, _Facts]:
    """The nutrition of so many espresso shots in each size."""
    return (_of_shots(small), _of_shots(medium), _of_shots(large))


def _of_shots(shots: int) -> _Facts:
    return facts(3 * shots, 0, 63 * shots)


_EVERY_SIZE_EMPTY = (facts(2), facts(2), facts(3))
_VEGAN = frozenset({"vegan", "vegetarian"})
_VEGETARIAN = frozenset({"vegetarian"})
_MILKY = _attached("milk", "shots", "syrup", "temperature", "sweetener", "name-on-cup")

_ESPRESSO = (
    ChainItem(
        sku="espresso",
        name="Espresso",
        description="Two shots, short and syrupy.",
        category="espresso",
        sizes=_one_cup(310, _of_shots(2)),
        groups=_attached("shots", "sweetener", "name-on-cup"),
        diets=_VEGAN,
        work={"bar": 25},
    ),
    ChainItem(
        sku="macchiato",
        name="Macchiato",
        description="Espresso marked with foam.",
        category="espresso",
        sizes=_one_cup(340, _of_shots(2)),
        groups=_attached("splash", "shots", "sweetener", "name-on-cup"),
        diets=_VEGETARIAN,
        work={"bar": 30},
    ),
    ChainItem(
        sku="americano",
        name="Americano",
        description="Espresso, hot water, nothing to hide.",
        category="espresso",
        sizes=_cups((340, 390, 430), _shots(1, 2, 3)),
        groups=_attached("splash", "shots", "syrup", "temperature", "sweetener", "name-on-cup"),
        diets=_VEGAN,
        work={"bar": 28},
    ),
    ChainItem(
        sku="flat-white",
        name="Flat white",
        description="A double shot under thin, silky milk.",
        category="espresso",
        sizes=_cups((420, 470, 520), _shots(2, 2, 3)),
        groups=_MILKY,
        diets=_VEGETARIAN,
        work={"bar": 42},
    ),
    ChainItem(
        sku="cappuccino",
        name="Cappuccino",
        description="Espresso, milk and a deep cap of foam.",
        category="espresso",
        sizes=_cups((410, 460, 510), _shots(1, 2, 2)),
        groups=_MILKY,
        diets=_VEGETARIAN,
        work={"bar": 45},
    ),
    ChainItem(
        sku="latte",
        name="Latte",
        description="Espresso with plenty of steamed milk.",
        category="espresso",
        sizes=_cups((430, 480, 530), _shots(1, 2, 2)),
        groups=_MILKY,
        diets=_VEGETARIAN,
        work={"bar": 45},
    ),
    ChainItem(
        sku="mocha",
        name="Dark mocha",
        description="Latte with melted 70 % chocolate.",
        category="espresso",
        sizes=_cups((490, 540, 590), (facts(95, 11, 71, 5, 2), facts(140, 16, 140, 7, 3), facts(190, 22, 146, 10, 4))),
        groups=_MILKY,
        may_contain=frozenset({"nuts", "soy"}),
        diets=_VEGETARIAN,
        work={"bar": 55},
    ),
)

_BREWED = (
    ChainItem(
        sku="filter",
        name="House filter",
        description="Brewed every half hour.",
        category="brewed",
        sizes=_cups((300, 340, 380), _EVERY_SIZE_EMPTY),
        groups=_attached("bean", "splash", "syrup", "sweetener", "name-on-cup"),
        diets=_VEGAN,
        work={"bar": 12},
        batch_size=4,
    ),
    ChainItem(
        sku="pour-over",
        name="Pour-over",
        description="One cup, by hand, in three and a half minutes.",
        category="brewed",
        sizes=_cups((460, 510, 560), _EVERY_SIZE_EMPTY),
        groups=_attached("bean", "splash", "sweetener", "name-on-cup"),
        diets=_VEGAN,
        work={"bar": 90},
        batch_size=2,
    ),
)

_TEA = (
    ChainItem(
        sku="breakfast-tea",
        name="Breakfast tea",
        description="Assam and Kenyan leaf.",
        category="tea",
        sizes=_cups((290, 320, 350), (facts(1, 0, 45), facts(2, 0, 55), facts(2, 0, 65))),
        groups=_attached("splash", "temperature", "sweetener", "name-on-cup"),
        diets=_VEGAN,
        work={"bar": 15},
    ),
    ChainItem(
        sku="garden-mint",
        name="Garden mint",
        description="Fresh mint and hot water; no caffeine.",
        category="tea",
        sizes=_cups((290, 320, 350), _EVERY_SIZE_EMPTY),
        groups=_attached("temperature", "sweetener", "name-on-cup"),
        diets=_VEGAN,
        work={"bar": 18},
    ),
    ChainItem(
        sku="chai-latte",
        name="Spiced chai latte",
        description="Black tea simmered with ginger and cardamom.",
        category="tea",
        sizes=_cups((440, 490, 540), (facts(60, 14, 35), facts(85, 20, 50), facts(110, 26, 65))),
        groups=_attached("milk", "syrup", "temperature", "name-on-cup"),
        diets=_VEGETARIAN,
        work={"bar": 40},
    ),
    ChainItem(
        sku="hot-chocolate",
        name="Hot chocolate",
        description="Melted chocolate, not powder.",
        category="tea",
        sizes=_cups((420, 470, 520), (facts(120, 15, 9, 7, 2), facts(170, 21, 13, 10, 3), facts(220, 28, 17, 13, 4))),
        groups=_attached("milk", "syrup", "temperature", "name-on-cup"),
        may_contain=frozenset({"nuts", "soy"}),
        diets=_VEGETARIAN,
        work={"bar": 40},
    ),
)

_ICED = (
    ChainItem(
        sku="cold-brew",
        name="Cold brew",
        description="Steeped for eighteen hours.",
        category="iced",
        sizes=_cups((420, 460, 500), (facts(3, 0, 150), facts(4, 0, 205), facts(6, 0, 260))),
        groups=_attached("splash", "syrup", "ice", "sweetener", "name-on-cup"),
        diets=_VEGAN,
        work={"cold": 20},
    ),
    ChainItem(
        sku="iced-latte",
        name="Iced latte",
        description="Espresso over cold milk and ice.",
        category="iced",
        sizes=_cups((450, 500, 550), _shots(1, 2, 2)),
        groups=_attached("milk", "shots", "syrup", "ice", "name-on-cup"),
        diets=_VEGETARIAN,
        work={"bar": 20, "cold": 20},
    ),
    ChainItem(
        sku="espresso-tonic",
        name="Espresso tonic",
        description="Two shots over tonic and grapefruit peel.",
        category="iced",
        sizes=_one_cup(480, facts(88, 19, 126)),
        groups=_attached("shots", "ice", "name-on-cup"),
        diets=_VEGAN,
        work={"bar": 20, "cold": 25},
    ),
    ChainItem(
        sku="thyme-lemonade",
        name="Thyme lemonade",
        description="Pressed lemons, a sprig of thyme.",
        category="iced",
        sizes=_cups((390, 430, 470), (facts(95, 22), facts(140, 33), facts(190, 44))),
        groups=_attached("ice", "name-on-cup"),
        contains=frozenset({"sulphites"}),
        diets=_VEGAN,
        work={"cold": 30},
    ),
)

ITEMS = (*_ESPRESSO, *_BREWED, *_TEA, *_ICED)
