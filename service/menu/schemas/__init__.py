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

__all__ = [
    "ChainMenuSchema",
    "CountStockSchema",
    "MarkSoldOutSchema",
    "MenuChangesQuery",
    "MenuChangesSchema",
    "MenuSchema",
    "ShowMenuQuery",
    "SoldOutMarkSchema",
    "StockCountSchema",
]
