"""The ledger itself: what the database lets nobody do, and what paying, holding and giving back post."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from service import clock
from service.errors import NotFound
from service.http.edge import Edge
from service.money import Money
from service.wallet import actions
from service.wallet.errors import InsufficientBalance
from service.wallet.models import LedgerAccount, LedgerEntry, LedgerTransaction
from service.wallet.rules.ledger import CHAIN, Account, Leg
from service.worker import Worker

from .purse import STORE, USD, Purse, faults

E: Any = LedgerEntry.__table__
T: Any = LedgerTransaction.__table__
A: Any = LedgerAccount.__table__


def entry(transaction_id: Any, position: int, amount_minor: int) -> dict[str, Any]:
    """Return an entry of the provider's account."""
    return {
        "transaction_id": transaction_id,
        "position": position,
        "account_kind": "provider_clearing",
        "owner_id": CHAIN,
        "currency": USD,
        "amount_minor": amount_minor,
        "number": None,
        "balance_minor": None,
    }


def closing(transaction_id: Any) -> dict[str, Any]:
    """Return the transaction that closes it."""
    return {"id": transaction_id, "kind": "load", "purpose": "test", "purpose_id": uuid4(), "happened_at": clock.now()}


@pytest.mark.parametrize("amounts", [(5, -4), (5,), ()])
def test_the_database_closes_no_movement_that_is_not_whole(
    session: Session, jane: Purse, amounts: tuple[int, ...]
) -> None:
    movement = uuid4()
    for position, amount in enumerate(amounts):
        session.execute(sa.insert(E), entry(movement, position, amount))

    with pytest.raises(DBAPIError, match="sums to zero"):
        session.execute(sa.insert(T), closing(movement))


def test_the_database_takes_a_movement_that_is_whole_and_nothing_after_it(session: Session, jane: Purse) -> None:
    """The control of the others, and the end of it."""
    movement = uuid4()
    session.execute(sa.insert(E), [entry(movement, 1, 5), entry(movement, 2, -5)])
    session.execute(sa.insert(T), closing(movement))
    session.commit()

    with pytest.raises(DBAPIError, match="closed"):
        session.execute(sa.insert(E), [entry(movement, 3, 5), entry(movement, 4, -5)])


def test_the_database_keeps_no_entry_of_a_movement_that_was_never_closed(session: Session, jane: Purse) -> None:
    session.execute(sa.insert(E), [entry(uuid4(), 1, 5)])

    with pytest.raises(DBAPIError):
        session.commit()


@pytest.mark.parametrize("table", [E, T])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_changes_nothing_that_was_booked(session: Session, jane: Purse, table: Any, change: str) -> None:
    statement = sa.delete(table) if change == "delete" else sa.update(table).values({list(table.c)[-1]: None})

    with pytest.raises(DBAPIError, match="stays booked"):
        session.execute(statement)


