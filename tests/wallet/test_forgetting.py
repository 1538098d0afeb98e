"""What is long over is forgotten in bites, and the audit still proves all there is."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from service import clock, worker
from service.db import deleting, say_run
from service.money import Money
from service.payments.models import PaymentEvent
from service.payments.providers.bank import SandboxEvent
from service.wallet import actions
from service.wallet.models import Hold
from service.wallet.rules.ledger import Account, Leg
from service.worker import FORGETTING, Worker

from .purse import STORE, Purse, audited


def held(jane: Purse, *, ends: str | None) -> None:
    """Hold 1.00 for something, and end that in a way; None: it stays."""
    purpose_id, now = uuid4(), clock.now()
    named = {"purpose": "order", "purpose_id": purpose_id}
    with jane.app.database.writing.begin() as session:
        say_run(session, 1, runs_again=True)
        actions.hold(
            session,
            customer_id=jane.id,
            amount=Money(100, "USD"),
            expires_at=now + timedelta(days=400),
            now=now,
            **named,
        )
        if ends == "captured":
            actions.capture_hold(session, parts=[Leg(Account("revenue", STORE, "USD"), 100)], now=now, **named)
        if ends == "released":
            actions.release_hold(session, now=now, **named)


def states(jane: Purse) -> list[str]:
    """Return the states of all holds."""
    with jane.app.database.reading() as session:
        return list(session.scalars(sa.select(Hold.state).order_by(Hold.id)))


def forget(jane: Purse, days: int) -> None:
    """Let a worker forget what is due so many days from now, without mail or payments."""
    at = clock.now() + timedelta(days=days)
    by_name = {chore.name: chore for chore in FORGETTING}
    for name in ("forget", "forget holds"):
        while Worker(jane.app.database, {}).do(by_name[name], at):
            pass


def test_holds_that_ended_90_days_ago_are_forgotten_and_open_ones_never(jane: Purse) -> None:
    for ends in ("captured", "released", None):
        held(jane, ends=ends)
    forget(jane, 89)
    assert states(jane) == ["captured", "released", "open"]

    forget(jane, 91)

    assert states(jane) == ["open"]
    assert (jane.has(), audited(jane.app)) == (4_900, (0, "The ledger holds.\n"))


def test_what_is_forgotten_in_bites_is_forgotten_whole(jane: Purse, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        held(jane, ends="released")
    monkeypatch.setattr(deleting, "AT_ONCE", 2)
    old = clock.now() + timedelta(days=91)
    with jane.app.database.writing.begin() as session:
        bites = [actions.forget_old_holds(session, now=old) for _ in range(4)]
    assert (bites, states(jane)) == ([2, 2, 1, 0], [])


def test_what_has_a_key_of_two_columns_is_forgotten_in_bites_too(jane: Purse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deleting, "AT_ONCE", 1)
    for amount in (1, 2):
        jane.load(amount)
    with jane.app.database.writing.begin() as session:
        assert worker.forget(session, now=clock.now() + timedelta(days=2)) == 1
    forget(jane, 2)
    with jane.app.database.reading() as session:
        assert session.execute(sa.text("SELECT count(*) FROM idempotency_keys")).scalar_one() == 0


def test_what_the_sandboxs_bank_told_is_not_kept(jane: Purse) -> None:
    jane.load(100, token="sandbox_duplicate_webhook")
    assert count(jane, SandboxEvent) == 1
    jane.reconcile()
    assert (count(jane, SandboxEvent), count(jane, PaymentEvent)) == (0, 1)


def count(jane: Purse, table: type[SandboxEvent | PaymentEvent]) -> int:
    """Return how many rows there are."""
    with jane.app.database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
