"""Reads of the menu: a store's compiled menu, its version, its document as bytes, its changes."""

from .compiled import menu_at, menu_of, store_and_menu
from .feed import menu_changes
from .known import (
    categories_by_key,
    categories_of,
    items_by_sku,
    known_categories,
    known_diets,
    known_items,
    known_options,
)
from .serving import BuiltMenu, forget, served_menu
from .versions import version, version_of

__all__ = [
    "BuiltMenu",
    "categories_by_key",
    "categories_of",
    "forget",
    "items_by_sku",
    "known_categories",
    "known_diets",
    "known_items",
    "known_options",
    "menu_at",
    "menu_changes",
    "menu_of",
    "served_menu",
    "store_and_menu",
    "version",
    "version_of",
]
