"""Reads of the menu: a store's compiled menu, its version, its document as bytes, its changes."""

from .compiled import menu_at, menu_of
from .versions import version, version_of

__all__ = [
    "menu_at",
    "menu_of",
    "version",
    "version_of",
]
