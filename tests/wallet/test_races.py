"""Many at once: real threads, real commits; and each guard taken away, to see that the test would notice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.db import is_transient
from service.http.edge import Edge
from service.wallet import actions
from service.wallet.actions import gift_cards, posting, transfers
from service.wallet.errors import InsufficientBalance
from service.wallet.models import GiftCard, LedgerAccount, LedgerEntry, Transfer
from service.wallet.rules.ledger import Account, Leg

from .purse import STORE, USD, Purse, at_once, faults, usd

SPENDERS, EACH, AFFORDABLE = 50, 300, 16  # 50.00 buys 16 things of 3.00, and 2.00 stay


def spend(jane: Purse, number: int) -> bool:
    """Pay once; tell whether it was paid."""
    try:
        jane.pay(EACH)
    except InsufficientBalance:
        return False
    return True


def test_of_fifty_who_spend_one_wallet_exactly_those_are_served_whom_it_can_pay(app: Edge, jane: Purse) -> None:
    outcomes = at_once(SPENDERS, lambda number: spend(jane, number))

    assert sorted(map(str, outcomes)) == ["False"] * (SPENDERS - AFFORDABLE) + ["True"] * AFFORDABLE
    assert jane.has() == 5_000 - AFFORDABLE * EACH
    assert faults(app) == []


def test_where_the_statement_asks_for_nothing_the_database_still_refuses(
    app: Edge, jane: Purse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the statement: without its condition somebody is answered by the constraint."""
    monkeypatch.setattr(posting, "_DEBIT", posting._debit())

    outcomes = at_once(SPENDERS, lambda number: spend(jane, number))

    assert outcomes.count(True) == AFFORDABLE
    assert {type(outcome).__name__ for outcome in outcomes} == {"bool", "IntegrityError"}
    assert faults(app) == []


