"""One campaign: a busy morning is played, things are killed and cut, and then it is looked whether all of it held."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

from service.demo.busy.morning import STORE, Morning
from service.demo.busy.wire import Person, account
from service.demo.busy.wire import Wire as Asking

from .checks import Found, is_well, verdict
from .followers import Screen, Watcher
from .looking import Database, found_at
from .service import KINDS, Supervised
from .wire import Wire

PACE = 20.0
SCREENS, WATCHERS = 3, 8
KILL_GAP_SECONDS = (0.6, 3.0)
CUT_GAP_SECONDS = (0.05, 0.5)
FINISH_SECONDS = 45.0
COMPARE_SECONDS = 20.0
SETTLE_SECONDS = 40.0


@dataclass
class Report:
    """What was done and what came of it."""

    database: str
    seed: int
    seconds: float
    kills: Counter[str] = field(default_factory=Counter)
    cuts: int = 0
    restarts: int = 0
    reconnects: int = 0
    resyncs: int = 0
    tickets_compared: int = 0
    repeated: int = 0
    orders: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)
    settled_after_seconds: float = 0.0
    wrong: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        """Whether every invariant held."""
        return is_well(self.wrong)

    def text(self) -> str:
        """Return it as a person reads it."""
        kills = ", ".join(f"{count} × {kind}" for kind, count in sorted(self.kills.items()))
        lines = [
            f"{self.database}: seed {self.seed}, {self.seconds:g} s",
            f"  killed with -9: {kills}; connections cut: {self.cuts}; service started again: {self.restarts}",
            f"  orders: {self.orders}; requests sent again: {self.repeated}",
            f"  followers: {self.reconnects} reconnects, {self.resyncs} resyncs, "
            f"{self.tickets_compared} tickets on every screen; settled after {self.settled_after_seconds:.1f} s",
        ]
        for name, wrong in self.wrong.items():
            lines += [f"  {name:<9}{'none' if not wrong else len(wrong)}", *(f"    {each}" for each in wrong[:10])]
        return "\n".join([*lines, *(f"  surprise: {each}" for each in self.surprises)])


class Campaign:
    """Plays, kills and looks, on one service."""

    def __init__(self, service: Supervised, database: Database, name: str, seed: int) -> None:
        self.report = Report(name, seed, 0.0)
        self._service, self._database = service, database
        self._chance, self._over = random.Random(seed), Event()
        self._wire = Wire(service.port)
        sign_ins = database.sign_ins()
        self._morning = Morning(f"http://127.0.0.1:{self._wire.port}", sign_ins, seed=seed, pace=PACE)
        barista = next(each for each in sign_ins["accounts"] if each["email"].startswith(f"barista.{STORE.key}@"))
        # Who looks at the end, and reads the queue for the screens, isn't cut off.
        self._direct = Asking(f"http://127.0.0.1:{service.port}", self._over)
        self._looker = Person(self._direct, account(barista["email"], barista["password"]))
        self._queue_path = f"/v1/stores/{self._morning.store_id}/queue"
        self._watchers: list[Watcher] = []

    def run(self, seconds: float, finish_seconds: float) -> Report:
        """Do it for so long, serve who has ordered for `finish_seconds` at most, let it settle; return what came of
        it."""
        self.report.seconds = seconds
        failed: list[BaseException] = []
        playing = Thread(target=self._play, args=(failed,), daemon=True)
        screens = [
            Screen(self._wire.port, f"{self._queue_path}/events", self._token, self._over, self._read_queue)
            for _ in range(SCREENS)
        ]
        playing.start()
        cutting = Event()
        cutter = Thread(target=self._cut, args=(cutting,), daemon=True)
        cutter.start()
        self._kill(seconds)
        cutting.set()
        cutter.join()
        self._service.wait_until_up()
        misled = self._compare_screens(screens)
        self._morning.close_doors()
        playing.join(finish_seconds)
        self._morning.over.set()
        playing.join(30)
        if failed:
            raise failed[0]
        self._settle(screens)
        self.report.wrong["misled"] += misled
        self._sum_up(screens)
        self._leave(screens)
        return self.report

    def _leave(self, screens: list[Screen]) -> None:
        self._over.set()
        self._wire.close()
        for each in [*screens, *self._watchers]:
            each.join()
        self._direct.close()

    def _play(self, failed: list[BaseException]) -> None:
        try:
            self._morning.play(lambda _: None)
        except BaseException as error:  # noqa: BLE001 - raised where the campaign is run
            failed.append(error)

    def _kill(self, seconds: float) -> None:
        """Kill at random until the time is over; have a few orders followed all the while."""
        until, deck = time.monotonic() + seconds, list[str]()
        while time.monotonic() < until:
            pause_until = min(until, time.monotonic() + self._chance.uniform(*KILL_GAP_SECONDS))
            while time.monotonic() < pause_until:
                self._watch_some()
                time.sleep(0.1)
            deck = deck or self._shuffled()
            # What isn't there, since it was killed just now, is killed another time.
            if self._service.kill(deck[-1], self._chance.randrange(64)):
                self.report.kills[deck.pop()] += 1
            else:
                self._chance.shuffle(deck)

    def _shuffled(self) -> list[str]:
        """Return whom to kill next, the last first: the master seldom, since all is away for seconds without it."""
        deck = [*KINDS, *KINDS, "gunicorn process"]
        deck.remove("gunicorn master")
        self._chance.shuffle(deck)
        deck.sort(key=lambda kind: kind != "gunicorn master")
        return deck

    def _cut(self, stop: Event) -> None:
        chance = random.Random(f"{self.report.seed}/cut")
        while not stop.wait(chance.uniform(*CUT_GAP_SECONDS)):
            self.report.cuts += self._wire.cut(chance)

    def _watch_some(self) -> None:
        watched = {each.order_id for each in self._watchers}
        if sum(not each.is_done for each in self._watchers) < WATCHERS:
            for order_id in list(self._morning.stage.placed.values())[-1:]:
                if order_id not in watched:
                    self._watchers.append(Watcher(self._wire.port, order_id, self._token, self._over))

    def _compare_screens(self, screens: list[Screen]) -> list[str]:
        """Compare every screen with the queue while there is something in it; return what differs in the end."""
        self._morning.staff.is_away = True
        until = time.monotonic() + COMPARE_SECONDS
        while True:
            queue, shown = self._read_queue(), [dict(each.tickets) for each in screens]
            if all(each == queue for each in shown) or time.monotonic() > until:
                break
            time.sleep(0.2)
        self._morning.staff.is_away = False
        self.report.tickets_compared = len(queue)
        return [f"before the end a screen differs in {sorted(dict(each.items() ^ queue.items()))}"
                for each in shown if each != queue]  # fmt: skip

    def _settle(self, screens: list[Screen]) -> None:
        """Look again and again until all is well, within a bound."""
        began = time.monotonic()
        while True:
            self.report.wrong = verdict(self._look(screens))
            self.report.settled_after_seconds = time.monotonic() - began
            if self.report.is_well or self.report.settled_after_seconds > SETTLE_SECONDS:
                return
            time.sleep(0.5)

    def _look(self, screens: list[Screen]) -> Found:
        ended = self._database.ended()
        return found_at(
            self._database,
            prefix=f"busy-{self._morning.stage.name}-",
            acknowledged=self._morning.stage.placed,
            queue=self._read_queue(),
            screens=[dict(each.tickets) for each in screens],
            # Who heard the end of an order stopped listening then.
            watched={
                each.order_id: each.version for each in self._watchers if not (each.is_done and each.order_id in ended)
            },
        )

    def _sum_up(self, screens: list[Screen]) -> None:
        report, stage = self.report, self._morning.stage
        report.restarts, report.repeated = self._service.restarts, self._morning.wire.retries
        report.reconnects = sum(each.reconnects for each in [*screens, *self._watchers])
        report.resyncs = sum(each.resyncs for each in screens)
        report.orders = self._database.states()
        report.counts, report.surprises = dict(stage.counts), stage.surprises

    def _token(self) -> str:
        return self._looker.token

    def _read_queue(self) -> dict[str, int]:
        found: dict[str, int] = {}
        cursor: str | None = None
        while True:
            more = f"&cursor={cursor}" if cursor else ""
            page: Any = self._looker.ask("GET", f"{self._queue_path}?limit=100{more}").body
            for ticket in page["data"]:
                found[ticket["order_id"] or ticket["walk_in_id"]] = ticket["version"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found


@contextmanager
def supervised(database_url: str, folder: Path) -> Iterator[tuple[Supervised, Database]]:
    """Run the service on an empty database for the block."""
    service = Supervised(database_url, folder, {})
    try:
        service.start()
        database = Database(service.environ)
        try:
            yield service, database
        finally:
            database.close()
    finally:
        service.stop()


def campaign(
    name: str, database_url: str, folder: Path, *, seed: int, seconds: float, finish_seconds: float = FINISH_SECONDS
) -> Report:
    """Run a campaign on an empty database, and return its report."""
    with supervised(database_url, folder) as (service, database):
        return Campaign(service, database, name, seed).run(seconds, finish_seconds)
