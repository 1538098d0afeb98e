"""Letting a morning pass: what is due is done, by a few hands at once, at a pace."""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from threading import Event, Lock
from uuid import uuid4

from .wire import Over

HANDS = 6


class Stage:
    """The morning's time and what it counts. Seconds given to it are the morning's: `pace` of them in a real one."""

    def __init__(self, *, seed: int, pace: float, over: Event) -> None:
        self.seed, self.pace, self.over = seed, pace, over
        self.name = uuid4().hex[:8]
        """Tells the orders of this morning from those of another of the same seed."""
        self.counts: Counter[str] = Counter()
        self.placed: dict[str, str] = {}
        """The id of each acknowledged order by the customer's own id for it."""
        self.surprises: list[str] = []
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers, self._lock = count(), Lock()
        self._failed: BaseException | None = None

    def after(self, seconds: float, work: Callable[[], None]) -> None:
        """Have it done in so many seconds of the morning."""
        with self._lock:
            heapq.heappush(self._due, (time.monotonic() + seconds / self.pace, next(self._numbers), work))

    def note(self, what: str, times: int = 1) -> None:
        """Count something that happened."""
        with self._lock:
            self.counts[what] += times

    def wonder(self, what: str) -> None:
        """Note an answer that a well-behaved client doesn't get."""
        with self._lock:
            self.counts["surprises"] += 1
            self.surprises = [*self.surprises[-19:], what]

    def play(self) -> None:
        """Do what is due until nothing is left or the morning is over. Raises what failed."""
        with ThreadPoolExecutor(HANDS) as hands:
            busy: set[Future[None]] = set()
            while not self.over.is_set():
                busy = {each for each in busy if not each.done()}
                due = self._next()
                if due is not None:
                    busy.add(hands.submit(self._do, due))
                elif not busy and not self._due:
                    break
                else:
                    self.over.wait(0.02)
        if self._failed is not None:
            raise self._failed

    def _next(self) -> Callable[[], None] | None:
        with self._lock:
            if self._due and self._due[0][0] <= time.monotonic():
                return heapq.heappop(self._due)[2]
        return None

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Over:
            return
        except Exception as error:  # noqa: BLE001 - raised again by `play`, once every hand is idle
            self._failed = error
            self.over.set()
