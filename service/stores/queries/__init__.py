"""Reads of stores."""

from .facts import current_facts, facts_of, store_facts, store_facts_at, version_of
from .finding import FoundStore, found_stores
from .numbers import known_stores, stores_by_number
from .showing import hours_of_store, listed_stores, remedy_table_of_store, shown_store

__all__ = [
    "FoundStore",
    "current_facts",
    "facts_of",
    "found_stores",
    "hours_of_store",
    "known_stores",
    "listed_stores",
    "remedy_table_of_store",
    "shown_store",
    "store_facts",
    "store_facts_at",
    "stores_by_number",
    "version_of",
]
