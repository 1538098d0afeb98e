"""The promise ledger: what was promised stays, what can't be kept is proposed anew, kept or missed is told once."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from service import clock
from service.events import OutboxRow
from service.http.edge import Edge
from service.orders import actions
from service.orders.models import Order, PromiseEntry
from service.orders.rules.promise import SLOT, WINDOW, next_slot
from service.worker import Worker

from .shop import Shop
from .test_races import THREADS, all_at_once, outcomes


def ledger(shop: Shop, order_id: str, headers: dict[str, str] | None = None) -> Any:
    """Read the ledger."""
    return shop.client.get(f"/v1/orders/{order_id}/promises", headers=headers or shop.customer)


def kinds(shop: Shop, order_id: str) -> list[str]:
    """Return what the ledger tells, in its order."""
    return [entry["kind"] for entry in ledger(shop, order_id).json["data"]]


def accept(shop: Shop, order_id: str, number: int, headers: dict[str, str] | None = None) -> Any:
    """Accept a proposal."""
    return shop.app.test_client().post(
        f"/v1/orders/{order_id}/promise-revisions/{number}/acceptance",
        headers=(headers or shop.customer) | {"Idempotency-Key": str(uuid4())},
    )


def end_of(order: Mapping[str, Any]) -> datetime:
    """Return the end of the order's window."""
    return datetime.fromisoformat(order["promise"]["window_ends_at"])


def late_order(shop: Shop, **basket: Any) -> dict[str, Any]:
    """Place and fire an order, let the worker see it a minute after its window's end, and return it."""
    order = shop.placed(**basket)
    shop.move(order["id"], "fired")
    Worker(shop.app.database, {}).work_once(end_of(order) + timedelta(minutes=1))
    shown: dict[str, Any] = shop.show(order["id"]).json
    return shown


def ready_at(shop: Shop, order_id: str, now: datetime) -> None:
    """Let staff say at an instant that the order is ready."""
    actions.move_order(
        shop.session,
        order_id=UUID(order_id),
        store_ids=None,
        to="ready",
        reason=None,
        actor_id=shop.store.id,
        now=now,
    )
    shop.session.commit()


class TestOutcome:
    def test_ready_by_the_windows_end_is_kept(self, shop: Shop) -> None:
        order = shop.placed()
        shop.move(order["id"], "fired")
        ready_at(shop, order["id"], end_of(order))

        assert shop.show(order["id"]).json["promise"]["outcome"] == "kept"
        assert kinds(shop, order["id"]) == ["first", "kept"]

    def test_ready_after_it_is_missed_and_gives_the_remedy_that_was_chosen(self, shop: Shop) -> None:
        order = shop.placed(remedy="apology")
        shop.move(order["id"], "fired")
        ready_at(shop, order["id"], end_of(order) + timedelta(seconds=90))

        shown = shop.show(order["id"]).json
        assert (shown["promise"]["outcome"], shown["remedy"]) == (
            "missed",
            {"kind": "apology", "source": {"kind": "customer_choice"}},
        )
        assert ledger(shop, order["id"]).json["data"][-1]["remedy"] == "apology"
        missed = _facts(shop, order["id"], "PromiseMissed")
        assert [(fact["remedy"], fact["late_seconds"]) for fact in missed] == [("apology", 90)]

    def test_a_recall_changes_nothing_of_it(self, shop: Shop) -> None:
        order = shop.placed(remedy="none")
        shop.move(order["id"], "fired")
        ready_at(shop, order["id"], end_of(order) + timedelta(seconds=1))
        shop.move(order["id"], "in_preparation")
        shop.move(order["id"], "ready")

        assert kinds(shop, order["id"]) == ["first", "missed"]
        assert len(_facts(shop, order["id"], "PromiseMissed")) == 1

    def test_twenty_baristas_who_say_ready_at_once_tell_it_once(self, shop: Shop) -> None:
        order = shop.placed()
        shop.move(order["id"], "fired")

        all_at_once(lambda _: shop.move(order["id"], "ready"), THREADS)

        assert kinds(shop, order["id"]) == ["first", "kept"]

    def test_the_table_takes_one_outcome_only(self, shop: Shop) -> None:
        order = shop.placed()
        shop.move(order["id"], "fired")
        shop.move(order["id"], "ready")

        with pytest.raises(DBAPIError):
            shop.session.execute(
                sa.insert(PromiseEntry).values(
                    order_id=UUID(order["id"]),
                    number=9,
                    kind="missed",
                    remedy="apology",
                    window_starts_at=clock.now(),
                    window_ends_at=clock.now(),
                    happened_at=clock.now(),
                )
            )
        shop.session.rollback()

    def test_without_a_choice_a_miss_is_apologised_for(self, shop: Shop) -> None:
        assert shop.quote().json["remedy"] == {"kind": "apology", "source": {"kind": "store_default"}}
        assert list(shop.quote(remedy="a free coffee").json["errors"]) == ["remedy"]


