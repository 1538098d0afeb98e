"""Changes of the menu: loading the chain's, selling out, counting stock."""

from .load import LoadReport, load_menu

__all__ = [
    "LoadReport",
    "load_menu",
]
