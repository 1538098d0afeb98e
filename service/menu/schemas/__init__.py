"""The wire of the menu."""

from .chain import ChainMenuSchema
from .menu import (
    CountStockSchema,
    MarkSoldOutSchema,
    MenuChangesQuery,
    MenuChangesSchema,
    MenuSchema,
    ShowMenuQuery,
    SoldOutMarkSchema,
    StockCountSchema,
)
from .requests import LineChoiceSchema, ModifierChoiceSchema

__all__ = [
    "ChainMenuSchema",
    "CountStockSchema",
    "LineChoiceSchema",
    "MarkSoldOutSchema",
    "MenuChangesQuery",
    "MenuChangesSchema",
    "MenuSchema",
    "ModifierChoiceSchema",
    "ShowMenuQuery",
    "SoldOutMarkSchema",
    "StockCountSchema",
]