def replacing(session: Session, table: Any, row: dict[str, Any]) -> None:
    """Put a row in the place of whatever has one of its keys."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(sa.insert(table).prefix_with("OR REPLACE"), row)
    else:
        key = [column.name for column in table.primary_key]
        session.execute(postgresql.insert(table).on_conflict_do_update(index_elements=key, set_=row), row)


@pytest.mark.parametrize(("table", "named"), [(T, {"happened_at": clock.now()}), (E, {"amount_minor": 1})])
def test_nothing_takes_the_place_of_what_was_booked(
    session: Session, jane: Purse, table: Any, named: dict[str, Any]
) -> None:
    booked = dict(session.execute(sa.select(table)).mappings().first() or {})

    with pytest.raises(DBAPIError, match=r"stays booked|closed"):
        replacing(session, table, booked | named)
    session.rollback()
    assert faults(jane.app) == []


def test_no_entry_takes_the_number_of_another(session: Session, jane: Purse) -> None:
    first = session.execute(sa.select(E).where(E.c.number == 1)).mappings().one()

    with pytest.raises(DBAPIError):
        replacing(session, E, dict(first) | {"transaction_id": uuid4()})
    session.rollback()
    assert faults(jane.app) == []


@pytest.mark.parametrize("also", [{"kind": "remedy"}, {"purpose_id": uuid4()}, {"happened_at": clock.now()}])
def test_only_the_order_of_a_movement_can_be_forgotten_and_no_other_put_there(
    session: Session, jane: Purse, also: dict[str, Any]
) -> None:
    jane.pay(1_000)
    session.execute(sa.update(T).values(order_id=None))
    session.commit()

    for change in (also | {"order_id": None}, {"order_id": uuid4()}):
        with pytest.raises(DBAPIError, match="stays booked"):
            session.execute(sa.update(T).values(change))
        session.rollback()


@pytest.mark.parametrize(
    "values",
    [
        {"balance_minor": -1},
        {"held_minor": 5_001},
        {"held_minor": -1},
        {"kind": "breakage"},
        {"kind": "revenue"},
    ],
)
def test_the_database_lets_no_account_be_what_it_can_not(session: Session, jane: Purse, values: dict[str, Any]) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)check|foreign"):
        session.execute(sa.update(A).where(A.c.kind == "wallet").values(values))


def test_a_movement_happens_once_for_its_purpose(session: Session, jane: Purse) -> None:
    order = uuid4()
    jane.pay(1_000, order)
    jane.pay(1_000, order)

    assert jane.entries() == [("load", 5_000, 5_000), ("payment", -1_000, 4_000)]
    again = uuid4()
    session.execute(sa.insert(E), [entry(again, 1, 5), entry(again, 2, -5)])
    with pytest.raises(DBAPIError):  # the database's own guard
        session.execute(sa.insert(T), closing(again) | {"kind": "payment", "purpose": "order", "purpose_id": order})


def test_a_payment_that_is_more_than_there_is_takes_nothing(app: Edge, jane: Purse) -> None:
    with pytest.raises(InsufficientBalance) as refused:
        jane.pay(5_001)

    assert refused.value.facts["missing"] == {"amount_minor": 1, "currency": USD}
    assert jane.has() == 5_000


def test_a_wallet_pays_to_exactly_nothing(jane: Purse) -> None:
    jane.pay(5_000)

    assert jane.has() == 0


def test_a_payment_is_shared_among_the_accounts_of_the_store(session: Session, jane: Purse) -> None:
    order = uuid4()
    parts = [Leg(Account(kind, STORE, USD), amount) for kind, amount in PARTS]
    asked: dict[str, Any] = {"customer_id": jane.id, "purpose": "order", "purpose_id": order, "now": clock.now()}
    actions.pay(session, parts=parts, **asked)
    actions.give_back(session, parts=parts[:1], **asked)
    actions.give_remedy(
        session,
        customer_id=jane.id,
        amount=Money(50, USD),
        order_id=order,
        now=asked["now"],
    )
    session.commit()

    totals = session.execute(sa.select(E.c.account_kind, sa.func.sum(E.c.amount_minor)).group_by(E.c.account_kind))
    assert {row[0]: row[1] for row in totals} == {
        "wallet": 5_000 - 1_200 + 1_000 + 50,
        "provider_clearing": -5_000,
        "revenue": 0,
        "tax": 80,
        "tips": 120,
        "remedies": -50,
    }
    assert [reason for reason, _, _ in jane.entries()] == ["load", "payment", "refund", "remedy"]
    assert faults(jane.app) == []


PARTS: list[tuple[Any, int]] = [("revenue", 1_000), ("tax", 80), ("tips", 120)]


class TestHolds:
    """A part of a wallet that waits."""

    def hold(self, session: Session, purse: Purse, amount_minor: int, order: Any, minutes: int = 10) -> None:
        """Hold something for an order."""
        now = clock.now()
        actions.hold(
            session,
            customer_id=purse.id,
            amount=Money(amount_minor, USD),
            purpose="order",
            purpose_id=order,
            expires_at=now + timedelta(minutes=minutes),
            now=now,
        )
        session.commit()

    def shown(self, purse: Purse) -> tuple[int, int, int]:
        """Return balance, held and available."""
        (balance,) = purse.get().json["balances"]
        return tuple(balance[name]["amount_minor"] for name in ("balance", "held", "available"))  # type: ignore[return-value]

    def test_what_is_held_can_not_be_spent(self, session: Session, jane: Purse) -> None:
        order = uuid4()
        self.hold(session, jane, 4_000, order)
        self.hold(session, jane, 4_000, order)  # a repeat

        assert self.shown(jane) == (5_000, 4_000, 1_000)
        with pytest.raises(InsufficientBalance) as refused:
            jane.pay(1_001)
        assert refused.value.facts["available"] == {"amount_minor": 1_000, "currency": USD}
        with pytest.raises(InsufficientBalance):
            self.hold(session, jane, 1_001, uuid4())

    def test_capturing_pays_less_or_more_than_was_held_once(self, session: Session, jane: Purse) -> None:
        for amount, left in ((3_000, 2_000), (1_500, 500)):
            order = uuid4()
            self.hold(session, jane, 1_000 if amount == 1_500 else 4_000, order)
            for _ in range(2):
                actions.capture_hold(
                    session,
                    purpose="order",
                    purpose_id=order,
                    parts=[Leg(Account("revenue", STORE, USD), amount)],
                    now=clock.now(),
                )
                session.commit()
            assert self.shown(jane) == (left, 0, left)
        assert faults(jane.app) == []

    def test_what_was_held_for_something_that_was_paid_otherwise_is_free(self, session: Session, jane: Purse) -> None:
        order, parts = uuid4(), [Leg(Account("revenue", STORE, USD), 3_000)]
        self.hold(session, jane, 2_000, order)
        jane.pay(3_000, order)
        actions.capture_hold(session, purpose="order", purpose_id=order, parts=parts, now=clock.now())
        session.commit()

        assert self.shown(jane) == (2_000, 0, 2_000)
        assert faults(jane.app) == []

    def test_what_was_released_is_free_and_can_not_be_captured(self, session: Session, jane: Purse) -> None:
        order = uuid4()
        self.hold(session, jane, 4_000, order)
        for _ in range(2):
            actions.release_hold(session, purpose="order", purpose_id=order, now=clock.now())
            session.commit()

        assert self.shown(jane) == (5_000, 0, 5_000)
        with pytest.raises(NotFound):
            actions.capture_hold(
                session,
                purpose="order",
                purpose_id=order,
                parts=[Leg(Account("revenue", STORE, USD), 1)],
                now=clock.now(),
            )

    def test_a_hold_ends_by_itself(self, app: Edge, session: Session, jane: Purse) -> None:
        self.hold(session, jane, 4_000, uuid4())
        self.hold(session, jane, 500, uuid4(), minutes=60)

        Worker(app.database, {}).work_once(clock.now() + timedelta(minutes=11))

        assert self.shown(jane) == (5_000, 500, 4_500)
        assert faults(app) == []
