"""Tables of orders: quotes, orders and their lines, transitions, refunds, asks, shortages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base, BigId, new_id
from ...preferences.rules.choices import IF_NOT_COLLECTED
from ..rules.states import OPEN, WAITING, State

_IS_OPEN = sa.text("state IN (" + ", ".join(f"'{state}'" for state in sorted(OPEN)) + ")")
_IS_WAITING = sa.text("state IN (" + ", ".join(f"'{state}'" for state in sorted(WAITING)) + ")")
# A store's own questions must not use the indexes of the sweeps over all stores: while few orders are open the planner
# finds every index of open orders equally cheap, and keeps what it chose then. Only the sweeps imply this much.
_ENDS = sa.text(f"{_IS_OPEN} AND window_ends_at IS NOT NULL")
_IS_DUE = sa.text(f"{_IS_WAITING} AND fire_at IS NOT NULL")
_IS_READY = sa.text("state = 'ready'")
_OF_A_GRANT = sa.text("grant_id IS NOT NULL")
_IS_CHANGING = sa.text("pending_change IS NOT NULL")
_IS_NAMED = sa.text("order_id IS NOT NULL")
_STATES = "state IN (" + ", ".join(f"'{state}'" for state in State) + ")"


# Two-part advisory locks of PostgreSQL: this number is the customers' feeds of orders, the second part tells whose.
_FEED_LOCK = 0x4F524452  # "ORDR"


class NextChange(sa.sql.functions.GenericFunction[int]):
    """The next number in a customer's feed of changed orders.

    On PostgreSQL it takes the customer's turn until the commit, so that numbers become visible in their order: a
    reader that saw 11 must never meet a 10 later, whatever clocks and slower transactions do. On SQLite writers take
    turns anyway.
    """

    name = "next_change"
    inherit_cache = True


@compiles(NextChange, "sqlite")
def _next_change_on_sqlite(element: NextChange, compiler: Any, **options: Any) -> str:
    customer_id = compiler.process(element.clauses, **options)
    # Forgotten orders are the customer's no more: their numbers must not come again.
    taken = [
        f"coalesce((SELECT max(c.change_seq) FROM {table} AS c WHERE c.customer_id = {customer_id}), 0)"  # noqa: S608 - compiled SQL
        for table in ("orders", "forgotten_orders")
    ]
    return f"(max({', '.join(taken)}) + 1)"


@compiles(NextChange, "postgresql")
def _next_change_on_postgresql(element: NextChange, compiler: Any, **options: Any) -> str:
    customer_id = compiler.process(element.clauses, **options)
    turn = f"pg_advisory_xact_lock({_FEED_LOCK}, hashtext(CAST({customer_id} AS text)))"
    # OFFSET 0: the lock is waited for first, the number is drawn after.
    return f"(SELECT nextval('order_changes') FROM (SELECT {turn} OFFSET 0) AS turn)"  # noqa: S608 - compiled SQL


class Turn(sa.sql.functions.GenericFunction[bool]):
    """The customer's turn in their feed, waited for now and kept until the commit.

    Whoever changes an order takes it anyway, with the number. Taken first it comes before the time, stars and money
    that are locked meanwhile: two changes of one customer's orders never wait for each other in a circle.
    """

    name = "customers_turn"
    type = sa.Boolean()
    inherit_cache = True


@compiles(Turn, "sqlite")
def _turn_on_sqlite(_element: Turn, _compiler: Any, **_options: Any) -> str:
    return "1"


@compiles(Turn, "postgresql")
def _turn_on_postgresql(element: Turn, compiler: Any, **options: Any) -> str:
    customer_id = compiler.process(element.clauses, **options)
    return f"(pg_advisory_xact_lock({_FEED_LOCK}, hashtext(CAST({customer_id} AS text))) IS NULL)"


class Quote(Base):
    """A basket resolved, priced and promised, until `expires_at`; placing it posts exactly what it shows.

    `document` is the quote as shown. `basket` is the request, to resolve it again if the world changed; `work` is
    seconds per station; `menu_version` and `store_version` tell whether it did. A quote with `replaces_order_id` can
    only change that order, and `used_at` says that it did; any other can only be placed, and the order's `quote_id`
    says so.
    """

    __tablename__ = "quotes"
    __table_args__ = (sa.Index("ix_quotes_expires_at", "expires_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    store_id: Mapped[UUID]
    replaces_order_id: Mapped[UUID | None]
    # The customer's grant that it was made under: only under that one can it be placed.
    grant_id: Mapped[UUID | None]
    menu_version: Mapped[int] = mapped_column(sa.BigInteger)
    said_revision: Mapped[int] = mapped_column(sa.BigInteger)  # of all that the customer said, when it was made
    store_version: Mapped[int]
    basket: Mapped[dict[str, Any]]
    document: Mapped[dict[str, Any]]
    plan: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Order(Base):
    """An order. Money in minor units of `currency`; the lines' own snapshots stand in `order_lines`.

    `quote_id` is the quote it was placed from and never changes: no quote is placed twice, and a repeated placement is
    told from another one. `promised_*` is the first window and never changes; `window_*` is the one that holds now. A
    held order has none yet, and its `fire_at` is the latest instant at which it stops to wait for its customer.
    `choices` are the fire trigger and the remedy as they are shown, and the change that was dropped last; `making` is
    work, longest piece and start by station. `proposal` is the number of the window that the store proposes instead,
    for as long as the customer has not said yes. `alias` is the name to call out that the customer chose for this
    order. `change_seq` is the place of the last change in the customer's feed; every statement that changes an order
    draws it.
    """

    __tablename__ = "orders"
    __table_args__ = (
        sa.UniqueConstraint("customer_id", "client_order_id"),
        sa.UniqueConstraint("quote_id"),
        sa.UniqueConstraint("customer_id", "change_seq"),
        sa.Index(
            "uq_orders_open_code", "store_id", "code", unique=True, postgresql_where=_IS_OPEN, sqlite_where=_IS_OPEN
        ),
        sa.Index("ix_orders_queue", "store_id", "fire_at", "id", postgresql_where=_IS_OPEN, sqlite_where=_IS_OPEN),
        sa.Index("ix_orders_due", "fire_at", postgresql_where=_IS_DUE, sqlite_where=_IS_DUE),
        sa.Index("ix_orders_open_until", "window_ends_at", "id", postgresql_where=_ENDS, sqlite_where=_ENDS),
        sa.Index("ix_orders_ready", "ready_at", postgresql_where=_IS_READY, sqlite_where=_IS_READY),
        sa.Index("ix_orders_customer_id_id", "customer_id", "id"),
        sa.Index("ix_orders_changing", "id", postgresql_where=_IS_CHANGING, sqlite_where=_IS_CHANGING),
        sa.Index(
            "ix_orders_grant_id_placed_at", "grant_id", "placed_at",
            postgresql_where=_OF_A_GRANT, sqlite_where=_OF_A_GRANT,
        ),
        sa.CheckConstraint(_STATES, name="state"),
        sa.CheckConstraint("subtotal_minor >= 0 AND tax_minor >= 0 AND total_minor >= 0", name="no_negative_money"),
        sa.CheckConstraint(
            "paid_minor BETWEEN 0 AND total_minor AND (tender <> 'pay_at_pickup' OR paid_minor IN (0, total_minor))",
            name="paid_within_total",
        ),
        # Of an order paid in part, what can't be made lowers first what is due at pickup (order_tenders has the rest).
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND "
            "CASE WHEN paid_minor = 0 AND tender = 'pay_at_pickup' THEN 0 ELSE total_minor END",
            name="refund_within_total",
        ),
        sa.CheckConstraint("window_starts_at < window_ends_at", name="window"),
        sa.CheckConstraint("length(alias) BETWEEN 1 AND 20", name="alias"),
        sa.CheckConstraint(
            "fired_at IS NULL OR (window_starts_at IS NOT NULL AND promised_starts_at IS NOT NULL)",
            name="fired_has_window",
        ),
        sa.CheckConstraint("outcome IN ('kept', 'missed')", name="outcome"),
        sa.CheckConstraint("(proposal IS NULL) = (proposed_starts_at IS NULL)", name="proposal"),
        sa.CheckConstraint(
            "if_not_collected IN (" + ", ".join(f"'{outcome}'" for outcome in IF_NOT_COLLECTED) + ")",
            name="if_not_collected",
        ),
        sa.CheckConstraint(
            "forgotten_at IS NULL OR (ended_at IS NOT NULL AND alias IS NULL AND placed_by IS NULL)",
            name="forgotten_is_nobodys",
        ),
        sa.CheckConstraint("(placed_by IS NULL) = (grant_id IS NULL)", name="placed_under_grant"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    store_id: Mapped[UUID]
    # Of an order placed under a grant: with the grant's id and a slash before it.
    client_order_id: Mapped[str]
    quote_id: Mapped[UUID]
    # The customer's grant that it was placed under, and who did; both None where the customer did.
    grant_id: Mapped[UUID | None]
    placed_by: Mapped[UUID | None]
    code: Mapped[str]
    state: Mapped[str]
    version: Mapped[int]
    currency: Mapped[str]
    subtotal_minor: Mapped[int] = mapped_column(sa.BigInteger)
    tax_minor: Mapped[int] = mapped_column(sa.BigInteger)
    total_minor: Mapped[int] = mapped_column(sa.BigInteger)
    tax_inclusive: Mapped[bool]
    tender: Mapped[str]
    tip_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    # What is due is reckoned from the tenders: this is for the release before, while it is replaced.
    tip_at_pickup_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    # A bank hasn't said yet whether it pays: the store isn't told to start.
    payment_pending: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    paid_minor: Mapped[int] = mapped_column(sa.BigInteger)
    refunded_minor: Mapped[int] = mapped_column(sa.BigInteger)
    store_name: Mapped[str]
    timezone: Mapped[str]
    pickup_method: Mapped[str]
    alias: Mapped[str | None]
    promised_starts_at: Mapped[datetime | None]
    promised_ends_at: Mapped[datetime | None]
    window_starts_at: Mapped[datetime | None]
    window_ends_at: Mapped[datetime | None]
    fire_at: Mapped[datetime]
    choices: Mapped[dict[str, Any]]
    making: Mapped[dict[str, Any]]
    # What it was shown to earn, with the terms that make exactly that; None where its customer was no member.
    stars: Mapped[dict[str, Any] | None]
    # What rewards took off it, as it was placed; None where it has none.
    rewards: Mapped[list[Any] | None]
    # The quote that it is changed to once these cards are reserved (actions/swapping.py); None where none is asked.
    pending_change: Mapped[dict[str, Any] | None]
    make_seconds_ahead: Mapped[int]
    outcome: Mapped[str | None]
    proposal: Mapped[int | None]
    proposed_starts_at: Mapped[datetime | None]
    arriving_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    placed_at: Mapped[datetime]
    fired_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    change_seq: Mapped[int] = mapped_column(sa.BigInteger, onupdate=NextChange(sa.literal_column("orders.customer_id")))
    end_reason: Mapped[str | None]
    if_not_collected: Mapped[str] = mapped_column(server_default="hold")
    remade_at: Mapped[datetime | None]
    # It belongs to nobody since, and nobody is shown it: only the books are left.
    forgotten_at: Mapped[datetime | None]


sa.Sequence("order_changes", metadata=Base.metadata)


class ForgottenOrder(Base):
    """A customer's order that was forgotten, at its place in their feed: who copied it is to drop it too. After a while
    its id goes; the customer's last place stays without one, so that it isn't given again."""

    __tablename__ = "forgotten_orders"
    __table_args__ = (
        sa.UniqueConstraint("order_id"),
        sa.Index(
            "ix_forgotten_orders_named", "forgotten_at",
            postgresql_where=_IS_NAMED, sqlite_where=_IS_NAMED,
        ),
    )  # fmt: skip

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    change_seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    order_id: Mapped[UUID | None]
    forgotten_at: Mapped[datetime]


class OrderLine(Base):
    """One line as it was sold: `document` is the resolved line with its modifier tree, prices and sources.

    `work` is seconds of the whole line by station. `asked` is what the customer asked for, as they sent it. A struck
    line is none of the order any more: nothing is due for it.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.CheckConstraint("total_minor >= 0 AND tax_minor >= 0", name="no_negative_money"),
        sa.CheckConstraint("refunded_minor BETWEEN 0 AND paid_minor", name="refund_within_paid"),
        sa.CheckConstraint("refunded_quantity BETWEEN 0 AND quantity", name="refund_within_quantity"),
    )

    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[UUID]
    quantity: Mapped[int]
    total_minor: Mapped[int] = mapped_column(sa.BigInteger)
    tax_minor: Mapped[int] = mapped_column(sa.BigInteger)
    # What the customer pays for the line: the total, plus its tax where tax comes on top.
    paid_minor: Mapped[int] = mapped_column(sa.BigInteger)
    refunded_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    refunded_quantity: Mapped[int] = mapped_column(default=0, server_default="0")
    counted_stock: Mapped[bool]
    document: Mapped[dict[str, Any]]
    work: Mapped[dict[str, Any] | None]
    asked: Mapped[dict[str, Any] | None]
    struck_at: Mapped[datetime | None]


class OrderTransition(Base):
    """One step of an order's life; append-only."""

    __tablename__ = "order_transitions"
    __table_args__ = (
        sa.Index("ix_order_transitions_order_id", "order_id"),
        sa.CheckConstraint("actor IN ('customer', 'staff', 'system')", name="actor"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(always=False), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"))
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    actor: Mapped[str]
    actor_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    happened_at: Mapped[datetime]
