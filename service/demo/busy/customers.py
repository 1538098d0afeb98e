"""Customers: each comes, orders, looks at the order now and then, and does with it what they had in mind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from . import rules
from .playing import Stage
from .rules import Visit
from .wire import Person, Wire, guest

MOST_AT_ONCE = 24
"""Who comes while so many wait goes away again: the morning never runs ahead of its baristas."""
LOOK_SECONDS = 8.0
LEAST_LOOK_SECONDS = 0.25  # real ones
TRIES = 3
_ENDED = {"picked_up", "cancelled", "rejected", "no_show", "expired"}
_NOT_TO_BE_HAD = {
    "sold-out", "not-available-now", "store-closed", "store-paused", "pickup-too-soon", "window-full", "no-window",
    "invalid-choice", "cannot-be-made-here", "quote-expired", "quote-outdated",
}  # fmt: skip


class Customers:
    """Who comes to the store; `coming` is those whose order isn't over yet, by order id."""

    def __init__(self, stage: Stage, wire: Wire, store_id: str, accounts: Sequence[Person]) -> None:
        self._stage, self._wire, self._store_id, self._accounts = stage, wire, store_id, accounts
        self._elapsed = 0.0
        self.open: dict[str, Visit] = {}
        self.doors_open = True

    def begin(self) -> None:
        """Let the first one come."""
        self._stage.after(0, lambda: self._come(0))

    def _come(self, number: int) -> None:
        """Let this one order, and the next one come later, until the morning is over."""
        gap = rules.gap_seconds(self._stage.seed, number, self._elapsed)
        self._elapsed += gap
        if not self.doors_open or self._elapsed > rules.MORNING_SECONDS:
            return
        self._stage.after(gap, lambda: self._come(number + 1))
        if len(self.open) >= MOST_AT_ONCE:
            self._stage.note("went away")
            return
        visit = rules.visit(self._stage.seed, number, len(self._accounts))
        person = Person(self._wire, guest) if visit.account is None else self._accounts[visit.account]
        self._order(visit, person)

    def _order(self, visit: Visit, person: Person) -> None:
        """Have the basket priced and promised, and place it: once, however often that must be said."""
        for _ in range(TRIES):
            menu = self._wire.send("GET", f"/v1/stores/{self._store_id}/menu", {}).body
            quote = person.ask("POST", "/v1/quotes", self._quote(visit, menu))
            if quote.status != 201:
                self._refused("quote", quote.status, quote.problem)
                continue
            client_order_id = f"busy-{self._stage.name}-{visit.number}"
            sent = {"quote_id": quote.body["id"], "client_order_id": client_order_id}
            placed = person.ask("POST", "/v1/orders", sent, with_key=True)
            if placed.status == 201:
                self._stage.placed[client_order_id] = placed.body["id"]
                self._stage.note("placed")
                self.open[placed.body["id"]] = visit
                self._look_later(visit, person, placed.body["id"], 0.0)
                return
            self._refused("order", placed.status, placed.problem)
        self._stage.note("turned away")

    def _refused(self, what: str, status: int, problem: str | None) -> None:
        if problem not in _NOT_TO_BE_HAD:
            self._stage.wonder(f"{what}: {status} {problem}")

    def _quote(self, visit: Visit, menu: Any) -> dict[str, Any]:
        at = None
        if visit.ahead_minutes is not None:
            ahead = datetime.now(UTC) + timedelta(minutes=visit.ahead_minutes)
            at = ahead.replace(minute=ahead.minute // 5 * 5, second=0, microsecond=0).isoformat()
        quote: dict[str, Any] = {
            "store_id": self._store_id,
            "lines": rules.basket(visit, menu),
            "pickup": {
                "method": visit.method,
                "alias": visit.alias,
                "if_not_collected": visit.if_not_collected,
                "at": at,
            },
        }
        if visit.trigger is not None:
            minutes = 5 if visit.trigger == "on_my_way" else None
            quote["fire"] = {"trigger": visit.trigger, "minutes": minutes, "if_latest": "cancel"}
        return quote

    def _look_later(self, visit: Visit, person: Person, order_id: str, waited: float) -> None:
        seconds = max(LOOK_SECONDS, LEAST_LOOK_SECONDS * self._stage.pace)
        self._stage.after(seconds, lambda: self._look(visit, person, order_id, waited + seconds))

    def _look(self, visit: Visit, person: Person, order_id: str, waited: float) -> None:
        """Look at the order and do what there is to do, until it is over or nobody will come for it."""
        order = person.ask("GET", f"/v1/orders/{order_id}")
        if order.status != 200:
            self._stage.wonder(f"look: {order.status} {order.problem}")
            self.open.pop(order_id, None)
            return
        state = order.body["state"]
        if state in _ENDED or (state == "ready" and visit.comes_after_seconds is None):
            self.open.pop(order_id, None)
            self._stage.note(state if state in _ENDED else "never collected")
            return
        self._act(visit, person, order.body, waited)
        self._look_later(visit, person, order_id, waited)

    def _act(self, visit: Visit, person: Person, order: Any, waited: float) -> None:
        may, path = order["next_actions"], f"/v1/orders/{order['id']}"
        if "cancel" in may and visit.cancels_after_seconds is not None and waited >= visit.cancels_after_seconds:
            self._do(person, f"{path}/cancellation", {"reason": "The bus came early"})
        elif "accept_revision" in may and order["promise"]["revision"]:
            number = order["promise"]["revision"]["number"]
            if visit.accepts_revision:
                self._do(person, f"{path}/promise-revisions/{number}/acceptance", None)
            else:
                self._do(person, f"{path}/cancellation", {"reason": "Not that late"})
        elif "answer" in may and order["asks"] and visit.answers_after_seconds is not None:
            self._answer(visit, person, order)
        elif "arrive" in may and order["state"] == "held" and waited >= visit.taps_after_seconds:
            kind = "on_my_way" if visit.trigger == "on_my_way" else "here"
            minutes = 5 if kind == "on_my_way" else None
            self._do(person, f"{path}/arrival", {"kind": kind, "minutes": minutes})
        elif "arrive" in may and order["state"] == "ready" and visit.method == "curbside":
            self._do(person, f"{path}/arrival", {"kind": "here"})

    def _answer(self, visit: Visit, person: Person, order: Any) -> None:
        ask = order["asks"][0]
        thought = datetime.now(UTC) - datetime.fromisoformat(ask["asked_at"])
        if thought.total_seconds() * self._stage.pace >= (visit.answers_after_seconds or 0):
            chosen = ask["options"][visit.number % len(ask["options"])]["answer"]
            self._do(person, f"/v1/orders/{order['id']}/asks/{ask['number']}/answer", {"answer": chosen})

    def _do(self, person: Person, path: str, body: Any) -> None:
        done = person.ask("POST", path, body, with_key=True)
        what = path.rpartition("/")[2]
        if done.status == 200:
            self._stage.note(f"{what} sent")
        elif done.status != 409:  # 409: someone was quicker, which is life
            self._stage.wonder(f"{what}: {done.status} {done.problem} {str(done.body)[:200]}")
