"""Pure calculation of the menu: its shape, availability, line resolution and pricing (docs/pricing.md)."""

from .availability import (
    Availability,
    Reason,
    is_open_at,
    is_parsable,
    item_availability,
    next_change,
    option_availability,
    size_availability,
)
from .catalog import ALLERGENS, MAX_DEPTH, Category, Group, Item, Menu, Nutrition, Option, Size
from .chain import Attachment, ChainCategory, ChainGroup, ChainItem, ChainMenu, ChainOption, ChainSize, Price
from .document import SORTS, category_document, item_document, items_showing, menu_document
from .faults import faults
from .lines import resolve_line
from .pricing import free_first, option_price
from .requests import line_requests
from .resolved import Fills, LineRequest, ModifierRequest, Part, ResolvedLine, ResolvedModifier, number

__all__ = [
    "ALLERGENS",
    "MAX_DEPTH",
    "SORTS",
    "Attachment",
    "Availability",
    "Category",
    "ChainCategory",
    "ChainGroup",
    "ChainItem",
    "ChainMenu",
    "ChainOption",
    "ChainSize",
    "Fills",
    "Group",
    "Item",
    "LineRequest",
    "Menu",
    "ModifierRequest",
    "Nutrition",
    "Option",
    "Part",
    "Price",
    "Reason",
    "ResolvedLine",
    "ResolvedModifier",
    "Size",
    "category_document",
    "faults",
    "free_first",
    "is_open_at",
    "is_parsable",
    "item_availability",
    "item_document",
    "items_showing",
    "line_requests",
    "menu_document",
    "next_change",
    "number",
    "option_availability",
    "option_price",
    "resolve_line",
    "size_availability",
]