class TestFirstPromise:
    def test_it_stays_whatever_the_customer_changes(self, shop: Shop) -> None:
        order = shop.placed()
        later = (next_slot(clock.now()) + 12 * SLOT).isoformat()
        quote = shop.quote(replaces_order_id=order["id"], pickup={"at": later}).json

        changed = shop.change(order["id"], quote["id"]).json

        entries = ledger(shop, order["id"]).json["data"]
        assert [(entry["number"], entry["kind"]) for entry in entries] == [(1, "first"), (2, "changed")]
        assert entries[0]["window_starts_at"] == order["promise"]["window_starts_at"]
        assert entries[1]["window_starts_at"] == changed["promise"]["window_starts_at"]

    @pytest.mark.parametrize("column", ["promised_starts_at", "promised_ends_at"])
    def test_the_database_itself_refuses_to_change_it(self, shop: Shop, column: str) -> None:
        shop.placed()

        with pytest.raises(DBAPIError, match="stays as it is"):
            shop.session.execute(sa.update(Order).values({column: clock.now(), "change_seq": 99}))
        shop.session.rollback()

    @pytest.mark.parametrize(
        "statement", [sa.delete(PromiseEntry), sa.update(PromiseEntry).values(window_ends_at=clock.now())]
    )
    def test_the_database_itself_refuses_to_change_the_ledger(self, shop: Shop, statement: Any) -> None:
        order = shop.placed()
        shop.move(order["id"], "fired")
        shop.move(order["id"], "ready")

        with pytest.raises(DBAPIError, match="stays as it is"):
            shop.session.execute(statement)
        shop.session.rollback()

    def test_only_its_customer_and_the_stores_staff_read_it(self, shop: Shop) -> None:
        order = shop.placed()

        assert ledger(shop, order["id"], shop.barista).status_code == 200
        assert ledger(shop, order["id"], shop.other).status_code == 404
        assert ledger(shop, order["id"], shop.stranger).status_code == 404
        assert ledger(shop, order["id"], {"X-Nobody": "1"}).status_code == 401


