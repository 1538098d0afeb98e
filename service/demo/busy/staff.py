"""Baristas: they read the queue as their screen does, make what it says in its order, and hand it over.

What they do next is decided by what the queue says now, so it doesn't matter who made the order, who began with it, or
how long the service was away.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from . import rules
from .customers import Customers
from .playing import Stage
from .wire import Answer, Person

LOOK_SECONDS = 2.0
LEAST_LOOK_SECONDS = 0.2  # real ones
PAGE = 100
STRANGERS_WAIT_SECONDS = 600.0
"""An order that isn't of this morning is handed to who taps that they are here, or after so long."""
_EPOCH = datetime.min.replace(tzinfo=UTC)


class Staff:
    """The store's baristas; `makers` by station."""

    def __init__(
        self, stage: Stage, barista: Person, store_id: str, makers: Mapping[str, int], customers: Customers
    ) -> None:
        self._stage, self._barista, self._store_id = stage, barista, store_id
        self._makers, self._customers = makers, customers
        self._path = f"/v1/stores/{store_id}"
        self._first_seen: dict[str, datetime] = {}
        self._began_at = ""
        self._chance = Random(f"{stage.seed}/staff")  # noqa: S311 - nothing is kept secret by it
        self.is_away = False
        """On a break: the queue stands as it is."""

    def begin(self) -> None:
        """Come to work: look at the queue, serve walk-ins, run out of things."""
        self._began_at = datetime.now(UTC).isoformat()
        self._stage.after(1, self._look)
        self._stage.after(10, self._walk_in)
        self._stage.after(22, self._reject_a_line)
        self._stage.after(100, self._sell_out)

    # ---- the queue

    def _look(self) -> None:
        """Do everything that is due at the queue, and look again soon, until nobody waits or comes any more."""
        if not self.is_away:
            self._work(datetime.now(UTC))
        if self._customers.doors_open or self._customers.open:
            self._stage.after(max(LOOK_SECONDS, LEAST_LOOK_SECONDS * self._stage.pace), self._look)

    def _work(self, now: datetime) -> None:
        waiting, tickets = self._tickets("scheduled"), self._tickets("open")
        to_make = sum(ticket["state"] != "ready" for ticket in tickets)
        self._fire(waiting, to_make, now)
        self._make(tickets, now)
        self._hand_over(tickets, now)

    def _tickets(self, view: str) -> list[Any]:
        answer = self._barista.ask("GET", f"{self._path}/queue?view={view}&limit={PAGE}")
        return answer.body["data"] if answer.status == 200 else []

    def _fire(self, waiting: list[Any], to_make: int, now: datetime) -> None:
        """Start orders before their time: where the morning goes faster than the clock, and some while it begins. At a
        pace of 1 the worker starts all others."""
        done, is_opening = 0, self._since(self._began_at, now) < rules.OPENING_SECONDS
        for ticket in waiting:
            seen = self._first_seen.setdefault(ticket["order_id"], now)
            left = (datetime.fromisoformat(ticket["fire_at"]) - now).total_seconds()
            is_due = self._stage.pace > 1 and (now - seen).total_seconds() * (self._stage.pace - 1) >= left
            is_wanted = is_opening and ticket["state"] == "placed" and to_make + done < rules.OPENING_TICKETS
            if "fired" in ticket["next_actions"] and (is_due or is_wanted):
                done += self._post(f"/v1/orders/{ticket['order_id']}/transitions", {"to": "fired"}, "fired early")

    def _make(self, tickets: list[Any], now: datetime) -> None:
        """Bump what is done, then let every free maker start on what is next."""
        rows = [
            (ticket, line, row)
            for ticket in tickets
            if not ticket["void"] and ticket["state"] != "ready"
            for line in ticket["lines"]
            if line["struck_at"] is None
            for row in line["stations"]
        ]
        busy = dict.fromkeys(self._makers, 0)
        for ticket, line, row in rows:
            if row["state"] != "started":
                continue
            seconds = rules.making_seconds(
                self._stage.seed, _id(ticket), line["position"], row["station"], line["quantity"]
            )
            if self._since(row["started_at"], now) >= seconds:
                self._touch("bumps", ticket, line, row)
            else:
                busy[row["station"]] = busy.get(row["station"], 0) + 1
        for ticket, line, row in rows:
            free = busy.get(row["station"], 0) < self._makers.get(row["station"], PAGE)
            if row["state"] == "waiting" and free and self._is_noticed(ticket, now):
                busy[row["station"]] = busy.get(row["station"], 0) + 1
                self._touch("starts", ticket, line, row)
        for ticket in tickets:
            left = {row["state"] for made, _, row in rows if made is ticket}
            if left == {"done"}:  # what was still to be made was struck: nothing is, but someone must say so
                self._post(f"{self._path}/bumps", _about(ticket), "bumps")

    def _is_noticed(self, ticket: Any, now: datetime) -> bool:
        slip = rules.slip_seconds(self._stage.seed, _id(ticket))
        return self._since(ticket["fired_at"], now) >= slip

    def _hand_over(self, tickets: list[Any], now: datetime) -> None:
        """Give what is ready to who comes for it, and clear away what was voided."""
        for ticket in tickets:
            if ticket["void"]:
                self._post(f"{self._path}/bumps", {"order_id": ticket["order_id"]}, "voids cleared")
            elif ticket["state"] == "ready" and self._is_collected(ticket, now):
                path = f"/v1/orders/{ticket['order_id']}/transitions"
                self._post(path, {"to": "picked_up"}, "handed over")

    def _is_collected(self, ticket: Any, now: datetime) -> bool:
        visit = self._customers.open.get(ticket["order_id"])
        ready = self._since(ticket["ready_at"], now)
        if visit is None:
            is_ours = ticket["order_id"] in self._stage.placed.values()
            return not is_ours and (ticket["arrived_at"] is not None or ready >= STRANGERS_WAIT_SECONDS)
        return visit.comes_after_seconds is not None and ready >= visit.comes_after_seconds

    def _touch(self, what: str, ticket: Any, line: Any, row: Any) -> None:
        body = {**_about(ticket), "position": line["position"], "station": row["station"]}
        self._post(f"{self._path}/{what}", body, what)

    def _since(self, instant: str | None, now: datetime) -> float:
        """Return how many seconds of the morning passed since then."""
        return (now - (datetime.fromisoformat(instant) if instant else _EPOCH)).total_seconds() * self._stage.pace

    # ---- what else happens in a store

    def _walk_in(self) -> None:
        """Take what someone at the counter orders; it is made from the queue as all else is."""
        if not self._customers.doors_open:
            return
        label, wishes = self._chance.choice(rules.WALK_INS)
        menu = self._barista.ask("GET", f"{self._path}/menu")
        lines = rules.walk_in_lines(wishes, menu.body) if menu.status == 200 else []
        if lines:
            sent = {"label": label, "lines": lines}
            answer = self._barista.ask("POST", f"{self._path}/walk-ins", sent, with_key=True)
            if answer.status == 409:
                pass  # the last one was sold just now
            elif self._is_good(answer, "walk-in"):
                self._stage.note("walk-ins")
                walk_in_id = answer.body["id"]
                if self._chance.random() < rules.WENT:
                    self._stage.after(20, lambda: self._cancel_walk_in(walk_in_id))
        self._stage.after(self._chance.expovariate(1 / rules.WALK_IN_GAP_SECONDS), self._walk_in)

    def _cancel_walk_in(self, walk_in_id: str) -> None:
        if self._is_good(self._barista.ask("DELETE", f"{self._path}/walk-ins/{walk_in_id}"), "walk-in that went"):
            self._stage.note("walk-ins gone")

    def _sell_out(self) -> None:
        """Run out of something for a while: orders that hold it do what their customers chose."""
        if not self._customers.doors_open:
            return
        sku = self._chance.choice(rules.SELLS_OUT)
        menu = self._barista.ask("GET", f"{self._path}/menu")
        item = next((each for each in menu.body["items"] if each["sku"] == sku), None)
        if item is not None and item["availability"]["is_available"]:
            until = datetime.now(UTC) + timedelta(seconds=max(20.0, 240 / self._stage.pace))
            path = f"{self._path}/sold-out/item/{item['id']}"
            if self._is_good(self._barista.ask("PUT", path, {"until": until.isoformat()}), "sold out"):
                self._stage.note("sold out")
        self._stage.after(self._chance.expovariate(1 / rules.SOLD_OUT_GAP_SECONDS), self._sell_out)

    def _reject_a_line(self) -> None:
        """Spoil something that was ordered: its customer is asked, or gets what they chose for that."""
        if not self._customers.doors_open:
            return
        fresh = [each for each in self._tickets("open") if "reject_lines" in each["next_actions"]]
        if fresh:
            ticket = self._chance.choice(fresh)
            positions = [line["position"] for line in ticket["lines"] if line["struck_at"] is None]
            body = {"lines": [self._chance.choice(positions)], "reason": self._chance.choice(rules.REASONS)}
            self._post(f"/v1/orders/{ticket['order_id']}/rejections", body, "lines rejected")
        self._stage.after(self._chance.expovariate(1 / rules.REJECTION_GAP_SECONDS), self._reject_a_line)

    def _post(self, path: str, body: Any, what: str) -> int:
        """Send it once; return 1 where it was done. A 409 or 404 means that someone was quicker."""
        answer = self._barista.ask("POST", path, body, with_key=True)
        if answer.status in {404, 409}:
            return 0
        if self._is_good(answer, what):
            self._stage.note(what)
        return 1

    def _is_good(self, answer: Answer, what: str) -> bool:
        if answer.status >= 400:
            self._stage.wonder(f"{what}: {answer.status} {answer.problem} {str(answer.body)[:200]}")
        return answer.status < 400


def _id(ticket: Any) -> str:
    return str(ticket["order_id"] or ticket["walk_in_id"])


def _about(ticket: Any) -> dict[str, Any]:
    return {name: ticket[name] for name in ("order_id", "walk_in_id", "lines_since") if ticket[name] is not None}
