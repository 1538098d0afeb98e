"""Modifier groups: each is written once and attached to every item that offers it."""

from __future__ import annotations

from ...menu.rules import Attachment, ChainGroup, ChainOption
from .amounts import by_size, costs, facts

_SYRUPS = (("vanilla", "Vanilla"), ("salted-caramel", "Salted caramel"), ("bramble", "Bramble"))

_MILK = ChainGroup(
    ref="milk",
    name="Milk",
    min=1,
    max=1,
    options=(
        ChainOption(
            key="whole",
            name="Whole milk",
            price_rule="substitution",
            default_quantity=1,
            nutrition=by_size(128, 9.4, 0, 7.2, 6.8),
            contains=frozenset({"milk"}),
        ),
        ChainOption(
            key="skimmed",
            name="Skimmed milk",
            price_rule="substitution",
            nutrition=by_size(70, 10, 0, 0.4, 7),
            contains=frozenset({"milk"}),
        ),
        ChainOption(
            key="oat",
            name="Oat drink",
            price_rule="substitution",
            prices=costs(70),
            nutrition=by_size(118, 6.6, 0, 5.6, 2),
            contains=frozenset({"gluten"}),
        ),
        ChainOption(
            key="soy",
            name="Soy drink",
            price_rule="substitution",
            prices=costs(60),
            nutrition=by_size(86, 5, 0, 3.8, 7),
            contains=frozenset({"soy"}),
        ),
        ChainOption(
            key="almond",
            name="Almond drink",
            price_rule="substitution",
            prices=costs(80),
            nutrition=by_size(48, 0.4, 0, 3.2, 1.6),
            contains=frozenset({"nuts"}),
        ),
    ),
)

_SPLASH = ChainGroup(
    ref="splash",
    key="milk",
    name="A splash of milk",
    max=1,
    options=(
        ChainOption(
            key="whole",
            name="Whole milk",
            nutrition={"*": facts(19, 1.4, 0, 1.1, 1)},
            contains=frozenset({"milk"}),
        ),
        ChainOption(
            key="oat",
            name="Oat drink",
            prices=costs(30),
            nutrition={"*": facts(17, 1, 0, 0.8, 0.3)},
            contains=frozenset({"gluten"}),
        ),
    ),
)

_SYRUP = ChainGroup(
    ref="syrup",
    name="Syrup",
    max=6,
    max_per_option=4,
    free_quantity=1,
    options=tuple(
        ChainOption(
            key=key,
            name=name,
            prices=costs(50),
            nutrition={"*": facts(20, 5)},
            may_contain=frozenset({"nuts"}),
            work={"bar": 2},
        )
        for key, name in _SYRUPS
    ),
)

_ROAST = ChainGroup(
    ref="roast",
    name="Roast of the shot",
    min=1,
    max=1,
    options=(
        ChainOption(key="house", name="House roast", default_quantity=1),
        ChainOption(key="farm", name="Single farm", prices=costs(40)),
        ChainOption(key="decaf", name="Decaf", nutrition={"*": facts(0, 0, -60)}),
    ),
)

_SHOTS = ChainGroup(
    ref="shots",
    name="Extra espresso",
    max=3,
    options=(
        ChainOption(
            key="shot",
            name="Extra shot",
            prices=costs(90),
            nutrition={"*": facts(3, 0, 63)},
            work={"bar": 12},
            groups=(Attachment(ref="roast"),),
        ),
    ),
)

_BEAN = ChainGroup(
    ref="bean",
    name="Coffee",
    min=1,
    max=1,
    options=(
        ChainOption(key="house", name="House roast", default_quantity=1, nutrition=by_size(0, 0, 80)),
        ChainOption(key="farm", name="Single farm", prices=costs(60), nutrition=by_size(0, 0, 76)),
        ChainOption(key="decaf", name="Decaf", nutrition=by_size(0, 0, 4)),
    ),
)

_TEMPERATURE = ChainGroup(
    ref="temperature",
    name="Temperature",
    min=1,
    max=1,
    options=(
        ChainOption(key="regular", name="Regular", default_quantity=1),
        ChainOption(key="drink-now", name="Ready to drink"),
        ChainOption(key="extra-hot", name="Extra hot", work={"bar": 8}),
    ),
)

