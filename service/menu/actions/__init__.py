"""Changes of the menu: loading the chain's, selling out, counting stock."""

from .facts import MarkedAvailable, MarkedSoldOut, StockRanOut
from .importing import load_drinks
from .load import LoadReport, load_menu
from .sold_out import mark_available, mark_sold_out
from .stock import claim_stock, count_stock, lock_stock, release_stock, stop_counting

__all__ = [
    "LoadReport",
    "MarkedAvailable",
    "MarkedSoldOut",
    "StockRanOut",
    "claim_stock",
    "count_stock",
    "load_drinks",
    "load_menu",
    "lock_stock",
    "mark_available",
    "mark_sold_out",
    "release_stock",
    "stop_counting",
]
