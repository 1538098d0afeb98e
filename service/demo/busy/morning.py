"""The morning as a whole: its people, its beginning, and its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Any

from ..chain import STORES, DemoStore
from .customers import Customers
from .playing import Stage
from .staff import Staff
from .wire import Person, Wire, account

STORE: DemoStore = next(store for store in STORES if store.hours == "24/7")
"""Where it is played: the store that never closes, so that it is open whenever someone looks."""
REPORT_SECONDS = 30.0  # real ones


class Morning:
    """A busy morning at the service of this address, with these sign-ins (`queries.sign_ins`)."""

    def __init__(
        self, url: str, sign_ins: Mapping[str, Sequence[Mapping[str, Any]]], *, seed: int, pace: float
    ) -> None:
        self.over = Event()
        self.stage = Stage(seed=seed, pace=pace, over=self.over)
        self.wire = Wire(url, self.over)
        self.store_id = str(next(store["id"] for store in sign_ins["stores"] if store["number"] == STORE.number))
        barista = next(
            each for each in sign_ins["accounts"] if each["email"] == f"barista.{STORE.key}@copperlark.example"
        )
        people = [each for each in sign_ins["accounts"] if each["role"] == "customer"]
        accounts = [Person(self.wire, account(each["email"], each["password"])) for each in people]
        self.barista = Person(self.wire, account(barista["email"], barista["password"]))
        self.customers = Customers(self.stage, self.wire, self.store_id, accounts)
        self.staff = Staff(self.stage, self.barista, self.store_id, STORE.stations, self.customers)

    def play(self, say: Callable[[str], None]) -> None:
        """Play it until its last customer has gone or `over` is set; `say` hears how it goes."""
        self._say = say
        self.customers.begin()
        self.staff.begin()
        self.stage.after(REPORT_SECONDS * self.stage.pace, self._report)
        try:
            self.stage.play()
        finally:
            self.wire.close()

    def close_doors(self) -> None:
        """Let nobody in any more; who has ordered is served."""
        self.customers.doors_open = False

    def summary(self) -> str:
        """Return in a line how it went so far."""
        counts = self.stage.counts
        named = ("placed", "handed over", "walk-ins", "cancelled", "sold out", "lines rejected", "never collected")
        told = ", ".join(f"{counts[name]} {name}" for name in named)
        return f"{told}; {len(self.customers.open)} open, {self.wire.retries} requests repeated"

    def _report(self) -> None:
        self._say(self.summary())
        if self.customers.doors_open or self.customers.open:
            self.stage.after(REPORT_SECONDS * self.stage.pace, self._report)
