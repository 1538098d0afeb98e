"""What the invented chain sells, as one document for `menu.actions.load_menu`."""

from ...menu.rules import ChainCategory, ChainMenu
from . import drinks, food, groups

MENU = ChainMenu(
    categories=(
        ChainCategory(key="drinks", name="Drinks"),
        ChainCategory(key="espresso", name="Espresso bar", parent="drinks"),
        ChainCategory(key="brewed", name="Brewed by the cup", parent="drinks"),
        ChainCategory(key="tea", name="Tea and chocolate", parent="drinks"),
        ChainCategory(key="iced", name="Over ice", parent="drinks"),
        ChainCategory(key="food", name="Food"),
        ChainCategory(key="breakfast", name="Breakfast", parent="food"),
        ChainCategory(key="bakery", name="From the oven", parent="food"),
        ChainCategory(key="sandwiches", name="Sandwiches", parent="food"),
        ChainCategory(key="shop", name="For your kitchen"),
    ),
    groups=groups.GROUPS,
    items=(*drinks.ITEMS, *food.ITEMS),
)

COUNTED_SKU, COUNTED_UNITS = "beans-250", 24
"""The bags of beans are counted, in every store."""

SOLD_OUT_STORE, SOLD_OUT_SKU = "pier", "almond-croissant"
"""Gone for today in one store."""
