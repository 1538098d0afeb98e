"""Walks: something is done undisturbed, then again and again, killed at each point in turn; it has to end alike."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from service import clock
from service.loyalty import queries as loyalty
from service.payments.driving import provider_agrees
from service.payments.models import PaymentIntent
from service.payments.providers.bank import SandboxPayment
from service.payments.rules.timing import LEASE
from service.wallet import queries as wallet
from tests.orders.paying import Payer
from tests.serving import ROOT

from .charges import charges_for_nothing
from .killing import BEFORE_COMMIT, DONE, Step, work

KILLED = -9


class Doomed:
    """What does errands in processes that are killed on the way."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self._running = running

    def do(self, steps: Sequence[Step], database_url: str, kill_at: int | None, **how: bool) -> dict[str, Any]:
        """Do the steps, all of them or up to a point; return how that ended, and where."""
        errand = {"steps": steps, "database_url": database_url, "kill_at": kill_at, "is_fine": False, "is_hasty": False}
        assert self._running.stdin is not None
        assert self._running.stdout is not None
        print(json.dumps(errand | how), file=self._running.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self._running.stdout.readline())
        return answer


@contextmanager
def doomed_in(folder: Path) -> Iterator[Doomed]:
    """Run the process whose children are killed."""
    command = [sys.executable, "-m", "tests.faults.killing", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        yield Doomed(running)
        running.kill()


@dataclass(frozen=True)
class Errand:
    """What one victim does: requests, and what the worker does; `order_id` or `client_order_id` say of which order.

    `passes` are how many the worker needs at most, whoever died.
    """

    steps: list[Step]
    order_id: str | None = None
    client_order_id: str | None = None
    passes: int = 1

    @property
    def requests(self) -> list[Step]:
        """What a client sends again, as it was."""
        return [step for step in self.steps if "worker_at" not in step]

    @property
    def ends_at(self) -> datetime:
        """When the next pass of the worker finds no lease of the dead any more."""
        worked_at = [datetime.fromisoformat(step["worker_at"]) for step in self.steps if "worker_at" in step]
        return max([clock.now(), *worked_at]) + LEASE + timedelta(seconds=1)


class Scene:
    """A customer who pays at a shop, in an application that lives on while others die."""

    def __init__(self, payer: Payer, doomed: Doomed, database_url: str) -> None:
        self.payer, self.shop, self.doomed, self.database_url = payer, payer.shop, doomed, database_url
        self.app = payer.shop.app
        self.cards: dict[str, dict[str, Any]] = {}

    def card(self, token: str = "sandbox_visa") -> dict[str, Any]:
        """Return a tender: a card of the customer's, added where they have none such."""
        if token not in self.cards:
            self.cards[token] = {"kind": "card", "method_id": self.payer.card(token)}
        return self.cards[token]

    def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Step:
        """Return a request, with a key of its own."""
        keyed = (headers or self.payer.headers) | {"Idempotency-Key": str(uuid4())}
        return {"path": path, "json": body or {}, "headers": keyed}

    def placing(self, *tenders: dict[str, Any], **basket: Any) -> Errand:
        """Return the placing of an order for later, so that nobody starts on it by itself."""
        later = (clock.now() + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
        quote = self.payer.quote(*tenders, **{"pickup": {"at": later.isoformat()}, **basket})
        assert quote.status_code == 201, quote.text
        client_order_id = f"app-{uuid4()}"
        body = {"quote_id": quote.json["id"], "client_order_id": client_order_id}
        return Errand([self.post("/v1/orders", body)], client_order_id=client_order_id)

    def placed(self, *tenders: dict[str, Any], **basket: Any) -> Any:
        """Place such an order here, where nobody dies."""
        (answer,) = self.send(self.placing(*tenders, **basket).steps)
        assert answer.status_code == 201, answer.text
        return answer.json

    def work_at(self, at: datetime | None = None) -> Step:
        """Return a pass of the worker: some seconds from now, unless told otherwise."""
        return {"worker_at": (at or clock.now() + timedelta(seconds=5)).isoformat()}

    def send(self, steps: Sequence[Step]) -> list[Any]:
        """Send requests here; return the answers."""
        return [self.app.test_client().post(**step) for step in steps]

    def live(self, errand: Errand, *, is_fine: bool) -> list[str]:
        """Do an errand in a process that nobody kills; return the points that it reached."""
        told = self.doomed.do(errand.steps, self.database_url, None, is_fine=is_fine)
        assert all(status in {200, 201, 402} for status in told["statuses"]), told
        found: list[str] = told["reached"]
        return found

    def die(self, errand: Errand, kill_at: int, **how: bool) -> str:
        """Do an errand in a process that is killed at a point; return its name, once the database knows."""
        told = self.doomed.do(errand.steps, self.database_url, kill_at, **how)
        assert told["ended"] == KILLED, f"not killed at point {kill_at}: {told}"
        self._wait_for(told["connections"])
        return str(told["at"])

    def _wait_for(self, connections: list[int]) -> None:
        # PostgreSQL rolls back what a dead process left open as soon as it reads from its socket.
        still = sa.text("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(:pids)")
        while connections:
            with self.app.database.reading() as session:
                if not session.scalar(still, {"pids": connections}):
                    return
            time.sleep(0.005)

    def recover(self, errand: Errand) -> list[str]:
        """Let the client send again, the worker pass, and the client send once more; return what is wrong."""
        at_once = self.send(errand.requests)
        for number in range(errand.passes):
            work(self.app, errand.ends_at + number * LEASE)
        later = self.send([self._as_another_phone(each) for each in errand.requests])
        bodies = [(answer.status_code, answer.json.get("id")) for answer in (*at_once, *later)]
        wrong = [f"a repeat is answered {status}: {answer}" for status, answer in bodies if status >= 500]
        if len(set(bodies)) > 1:
            wrong.append(f"repeats are answered differently: {bodies}")
        return wrong

    def _as_another_phone(self, request: Step) -> Step:
        """Return the request as a client sends it that kept the id of its order, but not its key."""
        if "client_order_id" not in request["json"]:
            return request
        return self.post(request["path"], request["json"])

    def order(self, errand: Errand) -> Any:
        """Return the order that an errand is about, as its customer sees it; None where there is none."""
        if errand.order_id is not None:
            return self.shop.show(errand.order_id).json
        if errand.client_order_id is None:
            return None
        by_client_id = f"/v1/me/orders/by-client-id/{errand.client_order_id}"
        return self.payer.client.get(by_client_id, headers=self.payer.headers).json

    def money(self) -> dict[str, int]:
        """Return where all money is: in the wallet, free in it, and in the accounts of the store."""
        balance, available = self.payer.has()
        return {"balance": balance, "available": available, **self.payer.house()}

    def payments(self) -> dict[Any, tuple[Any, ...]]:
        """Return by key what the bank has of each payment, and what we say of it."""
        ours = (PaymentIntent.purpose, PaymentIntent.state, PaymentIntent.captured_minor, PaymentIntent.refunded_minor)
        bank = (SandboxPayment.state, SandboxPayment.captured_minor, SandboxPayment.refunded_minor)
        both = sa.select(SandboxPayment.key, *bank, *ours).outerjoin(
            PaymentIntent, PaymentIntent.id == SandboxPayment.key
        )
        with self.app.database.reading() as session:
            return {row[0]: tuple(row[1:]) for row in session.execute(both)}

    def faults(self) -> list[str]:
        """Return what is wrong with the ledger, with the stars, and with what the bank charges."""
        bank = self.app.extensions["sayso.payments"].provider("sandbox")
        with self.app.database.reading() as session:
            differing = [
                f"payment {each.payment_id}: {each.why}" for each in provider_agrees(session, bank, now=clock.now())
            ]
            return [*wallet.ledger_faults(session), *loyalty.audit(session), *differing, *charges_for_nothing(session)]


@dataclass(frozen=True)
class Ending:
    """How an errand ended, after whatever happened on the way: its order, and what moved where."""

    order: Any
    money: dict[str, int]
    payments: list[tuple[Any, ...]]


def ending(scene: Scene, errand: Errand, happens: Callable[[], object]) -> tuple[Ending, list[str]]:
    """Let an errand happen, to its end or not, and what comes after; return how that ended, and what is wrong."""
    before, known = scene.money(), scene.payments()
    happens()
    wrong = scene.recover(errand)
    money, payments = scene.money(), scene.payments()
    moved = {name: amount - before.get(name, 0) for name, amount in money.items()}
    changed = sorted(_since(known.get(key), payment) for key, payment in payments.items() if known.get(key) != payment)
    return Ending(seen(scene.order(errand)), moved, changed), wrong


def _since(before: Sequence[Any] | None, payment: Sequence[Any]) -> tuple[Any, ...]:
    """Return a payment with what came to its amounts."""
    were = before or [0] * len(payment)
    return tuple(now - was if isinstance(now, int) else now for now, was in zip(payment, were, strict=True))


def seen(order: Any) -> Any:
    """Return what an order says of itself and its money, without the names that each has of its own."""
    if order is None:
        return None
    amounts = ("amount", "tip", "refunded")
    return {
        "state": (order["state"], order["end_reason"], order["payment_pending"]),
        "lines": [(line["quantity"], line["total"]["amount_minor"]) for line in order["lines"]],
        "tenders": [
            (each["kind"], each["state"], *(each[name]["amount_minor"] for name in amounts))
            for each in order.get("tenders", ())
        ],
    }


def walked(scene: Scene, arrange: Callable[[Scene], Errand], *, is_fine: bool = False) -> tuple[list[str], list[str]]:
    """Do an errand undisturbed, then again killed at each of its points; return the points, and what is wrong.

    At every point where the walk is fine; else at those before a commit and at the end: nothing that stays is changed
    between them.
    """
    points: list[str] = []
    errand = arrange(scene)
    expected, faults = ending(scene, errand, lambda: points.extend(scene.live(errand, is_fine=is_fine)))
    for number, point in enumerate(points):
        if is_fine or point in {BEFORE_COMMIT, DONE}:
            where = f"killed at point {number} ({' > '.join(points[max(0, number - 2) : number + 1])}): "
            faults += [where + fault for fault in died(scene, arrange(scene), number, expected, is_fine=is_fine)]
    return points, faults + scene.faults()


def died(scene: Scene, errand: Errand, number: int, expected: Ending, **how: bool) -> list[str]:
    """Do an errand, killed at a point; return what is wrong then, and what differs from where nobody died."""
    ended, faults = ending(scene, errand, lambda: scene.die(errand, number, **how))
    if ended != expected:
        faults.append(f"ended as {ended} and not as {expected}")
    return faults
