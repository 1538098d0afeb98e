"""An order whose last unfinished line is taken out becomes ready at that moment, whoever took it out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from service import clock
from service.orders.actions import outcomes
from service.orders.models import CapacityClaim
from service.orders.rules.aftermath import ASK_FOR
from service.worker import Worker

from .counter import Counter, states

REFUND = {"do": "refund_line", "substitutes": [], "avoid": []}


def half_made(counter: Counter, **basket: Any) -> dict[str, Any]:
    """Fire an order of a flat white and a croissant, and bump the flat white."""
    order = counter.fired(counter.shop.line(), counter.shop.line(counter.shop.croissant), **basket)
    assert counter.bump(order["id"], position=1).json["ticket"]["state"] == "in_preparation"
    return order


def state(counter: Counter, order_id: str) -> str:
    """Return where the order is."""
    return str(counter.shop.show(order_id).json["state"])


def steps(counter: Counter, order_id: str) -> list[tuple[str, str]]:
    """Return the order's steps since it was fired, each with who took it."""
    receipt = counter.shop.client.get(f"/v1/orders/{order_id}/receipt", headers=counter.shop.customer).json
    return [(step["state"], step["by"]) for step in receipt["steps"]][2:]


def test_staff_take_out_the_last_line_that_was_to_be_made(counter: Counter) -> None:
    order = half_made(counter, if_unavailable=REFUND)

    rejected = counter.shop.reject(order["id"], 2).json

    assert (rejected["state"], rejected["promise"]["outcome"]) == ("ready", "kept")
    assert rejected["totals"]["subtotal"]["amount_minor"] == 400
    assert steps(counter, order["id"]) == [("in_preparation", "staff"), ("ready", "system")]
    ticket = counter.ticket(order["id"])
    assert ticket is not None
    assert (ticket["state"], states(ticket)) == ("ready", {(1, "bar"): "done"})
    assert counter.shop.move(order["id"], "picked_up").json["state"] == "picked_up"


def test_what_it_held_is_free_again(counter: Counter) -> None:
    order = half_made(counter, if_unavailable=REFUND)

    counter.shop.reject(order["id"], 2)

    with counter.shop.app.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(CapacityClaim)) == 0


def test_the_customer_has_it_refunded(counter: Counter) -> None:
    order = half_made(counter)
    counter.shop.reject(order["id"], 2)
    assert state(counter, order["id"]) == "in_preparation"

    answered = counter.shop.answer(order["id"], 1, "refund_line").json

    assert (answered["state"], answered["asks"]) == ("ready", [])


def test_nobody_answers_and_one_of_two_workers_takes_it_out(counter: Counter) -> None:
    order, both = half_made(counter), Barrier(2)
    counter.shop.reject(order["id"], 2)

    def work(_: int) -> None:
        worker = Worker(counter.shop.app.database, {})
        both.wait(10)
        worker.follow_up(clock.now() + ASK_FOR + timedelta(seconds=1))

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, range(2)))

    assert steps(counter, order["id"]) == [("in_preparation", "staff"), ("ready", "system")]


def test_what_takes_the_place_is_still_to_be_made(counter: Counter) -> None:
    shop = counter.shop
    order = half_made(counter, if_unavailable={"do": "ask", "substitutes": [shop.line(shop.croissant)], "avoid": []})
    shop.reject(order["id"], 2)

    shop.answer(order["id"], 1, "substitute-1")

    assert state(counter, order["id"]) == "in_preparation"
    assert counter.bump(order["id"], position=2).json["ticket"]["state"] == "ready"


def test_what_else_is_to_be_made_is_waited_for(counter: Counter) -> None:
    shop = counter.shop
    order = counter.fired(shop.line(), shop.line(shop.croissant), shop.line(), if_unavailable=REFUND)
    counter.bump(order["id"], position=1)

    shop.reject(order["id"], 2)

    assert state(counter, order["id"]) == "in_preparation"
    assert counter.bump(order["id"], position=3).json["ticket"]["state"] == "ready"


