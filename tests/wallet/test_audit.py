"""`flask audit ledger`: it proves the ledger, and finds every fault that can be planted in it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service import clock
from service.db import Base
from service.http.edge import Edge
from service.wallet import actions
from service.wallet.models import CashOut, GiftCard, Hold, LedgerAccount, LedgerEntry, LedgerTransaction, Load, Transfer
from tests.conftest import _without_triggers

from .purse import Purse, audited, usd

A: Any = LedgerAccount.__table__
E: Any = LedgerEntry.__table__
T: Any = LedgerTransaction.__table__


@pytest.fixture
def life(jane: Purse, ana: Purse) -> Purse:
    """A wallet to which everything happened once."""
    jane.pay(500)
    jane.post("transfers", {"email": "ana@example.com", "amount": usd(100)})
    jane.post("/v1/gift-cards", {"amount": usd(200)})
    jane.post("cash-outs", {"currency": "USD", "amount_minor": 50, "channel": "till"})
    with jane.app.database.writing.begin() as session:  # as it is before its payment is driven
        actions.cash_out(
            session, customer_id=jane.id, currency="USD", amount_minor=60, channel="payment_method", now=clock.now()
        )
    return jane


def test_a_sound_ledger_is_proved(app: Edge, life: Purse) -> None:
    assert audited(app) == (0, "The ledger holds.\n")


WALLET = A.c.kind == "wallet"
A_PAYMENT = sa.select(T.c.id).where(T.c.kind == "payment").scalar_subquery()
FAULTS: dict[str, tuple[list[Any], str]] = {
    "a balance": ([sa.update(A).where(WALLET).values(balance_minor=A.c.balance_minor + 1)], "its entries make"),
    "a count": ([sa.update(A).where(WALLET).values(entry_count=9)], "in 9 entries"),
    "an amount": (
        [sa.update(E).where(E.c.account_kind == "revenue").values(amount_minor=499)],
        "off zero",
    ),
    "a currency": ([sa.update(E).where(E.c.account_kind == "revenue").values(currency="EUR")], "off zero"),
    "a running balance": (
        [sa.update(E).where(E.c.account_kind == "wallet", E.c.number == 2).values(balance_minor=1)],
        "after entry 2",
    ),
    "a gap": ([sa.update(E).where(E.c.account_kind == "wallet", E.c.number == 2).values(number=99)], "after entry"),
    "a lost entry": ([sa.delete(E).where(E.c.account_kind == "revenue")], "has 1 entries"),
    "a lost transaction": ([sa.delete(T).where(T.c.kind == "payment")], "never closed"),
    "a lost movement": (
        [sa.delete(E).where(E.c.transaction_id == A_PAYMENT), sa.delete(T).where(T.c.kind == "payment")],
        "its entries make",
    ),
    "an overdraft": ([sa.update(A).where(WALLET).values(balance_minor=-1)], "below zero"),
    "breakage": (
        [
            sa.insert(A).values(
                kind="breakage", owner_id=uuid4(), currency="USD", balance_minor=5, opened_at=clock.now()
            )
        ],
        "nothing ever lapses",
    ),
    "a hold": ([sa.update(A).where(WALLET).values(held_minor=7)], "its open holds make 0"),
    "a forgotten hold": (
        [
            sa.insert(Hold.__table__).values(  # type: ignore[arg-type]
                id=uuid4(),
                customer_id=sa.select(A.c.owner_id).where(WALLET).limit(1).scalar_subquery(),
                currency="USD",
                amount_minor=3,
                captured_minor=0,
                purpose="order",
                purpose_id=uuid4(),
                state="open",
                created_at=clock.now(),
                expires_at=clock.now(),
            )
        ],
        "its open holds make 3",
    ),
    "a claimed card": (
        [sa.update(GiftCard).values(claimed_by=uuid4(), claimed_at=clock.now())],
        "should have 0, and has 200",
    ),
    "an accepted transfer": (
        [sa.update(Transfer).values(state="refused", ended_at=clock.now())],
        "should have 0, and has 100",
    ),
    "a paid cash-out": (
        [sa.update(CashOut).where(CashOut.channel == "till").values(state="paid", ended_at=clock.now())],
        "cash-outs to pay make 60",
    ),
    "a load": (
        [sa.update(Load).values(state="pending", ended_at=None, refunded_minor=0)],
        "not in the ledger as it is kept",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_found(app: Edge, session: Session, life: Purse, fault: str) -> None:
    statements, says = FAULTS[fault]
    plant(app, statements)

    code, output = audited(app)

    assert code == 1
    assert says in output, output


def plant(app: Edge, statements: list[Any]) -> None:
    """Write what the database would refuse: without its triggers, foreign keys and checks."""
    with app.database.engine.connect() as connection:
        if app.database.is_postgresql:
            with connection.begin():
                connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
                for table, check in CHECKS:
                    connection.exec_driver_sql(f"ALTER TABLE {table.name} DROP CONSTRAINT {check.name}")
                for statement in statements:
                    connection.execute(statement)
                for table, check in CHECKS:
                    connection.exec_driver_sql(
                        f"ALTER TABLE {table.name} ADD CONSTRAINT {check.name} CHECK ({check.sqltext}) NOT VALID"
                    )
            return
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute("PRAGMA ignore_check_constraints=ON")
        with connection.begin(), _without_triggers(connection, Base.metadata.tables):
            for statement in statements:
                connection.execute(statement)
        driver.execute("PRAGMA foreign_keys=ON")
        driver.execute("PRAGMA ignore_check_constraints=OFF")


CHECKS = [(A, check) for check in A.constraints if isinstance(check, sa.CheckConstraint)]
