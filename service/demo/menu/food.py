"""Food, and what goes home in a bag."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ...menu.rules import Attachment, ChainItem, ChainSize
from .amounts import costs, facts

_BREAKFAST_HOURS = "Mo-Fr 06:00-11:30; Sa-Su,PH 07:00-13:00"


def _piece(price: int, nutrition: Mapping[str, Decimal], name: str = "Piece") -> tuple[ChainSize, ...]:
    return (ChainSize(key="piece", name=name, prices=costs(price), is_default=True, nutrition=nutrition),)


def _attached(*refs: str) -> tuple[Attachment, ...]:
    return tuple(Attachment(ref=ref) for ref in refs)


_BREAKFAST = (
    ChainItem(
        sku="porridge",
        name="Oat porridge",
        description="Slow oats with baked apple.",
        category="breakfast",
        sizes=_piece(520, facts(290, 14, 0, 6, 9), "Bowl"),
        groups=_attached("sweetener"),
        tax_category="prepared",
        contains=frozenset({"gluten"}),
        diets=frozenset({"vegan", "vegetarian"}),
        work={"oven": 45},
        available_hours=_BREAKFAST_HOURS,
    ),
    ChainItem(
        sku="egg-toast",
        name="Eggs on toast",
        description="Two soft eggs and chives.",
        category="breakfast",
        sizes=_piece(690, facts(180, 0.6, 0, 12, 13), "Plate"),
        groups=_attached("bread", "extras"),
        tax_category="prepared",
        contains=frozenset({"eggs"}),
        diets=frozenset({"vegetarian"}),
        work={"oven": 60},
        available_hours=_BREAKFAST_HOURS,
    ),
    ChainItem(
        sku="bagel",
        name="Poppy seed bagel",
        description="Boiled, baked, split.",
        category="breakfast",
        sizes=_piece(390, facts(260, 5, 0, 2, 10)),
        groups=_attached("toasted", "spread"),
        tax_category="prepared",
        contains=frozenset({"gluten"}),
        may_contain=frozenset({"sesame"}),
        diets=frozenset({"vegetarian"}),
        work={"cold": 20},
        available_hours=_BREAKFAST_HOURS,
    ),
)

_BAKERY = (
    ChainItem(
        sku="butter-croissant",
        name="Butter croissant",
        description="Three days in the making.",
        category="bakery",
        sizes=_piece(370, facts(272, 6, 0, 15, 5)),
        groups=_attached("warmed", "spread"),
        contains=frozenset({"gluten", "milk", "eggs"}),
        may_contain=frozenset({"nuts"}),
        diets=frozenset({"vegetarian"}),
        work={"cold": 8},
    ),
    ChainItem(
        sku="almond-croissant",
        name="Almond croissant",
        description="Filled with frangipane and baked again.",
        category="bakery",
        sizes=_piece(450, facts(410, 17, 0, 24, 9)),
        groups=_attached("warmed"),
        contains=frozenset({"gluten", "milk", "eggs", "nuts"}),
        diets=frozenset({"vegetarian"}),
        work={"cold": 8},
    ),
    ChainItem(
        sku="cardamom-knot",
        name="Cardamom knot",
        description="Sticky, spiced, pulled apart.",
        category="bakery",
        sizes=_piece(420, facts(330, 18, 0, 12, 6)),
        groups=_attached("warmed"),
        contains=frozenset({"gluten", "milk"}),
        may_contain=frozenset({"nuts", "eggs"}),
        diets=frozenset({"vegetarian"}),
        work={"cold": 8},
    ),
    ChainItem(
        sku="banana-loaf",
        name="Banana loaf",
        description="A thick slice, walnuts on top.",
        category="bakery",
        sizes=_piece(380, facts(345, 24, 0, 14, 5), "Slice"),
        groups=_attached("warmed", "spread"),
        contains=frozenset({"gluten", "eggs", "nuts"}),
        diets=frozenset({"vegetarian"}),
        work={"cold": 8},
    ),
    ChainItem(
        sku="cocoa-brownie",
        name="Flourless brownie",
        description="Dark chocolate, no flour.",
        category="bakery",
        sizes=_piece(400, facts(385, 29, 22, 22, 6)),
        groups=_attached("warmed"),
        contains=frozenset({"eggs", "milk"}),
        may_contain=frozenset({"gluten", "nuts", "soy"}),
        diets=frozenset({"vegetarian"}),
        work={"cold": 8},
    ),
)

_SANDWICHES = (
    ChainItem(
        sku="beet-sandwich",
        name="Roast beetroot sandwich",
        description="Beetroot, white bean cream, dill.",
        category="sandwiches",
        sizes=_piece(890, facts(190, 9, 0, 7, 7)),
        groups=_attached("bread", "extras"),
        tax_category="prepared",
        contains=frozenset({"mustard"}),
        may_contain=frozenset({"celery"}),
        diets=frozenset({"vegan", "vegetarian"}),
        work={"cold": 70},
    ),
    ChainItem(
        sku="ham-sandwich",
        name="Ham and cheddar sandwich",
        description="Roast ham, aged cheddar, pickle.",
        category="sandwiches",
        sizes=_piece(940, facts(280, 4, 0, 17, 24)),
        groups=_attached("bread", "extras"),
        tax_category="prepared",
        contains=frozenset({"milk", "mustard", "sulphites"}),
        work={"cold": 65},
    ),
)

_SHOP = (
    ChainItem(
        sku="beans-250",
        name="House roast, whole beans",
        description="A bag of 250 g; some are left, and they are counted.",
        category="shop",
        sizes=_piece(1450, facts(0), "250 g"),
        tax_category="grocery",
        diets=frozenset({"vegan", "vegetarian"}),
        work={"cold": 5},
    ),
)

ITEMS = (*_BREAKFAST, *_BAKERY, *_SANDWICHES, *_SHOP)
