"""Sayso: the backend of a coffee-chain and hotel app in which the customer decides.

Folders are the business, files are the plumbing; docs/architecture.md shows the way through the house.
"""

from .app import create_app

__all__ = ["create_app"]