_SWEETENER = ChainGroup(
    ref="sweetener",
    name="Sweetener",
    max=4,
    options=(
        ChainOption(key="sugar", name="Raw sugar", nutrition={"*": facts(16, 4)}),
        ChainOption(key="honey", name="Clover honey", prices=costs(20), nutrition={"*": facts(30, 8.2)}),
    ),
)

_ICE = ChainGroup(
    ref="ice",
    name="Ice",
    min=1,
    max=1,
    options=(
        ChainOption(key="regular", name="Regular ice", default_quantity=1),
        ChainOption(key="light", name="Light ice"),
        ChainOption(key="none", name="No ice"),
    ),
)

_NAME = ChainGroup(
    ref="name-on-cup",
    name="Name on the cup",
    max=1,
    options=(ChainOption(key="name", name="Write", kind="text", max_length=20),),
)

_TOASTED = ChainGroup(
    ref="toasted",
    name="Toasted",
    min=1,
    max=1,
    options=(
        ChainOption(key="yes", name="Toasted", default_quantity=1, work={"oven": 75}),
        ChainOption(key="no", name="Not toasted"),
    ),
)

_BREAD = ChainGroup(
    ref="bread",
    name="Bread",
    min=1,
    max=1,
    options=(
        ChainOption(
            key="sourdough",
            name="Sourdough",
            price_rule="substitution",
            default_quantity=1,
            nutrition={"*": facts(210, 1.8, 0, 1.4, 8)},
            contains=frozenset({"gluten"}),
            may_contain=frozenset({"sesame"}),
            groups=(Attachment(ref="toasted"),),
        ),
        ChainOption(
            key="rye",
            name="Dark rye",
            price_rule="substitution",
            nutrition={"*": facts(190, 3, 0, 1.6, 6.5)},
            contains=frozenset({"gluten"}),
            groups=(Attachment(ref="toasted"),),
        ),
        ChainOption(
            key="gluten-free",
            name="Gluten-free loaf",
            price_rule="substitution",
            prices=costs(120),
            nutrition={"*": facts(230, 3.4, 0, 4.5, 4)},
            contains=frozenset({"eggs"}),
            groups=(Attachment(ref="toasted"),),
        ),
    ),
)

_EXTRAS = ChainGroup(
    ref="extras",
    name="Add",
    max=4,
    max_per_option=2,
    options=(
        ChainOption(
            key="egg",
            name="Fried egg",
            prices=costs(150),
            nutrition={"*": facts(92, 0.2, 0, 7, 6.4)},
            contains=frozenset({"eggs"}),
            work={"oven": 40},
        ),
        ChainOption(
            key="cheddar",
            name="Aged cheddar",
            prices=costs(120),
            nutrition={"*": facts(115, 0.1, 0, 9.5, 7)},
            contains=frozenset({"milk"}),
        ),
        ChainOption(key="avocado", name="Avocado", prices=costs(180), nutrition={"*": facts(96, 0.3, 0, 8.8, 1.2)}),
    ),
)

_WARMED = ChainGroup(
    ref="warmed",
    name="Warmed",
    min=1,
    max=1,
    options=(
        ChainOption(key="no", name="As it is", default_quantity=1),
        ChainOption(key="yes", name="Warmed", work={"oven": 30}),
    ),
)

_SPREAD = ChainGroup(
    ref="spread",
    name="Spread",
    max=2,
    free_quantity=1,
    options=(
        ChainOption(
            key="butter",
            name="Butter",
            prices=costs(60),
            nutrition={"*": facts(74, 0, 0, 8.2, 0.1)},
            contains=frozenset({"milk"}),
        ),
        ChainOption(
            key="cream-cheese",
            name="Cream cheese",
            prices=costs(120),
            nutrition={"*": facts(90, 1.2, 0, 8.8, 1.7)},
            contains=frozenset({"milk"}),
        ),
        ChainOption(key="marmalade", name="Orange marmalade", prices=costs(60), nutrition={"*": facts(52, 12.8)}),
    ),
)

GROUPS = (
    *(_MILK, _SPLASH, _SYRUP, _ROAST, _SHOTS, _BEAN, _TEMPERATURE, _SWEETENER, _ICE, _NAME),
    *(_TOASTED, _BREAD, _EXTRAS, _WARMED, _SPREAD),
)
