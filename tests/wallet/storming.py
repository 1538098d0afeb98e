"""A storm over everything that moves money: real threads, each with a client of its own, beside a working worker."""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session
from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from service import clock, reactions
from service.http.edge import Edge
from service.loyalty import actions as loyalty
from service.payments import actions as payments
from service.payments.models import PaymentIntent
from service.payments.providers.port import Kept
from service.payments.providers.sandbox import CARDS, Sandbox
from service.worker import Worker
from tests.counting import retried
from tests.factories import make_customer, make_staff, sign_in_as
from tests.loyalty.club import Club

THREADS, PEOPLE, MEMBERS = 8, 12, 8
LATER = [timedelta(seconds=40), timedelta(minutes=31), timedelta(days=2), timedelta(days=4), timedelta(days=16)]
"""When it is looked again after the storm: when leases ended, banks waited long enough, stores closed, nobody answered.
"""
PASSES = 30


@dataclass
class Customer:
    """Somebody with every test card there is."""

    id: UUID
    email: str
    headers: dict[str, str]
    methods: dict[str, str]
    is_member: bool


@dataclass
class Known:
    """What everybody in the storm knows of; threads only append, and take what they find."""

    orders: list[tuple[str, Customer]] = field(default_factory=list)
    transfers: list[tuple[str, Customer, Customer]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    gifts: list[tuple[str, str, Customer]] = field(default_factory=list)
    redemptions: list[tuple[str, Customer]] = field(default_factory=list)
    cash_outs: list[tuple[str, Any, Customer]] = field(default_factory=list)
    payments: list[str] = field(default_factory=list)
    webhooks: deque[tuple[dict[str, str], bytes]] = field(default_factory=lambda: deque(maxlen=30))
    asked: deque[tuple[str, str, dict[str, str], Any]] = field(default_factory=lambda: deque(maxlen=20))
    answered: dict[str, str] = field(default_factory=dict)


class World:
    """A store, its staff, a dozen customers and what happened to them."""

    def __init__(self, app: Edge, session: Session, seed: int | str) -> None:
        self.app, self.seed = app, seed
        self.club = Club(app, session)
        self.shop = self.club.shop
        self.shop.store.stations = {"bar": 60, "oven": 60}
        session.commit()
        self.staff = [sign_in_as(app, make_staff(session, self.shop.store.id)) for _ in range(2)]
        self.customers = [self._customer(session, number) for number in range(PEOPLE)]
        self.known = Known()
        self.did: Counter[str] = Counter()
        self.again: Counter[str] = Counter()
        self.broken: list[str] = []

    @property
    def bank(self) -> Sandbox:
        """The sandbox's bank."""
        bank = self.app.extensions["sayso.payments"].provider("sandbox")
        assert isinstance(bank, Sandbox)
        return bank

    def _customer(self, session: Session, number: int) -> Customer:
        person = make_customer(session)
        methods = {}
        for token, card in CARDS.items():
            kept = Kept(token=token, customer="c", kind="card", brand=card.brand, last4=card.last4, expires="2039-12")
            method_id = payments.keep_method(
                session, customer_id=person.id, provider="sandbox", kept=kept, is_default=False, now=clock.now()
            )
            methods[token] = str(method_id)
        session.commit()
        headers = sign_in_as(self.app, person)
        if number < MEMBERS:
            self.club.join(headers)
            basket = self.club.basket(2_000)
            now = clock.now()
            loyalty.award(session, customer_id=person.id, order_id=uuid4(), basket=basket, now=now)
            session.commit()
        return Customer(person.id, str(person.email), headers, methods, number < MEMBERS)


class Hand:
    """One thread's hand in the storm: a client and dice of its own."""

    def __init__(self, world: World, number: int) -> None:
        self.world, self.known, self.shop = world, world.known, world.shop
        self.client = world.app.test_client()
        self.random = random.Random(f"{world.seed}/{number}")

    def customer(self) -> Customer:
        """Return somebody."""
        return self.random.choice(self.world.customers)

    def some(self, found: Sequence[Any]) -> Any:
        """Return one of them, rather a late one; None where there is none."""
        if not found:
            return None
        late = found[-30:] if self.random.random() < 0.7 else found
        return self.random.choice(late)

    def ask(self, method: str, path: str, headers: dict[str, str], body: Any = None, **more: str) -> Any:
        """Ask for something with a key of its own; now and then somebody else asks the same."""
        keyed = headers | {"Idempotency-Key": str(uuid4())} | more
        asked = (method, path, keyed, body)
        if self.random.random() < 0.15:
            self.known.asked.append(asked)
        return self.send(*asked)

    def send(self, method: str, path: str, headers: dict[str, str], body: Any) -> Any:
        """Send a request; note how it went."""
        answer = self.client.open(path, method=method, json=body, headers=headers)
        self.note(method, path, answer)
        key = headers.get("Idempotency-Key")
        if path != "/v1/quotes" and key is not None and answer.status_code == 201:
            first = self.known.answered.setdefault(key, answer.json["id"])
            if first != answer.json["id"]:
                self.world.broken.append(f"{path}: one key, two of them: {first} and {answer.json['id']}")
        return answer

    def note(self, method: str, path: str, answer: Any) -> None:
        """Note an answer: 2xx, or refused; anything else is a fault."""
        what = "/".join(part for part in path.split("/") if "-" not in part or not part[0].isdigit())
        outcome = "ok" if answer.status_code < 300 else str(answer.json.get("type", answer.status_code))
        self.world.did[f"{method} {what} {outcome}"] += 1
        if answer.status_code >= 500:
            self.world.broken.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")

    def again(self) -> None:
        """Send what somebody asked once more: the same key, perhaps at the same moment."""
        if self.known.asked:
            self.send(*self.random.choice(list(self.known.asked)))


Way = tuple[int, Callable[[Any], None]]


class Storm:
    """Lets hands do so many steps each, beside a worker, and then lets everything come to rest."""

    def __init__(self, world: World, hand: type[Hand], ways: Sequence[Way]) -> None:
        self.world, self.hand = world, hand
        self.weights, self.ways = [weight for weight, _ in ways], [way for _, way in ways]
        self.over = Event()
        app = world.app
        deliver = reactions.outward(app.extensions["sayso.settings"], app.database)
        self.worker = Worker(app.database, deliver, app.extensions["sayso.payments"])

    def rage(self, *, steps: int, seconds: float = 600, rests: bool = True) -> None:
        """Let it rage for so many steps of each hand, or so long; then let it come to rest (`rests`)."""
        until, worker = time.monotonic() + seconds, Thread(target=self._work, daemon=True)
        try:
            with capture_logs(processors=[format_exc_info]) as logs, retried() as self.world.again:
                worker.start()
                with ThreadPoolExecutor(THREADS) as pool:
                    list(pool.map(lambda number: self._step_by_step(number, steps, until), range(THREADS)))
                self.over.set()
                worker.join()
                if rests:
                    self.calm()
        finally:
            self.over.set()
        wrong = [entry for entry in logs if entry["log_level"] in {"error", "critical"}]
        self.world.broken += [f"{entry['event']}: {entry}" for entry in wrong]

    def _step_by_step(self, number: int, steps: int, until: float) -> None:
        hand = self.hand(self.world, number)
        for _ in range(steps):
            if time.monotonic() > until or len(self.world.broken) > 20:
                return
            (way,) = hand.random.choices(self.ways, self.weights)
            try:
                way(hand)
            except Exception as error:  # noqa: BLE001 - whatever a request met is a fault of it
                self.world.broken.append(f"{way.__name__}: {error!r}"[:2_000])

    def _work(self) -> None:
        """Do as `flask worker` does, whose clock is ahead now and then: leases end, stores start, nobody comes."""
        dice, worker = random.Random(f"{self.world.seed}/worker"), self.worker
        while not self.over.is_set():
            now = clock.now()
            worker.fire(now + timedelta(minutes=dice.choice([0, 0, 0, 0, 0, 10])))
            worker.follow_up(now + timedelta(minutes=dice.choice([0, 0, 0, 6, 35])))
            worker.carry_and_forget(now)
            worker.pay(now + timedelta(seconds=dice.choice([0, 4, 4, 20])))
            self.over.wait(0.01)

    def calm(self) -> None:
        """Let the worker pass, later and later, until nothing is due any more."""
        began = clock.now()
        for later in LATER:
            now = began + later
            for number in range(PASSES):
                # Only banks are asked later and later: at each of these minutes it would be some order's turn.
                asked_at = now + number * timedelta(minutes=1)
                did = self.worker.fire(now), self.worker.follow_up(now), self.worker.pay(asked_at)
                if not any(did) and not self._is_due(asked_at):
                    break
            else:
                self.world.broken.append(f"still something to do {later} later: {did}")
        self.worker.carry_and_forget(clock.now())

    def _is_due(self, now: datetime) -> bool:
        with self.world.app.database.reading() as session:
            return session.scalar(sa.select(PaymentIntent.id).where(PaymentIntent.due_at <= now).limit(1)) is not None