def test_without_statement_and_constraint_too_many_would_be_served(
    app: Edge, session: Session, jane: Purse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the constraint: both guards gone, the wallet is overdrawn and the audit says so."""
    monkeypatch.setattr(posting, "_DEBIT", posting._debit())
    with _without_checks(app):
        outcomes = at_once(20, lambda number: spend(jane, number))

        assert outcomes == [True] * 20
        assert jane.has() == 5_000 - 20 * EACH
        assert any("below zero" in fault for fault in faults(app))


@contextmanager
def _without_checks(app: Edge) -> Iterator[None]:
    """Let the database ignore what the ledger's tables check, for the block."""
    if not app.database.is_postgresql:
        switch = _ignoring_checks
        sa.event.listen(app.database.engine, "begin", switch)
        try:
            yield
        finally:
            sa.event.remove(app.database.engine, "begin", switch)
            app.database.dispose()  # connections that ignore them
        return
    tables: list[Any] = [LedgerAccount.__table__, LedgerEntry.__table__]
    checks = [(table, each) for table in tables for each in table.constraints if isinstance(each, sa.CheckConstraint)]
    with app.database.engine.begin() as connection:
        for table, check in checks:
            connection.exec_driver_sql(f"ALTER TABLE {table.name} DROP CONSTRAINT {check.name}")
    try:
        yield
    finally:
        with app.database.engine.begin() as connection:
            for table, check in checks:  # not for what is there: the test's end empties the tables
                connection.exec_driver_sql(
                    f"ALTER TABLE {table.name} ADD CONSTRAINT {check.name} CHECK ({check.sqltext}) NOT VALID"
                )


def _ignoring_checks(connection: sa.Connection) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA ignore_check_constraints=ON")


CLAIMERS = 20


def claim_at_once(jane: Purse, ana: Purse, code: str) -> list[int]:
    """Let one after the other ask for the card, at one moment; return the answers' status."""
    people = (jane, ana)

    def claim(number: int) -> int:
        purse = people[number % 2]
        client = purse.app.test_client()
        headers = purse.headers | {"Idempotency-Key": str(uuid4())}
        return int(client.post("/v1/me/gift-cards", json={"code": code}, headers=headers).status_code)

    return at_once(CLAIMERS, claim)


def test_of_twenty_who_claim_one_card_one_person_has_it_once(app: Edge, jane: Purse, ana: Purse) -> None:
    code = jane.post("/v1/gift-cards", {"amount": usd(2_000)}).json["code"]

    answers = claim_at_once(jane, ana, code)

    # Who has it may ask again and is told so; the other person never has it.
    assert sorted(answers) == [201] * (CLAIMERS // 2) + [409] * (CLAIMERS // 2)
    assert sorted((jane.has() - 3_000, ana.has())) == [0, 2_000]
    assert faults(app) == []


@pytest.mark.broken_on_purpose
def test_where_anybody_may_take_a_card_the_ledger_still_pays_it_once(
    app: Edge, jane: Purse, ana: Purse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without its guard the card itself says yes to the second person, too."""
    code = jane.post("/v1/gift-cards", {"amount": usd(2_000)}).json["code"]
    anybody = (
        sa.update(GiftCard)
        .where(GiftCard.code_hash == sa.bindparam("hash"))
        .returning(GiftCard.id, GiftCard.amount_minor, GiftCard.currency)
        .execution_options(synchronize_session=False)
    )
    monkeypatch.setattr(gift_cards, "_TAKE", anybody)

    answers = claim_at_once(jane, ana, code)

    assert answers == [201] * CLAIMERS  # both were told that they have it
    assert jane.has() - 3_000 + ana.has() == 2_000  # a movement of one purpose happens once


def settle_at_once(app: Edge, jane: Purse, ana: Purse) -> tuple[list[Any], str]:
    """Accept a transfer, refuse and return it, all at one moment, eight times each."""
    sent = jane.post("transfers", {"email": "ana@example.com", "amount": usd(2_000)}).json
    transfer_id = sent["id"]

    def one(number: int) -> Any:
        if number % 3 == 0:
            return (
                ana.app.test_client()
                .post(
                    f"/v1/me/wallet/transfers/{transfer_id}/acceptance",
                    headers=ana.headers | {"Idempotency-Key": str(uuid4())},
                )
                .status_code
            )
        with app.database.writing() as session:
            row = session.scalars(sa.select(Transfer)).one()
            due = row.expires_at
            session.rollback()
            done = actions.return_transfer(session, transfer_id=row.id, now=due)
            session.commit()
            return done

    return at_once(12, one), transfer_id


def test_a_transfer_is_accepted_or_returned_never_both(app: Edge, jane: Purse, ana: Purse) -> None:
    outcomes, transfer_id = settle_at_once(app, jane, ana)

    state = jane.get(f"transfers/{transfer_id}").json["state"]
    returned = [outcome for outcome in outcomes if outcome is True]
    assert (state, len(returned)) in {("accepted", 0), ("returned", 1)}
    assert (jane.has(), ana.has()) == ((3_000, 2_000) if state == "accepted" else (5_000, 0))
    assert faults(app) == []


@pytest.mark.broken_on_purpose
def test_where_a_transfer_is_always_open_the_ledger_still_moves_it_once(
    app: Edge, jane: Purse, ana: Purse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without the state's guard more than one of them goes on to the money, and is stopped there."""
    taken: list[str] = []
    end = transfers._end

    def noting(session: Any, transfer: Any, state: Any, now: Any, receiver_id: Any = None) -> None:
        taken.append(state)
        end(session, transfer, state, now, receiver_id)

    def reopened(session: Any, transfer_id: Any) -> Any:
        transfer = session.get(Transfer, transfer_id, with_for_update=True, populate_existing=True)
        session.expunge(transfer)
        transfer.state, transfer.ended_at, transfer.receiver_id = "offered", None, None
        return transfer

    monkeypatch.setattr(transfers, "_end", noting)
    monkeypatch.setattr(transfers, "_locked", reopened)
    settle_at_once(app, jane, ana)

    assert len(taken) > 1
    assert jane.has() + ana.has() == 5_000
    assert (jane.has(), ana.has()) in {(3_000, 2_000), (5_000, 0)}


def test_one_payment_that_many_send_is_made_once(app: Edge, jane: Purse) -> None:
    order = uuid4()

    def pay(number: int) -> Any:
        for _ in range(4):  # as the edge does
            try:
                return jane.pay(EACH, order)
            except Exception as error:
                if not is_transient(error):
                    raise
        raise AssertionError("never got through")

    assert at_once(12, pay) == [None] * 12
    assert jane.has() == 5_000 - EACH
    assert faults(app) == []


def test_two_who_hold_and_spend_never_hold_what_is_spent(app: Edge, session: Session, jane: Purse) -> None:
    from service import clock
    from service.money import Money

    def one(number: int) -> bool:
        with app.database.writing() as mine:
            try:
                if number % 2:
                    part = Leg(Account("revenue", STORE, USD), 700)
                    actions.pay(
                        mine, customer_id=jane.id, parts=[part], purpose="order", purpose_id=uuid4(), now=clock.now()
                    )
                else:
                    actions.hold(
                        mine,
                        customer_id=jane.id,
                        amount=Money(700, USD),
                        purpose="order",
                        purpose_id=uuid4(),
                        expires_at=clock.now(),
                        now=clock.now(),
                    )
            except InsufficientBalance:
                return False
            mine.commit()
            return True

    assert at_once(16, one).count(True) == 7
    (balance,) = jane.get().json["balances"]
    assert balance["available"] == usd(100)
    assert faults(app) == []