def test_an_order_that_nobody_began_is_not_ready_for_having_less_to_make(counter: Counter) -> None:
    order = counter.fired(counter.shop.line(), counter.shop.line(counter.shop.croissant), if_unavailable=REFUND)

    counter.shop.reject(order["id"], 2)

    assert state(counter, order["id"]) == "fired"


def test_where_nothing_is_left_it_is_rejected(counter: Counter) -> None:
    order = half_made(counter, if_unavailable=REFUND)

    assert counter.shop.reject(order["id"], 1, 2).json["state"] == "rejected"
    assert [to for to, _ in steps(counter, order["id"])] == ["in_preparation", "rejected"]


def made_and_dropped(counter: Counter, dropped: dict[str, Any]) -> dict[str, Any]:
    """Fire three lines of which the second and the third were made; the third is the one that is dropped then."""
    shop = counter.shop
    order = counter.fired(
        shop.line(shop.croissant, if_unavailable=REFUND),
        shop.line(),
        shop.line(size_id=str(shop.large), modifiers=[{"option_id": str(shop.oat)}], if_unavailable=dropped),
    )
    for position in (2, 3):
        counter.bump(order["id"], position=position)
    return order


def test_lines_are_taken_out_together_and_one_that_was_made_is_made_anew_first(counter: Counter) -> None:
    """After the first of them everything that is left is done: it must not be ready before the second is seen to."""
    again = {"do": "closest", "substitutes": [counter.shop.line(size_id=str(counter.shop.large))], "avoid": []}
    order = made_and_dropped(counter, again)

    rejected = counter.shop.reject(order["id"], 1, 3).json

    assert [line["change"]["kind"] for line in rejected["lines"] if "change" in line] == ["struck", "substituted"]
    assert rejected["state"] == "in_preparation"
    ticket = counter.ticket(order["id"])
    assert ticket is not None
    assert states(ticket) == {(2, "bar"): "done", (3, "bar"): "waiting"}


@pytest.mark.broken_on_purpose
def test_control_told_after_the_first_it_is_ready_too_soon(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    again = {"do": "closest", "substitutes": [counter.shop.line(size_id=str(counter.shop.large))], "avoid": []}
    order = made_and_dropped(counter, again)
    add_up = outcomes.add_up

    def and_tell(session: Any, row: dict[str, Any], *, now: Any) -> None:
        monkeypatch.setattr(outcomes, "add_up", add_up)
        add_up(session, row, now=now)
        outcomes.tell_changed(session, row, [1], reason="dropped", now=now)

    monkeypatch.setattr(outcomes, "add_up", and_tell)

    counter.shop.reject(order["id"], 1, 3)

    assert ("ready", "system") in steps(counter, order["id"])


def test_a_line_that_was_made_and_dropped_waits_for_its_customers_answer(counter: Counter) -> None:
    order = made_and_dropped(counter, {"do": "ask", "substitutes": [], "avoid": []})
    counter.shop.reject(order["id"], 3)

    counter.shop.reject(order["id"], 1)

    assert state(counter, order["id"]) == "in_preparation"  # two of three are done, and one of those is on the floor
    assert counter.shop.answer(order["id"], 1, "refund_line").json["state"] == "ready"


def test_what_was_bumped_before_can_still_be_undone(counter: Counter) -> None:
    shop = counter.shop
    order = counter.fired(shop.line(), shop.line(shop.croissant), if_unavailable=REFUND)
    bump = counter.bump(order["id"], position=1).json
    shop.reject(order["id"], 2)

    undone = counter.undo(bump["id"]).json

    assert (undone["ticket"]["state"], states(undone["ticket"])) == ("in_preparation", {(1, "bar"): "waiting"})
    assert counter.bump(order["id"]).json["ticket"]["state"] == "ready"