class TestRevision:
    def test_an_order_that_can_not_be_ready_in_time_gets_another_window_proposed(self, shop: Shop) -> None:
        order = late_order(shop)

        revision = order["promise"]["revision"]
        assert revision["number"] == 2
        assert datetime.fromisoformat(revision["window_starts_at"]) > end_of(order)
        assert order["next_actions"] == ["accept_revision", "cancel"]
        assert kinds(shop, order["id"]) == ["first", "proposed"]

    def test_nobody_began_and_what_is_left_is_too_short(self, shop: Shop) -> None:
        order = shop.placed()
        shop.move(order["id"], "fired")
        worker = Worker(shop.app.database, {})

        worker.work_once(end_of(order) - timedelta(seconds=60))  # just enough for a flat white
        assert shop.show(order["id"]).json["promise"]["revision"] is None
        Worker(shop.app.database, {}).work_once(end_of(order) - timedelta(seconds=59))
        assert shop.show(order["id"]).json["promise"]["revision"] is not None

    def test_who_began_has_until_the_windows_end(self, shop: Shop) -> None:
        order = shop.placed()
        shop.move(order["id"], "fired")
        shop.move(order["id"], "in_preparation")

        Worker(shop.app.database, {}).work_once(end_of(order) - timedelta(seconds=1))

        assert shop.show(order["id"]).json["promise"]["revision"] is None

    def test_it_holds_once_the_customer_accepts_and_is_then_what_is_kept(self, shop: Shop) -> None:
        order = late_order(shop)
        proposed = order["promise"]["revision"]

        accepted = accept(shop, order["id"], proposed["number"]).json

        assert accepted["promise"]["window_starts_at"] == proposed["window_starts_at"]
        assert accepted["promise"]["first_window_starts_at"] == order["promise"]["first_window_starts_at"]
        assert (accepted["promise"]["revision"], accepted["next_actions"]) == (None, [])
        ready_at(shop, order["id"], end_of(accepted))
        assert kinds(shop, order["id"]) == ["first", "proposed", "accepted", "kept"]

    def test_without_a_yes_the_promise_that_was_made_is_missed(self, shop: Shop) -> None:
        order = late_order(shop)

        ready_at(shop, order["id"], end_of(order) + timedelta(minutes=2))

        assert kinds(shop, order["id"]) == ["first", "proposed", "missed"]
        assert accept(shop, order["id"], 2).json["type"] == "/problems/revision-closed"

    def test_the_customer_may_cancel_for_nothing_though_it_was_started(self, shop: Shop) -> None:
        order = late_order(shop)

        cancelled = shop.cancel(order["id"], reason="too late").json

        assert (cancelled["state"], cancelled["tender"]["paid"]["amount_minor"]) == ("cancelled", 0)
        assert cancelled["promise"]["revision"] is None

    def test_a_later_proposal_takes_the_place_of_one_that_can_not_be_kept_either(self, shop: Shop) -> None:
        order = late_order(shop)
        first = order["promise"]["revision"]

        Worker(shop.app.database, {}).work_once(datetime.fromisoformat(first["window_ends_at"]) + timedelta(minutes=1))

        assert kinds(shop, order["id"]) == ["first", "proposed", "proposed"]
        closed = accept(shop, order["id"], 2)
        assert (closed.status_code, closed.json["type"]) == (409, "/problems/revision-closed")
        assert closed.json["open_number"] == 3
        assert accept(shop, order["id"], 3).status_code == 200

    def test_two_workers_propose_once(self, shop: Shop) -> None:
        order = shop.placed()
        shop.move(order["id"], "fired")
        workers = [Worker(shop.app.database, {}) for _ in range(2)]

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda worker: worker.work_once(end_of(order) + WINDOW), workers))

        assert kinds(shop, order["id"]) == ["first", "proposed"]

    def test_for_an_order_that_nobody_finishes_two_workers_propose_farther_and_farther_windows(
        self, shop: Shop
    ) -> None:
        order = shop.placed()
        shop.move(order["id"], "fired")
        late, workers = end_of(order) + timedelta(minutes=1), [Worker(shop.app.database, {}) for _ in range(2)]

        with ThreadPoolExecutor(2) as threads:
            for step in range(5 * 60 // 5):
                list(threads.map(lambda worker, at=late + step * WINDOW: worker.follow_up(at), workers))

        told = [entry for entry in ledger(shop, order["id"]).json["data"] if entry["kind"] == "proposed"]
        ahead = [
            (datetime.fromisoformat(entry["window_starts_at"]) - datetime.fromisoformat(entry["happened_at"])) // SLOT
            for entry in told
        ]
        assert ahead == [0, 1, 3, 7, 11, 11, 11, 11]  # whole slots in between: the next one, two, four, eight, twelve
        assert len(_facts(shop, order["id"], "PromiseRevised")) == len(told)

    @pytest.mark.broken_on_purpose
    def test_control_without_the_look_under_the_lock_two_workers_propose_twice(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = shop.placed()
        shop.move(order["id"], "fired")
        room = import_module("service.orders.actions.revise")
        seen = room.lock_order(shop.session, UUID(order["id"]))
        shop.session.rollback()
        monkeypatch.setattr(room, "lock_order", lambda *_: seen)

        for _ in range(2):
            actions.propose_revision(shop.session, order_id=UUID(order["id"]), now=end_of(order) + WINDOW)
            shop.session.commit()

        assert kinds(shop, order["id"]) == ["first", "proposed", "proposed"]

    def test_nothing_is_proposed_beyond_closing_time_while_an_earlier_window_is_left(
        self, app: Edge, session: Session
    ) -> None:
        shop = Shop(app, session)
        order = shop.placed()
        shop.move(order["id"], "fired")
        late = end_of(order) + timedelta(minutes=1)
        # It closes half an hour later: set only now, so that the order could be placed at any hour of the day.
        closes = next_slot(late) + 6 * SLOT
        opened = closes - timedelta(hours=12)
        shop.store.hours, shop.store.timezone = f"{opened:%H:%M}-{closes:%H:%M}", "Etc/UTC"
        shop.store.version += 1
        session.commit()

        for minutes in range(0, 60, 5):
            Worker(app.database, {}).follow_up(late + timedelta(minutes=minutes))

        windows = [
            datetime.fromisoformat(entry["window_ends_at"])
            for entry in ledger(shop, order["id"]).json["data"]
            if entry["kind"] == "proposed"
        ]
        assert windows[0] < windows[1] < windows[2] == closes
        assert shop.show(order["id"]).json["state"] == "expired"  # a quarter of an hour after it closed

    def test_twenty_acceptances_at_once_are_one(self, shop: Shop) -> None:
        order = late_order(shop)

        answers = all_at_once(lambda _: accept(shop, order["id"], 2), THREADS)

        assert outcomes(answers) == {"200": 1, "/problems/revision-closed": THREADS - 1}
        assert kinds(shop, order["id"]) == ["first", "proposed", "accepted"]

    def test_only_its_customer_accepts_what_was_proposed(self, shop: Shop) -> None:
        order = late_order(shop)

        assert accept(shop, order["id"], 2, shop.other).status_code == 404
        assert accept(shop, order["id"], 2, shop.barista).status_code == 404
        assert accept(shop, order["id"], 2, {"X-Nobody": "1"}).status_code == 401
        assert accept(shop, order["id"], 1).status_code == 404
        assert accept(shop, order["id"], 7).status_code == 404


def _facts(shop: Shop, order_id: str, name: str) -> list[dict[str, Any]]:
    with shop.app.database.reading() as session:
        wanted = sa.select(OutboxRow.payload).where(OutboxRow.name == name, OutboxRow.subject_id == UUID(order_id))
        return list(session.scalars(wanted))
