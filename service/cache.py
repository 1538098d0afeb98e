"""A bounded, thread-safe cache of one process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Keeps the `size` entries used last."""

    def __init__(self, size: int) -> None:
        self._size, self._entries, self._lock = size, OrderedDict[K, V](), Lock()

    def get(self, key: K) -> V | None:
        """Return the entry, None where there is none."""
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key]

    def put(self, key: K, value: V) -> None:
        """Keep the entry, dropping the one unused for longest where the cache is full."""
        with self._lock:
            self._entries[key] = value
            self._entries.move_to_end(key)
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def drop(self, key: K) -> None:
        """Forget the entry."""
        with self._lock:
            self._entries.pop(key, None)

    def drop_where(self, unwanted: Callable[[V], bool]) -> None:
        """Forget the entries that are unwanted; looks at every one, for rare events only."""
        with self._lock:
            for key in [key for key, value in self._entries.items() if unwanted(value)]:
                del self._entries[key]
