"""Rows by the set: quotes to place, orders of the past, a queue, each copied from a real row by one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.db import Base

ORDERS_PREFIX, QUOTES_PREFIX = "01900000-0000-7000-8000-", "01910000-0000-7000-8000-"


def quote_id(number: int) -> str:
    """Return the id of the quote that `add_quotes` made under this number."""
    return f"{QUOTES_PREFIX}{number:012x}"


def _id_sql(prefix: str, number: str) -> str:
    return f"('{prefix}' || lpad(to_hex(({number})::bigint), 12, '0'))::uuid"


def _copy(table: str, template: str, changes: Mapping[str, str], leave_out: Sequence[str] = ()) -> str:
    """Return INSERT … SELECT of every column of `template`, with the SQL of `changes` instead of some."""
    columns = [column.name for column in Base.metadata.tables[table].columns if column.name not in leave_out]
    values = [changes.get(name, f"{template}.{name}") for name in columns]
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"


def add_quotes(
    connection: Connection, templates: Sequence[UUID], customers: Sequence[UUID], *, first: int, count: int
) -> None:
    """Add quotes number `first` and up: copies of the templates over all stores, one customer after the other."""
    made = _id_sql(QUOTES_PREFIX, "n")
    copy = _copy(
        "quotes",
        "template",
        {
            "id": made,
            "customer_id": f"(CAST(:customers AS uuid[]))[n % {len(customers)} + 1]",
            "document": f"jsonb_set(template.document, '{{id}}', to_jsonb({made}::text))",
        },
    )
    connection.execute(
        sa.text(
            f"{copy} FROM generate_series(CAST(:first AS bigint), :last) n JOIN quotes template "
            f"ON template.id = (CAST(:templates AS uuid[]))[abs(hashint8(n)) % {len(templates)} + 1]"
        ),
        {"customers": list(customers), "templates": list(templates), "first": first, "last": first + count - 1},
    )


def add_past_orders(connection: Connection, order_id: UUID, stores: Sequence[UUID], *, count: int) -> None:
    """Add orders that were picked up over the last year: copies of a real order, with a line, a claim, four steps and
    the facts of them each. Foreign keys are not looked at: the statement names only what it made."""
    made = _id_sql(ORDERS_PREFIX, "n")
    ago = "make_interval(secs => 86400 + n % 31000000)"
    store = f"(CAST(:stores AS uuid[]))[n % {len(stores)} + 1]"
    values = {"order_id": order_id, "stores": list(stores), "last": count}
    orders = {
        "id": made,
        "customer_id": _id_sql("01920000-0000-7000-8000-", "n % 50000"),
        "store_id": store,
        "quote_id": _id_sql("01930000-0000-7000-8000-", "n"),
        "client_order_id": "'past-' || n",
        "change_seq": "nextval('order_changes')",
        "state": "'picked_up'",
        "paid_minor": "template.total_minor",
        **{name: f"template.{name} - {ago}" for name in ("placed_at", "updated_at", "fire_at")},
    }
    of_order = {"order_id": made}
    series = "FROM generate_series(CAST(1 AS bigint), :last) n"
    one = "LIMIT 1) template"
    steps = "JOIN (VALUES ('placed'), ('fired'), ('ready'), ('picked_up')) step (state) ON true"
    connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
    connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
    for statement in (
        f"{_copy('orders', 'template', orders)} {series}, (SELECT * FROM orders WHERE id = :order_id) template",
        f"{_copy('order_lines', 'template', of_order)} {series}, "
        f"(SELECT * FROM order_lines WHERE order_id = :order_id {one}",
        f"{_copy('capacity_claims', 'template', {**of_order, 'store_id': store})} {series}, "
        f"(SELECT * FROM capacity_claims WHERE order_id = :order_id {one}",
        f"{_copy('order_transitions', 'template', {**of_order, 'to_state': 'step.state'}, ['id'])} {series}, "
        f"(SELECT * FROM order_transitions WHERE order_id = :order_id {one} {steps}",
        f"{_copy('outbox', 'template', {'subject_id': made}, ['seq'])} {series}, "
        f"(SELECT * FROM outbox WHERE subject_id = :order_id {one} {steps}",
    ):
        connection.execute(sa.text(statement), values)


def add_queue(connection: Connection, order_id: UUID, store_id: UUID, *, count: int) -> None:
    """Add orders that the store was told to make, with all their lines."""
    made, values = _id_sql("01940000-0000-7000-8000-", "n"), {"order_id": order_id, "store": store_id, "last": count}
    orders = {
        "id": made,
        "store_id": ":store",
        "quote_id": _id_sql("01950000-0000-7000-8000-", "n"),
        "client_order_id": "'queue-' || n",
        "code": "'Q' || to_char(n, 'FM0000')",
        "change_seq": "nextval('order_changes')",
        "state": "'fired'",
        "fired_at": "template.placed_at",
        "fire_at": "template.fire_at + make_interval(secs => n)",
    }
    series = "FROM generate_series(CAST(1 AS bigint), :last) n"
    connection.execute(
        sa.text(f"{_copy('orders', 'template', orders)} {series}, orders template WHERE template.id = :order_id"),
        values,
    )
    lines = _copy("order_lines", "template", {"order_id": made})
    connection.execute(sa.text(f"{lines} {series}, order_lines template WHERE template.order_id = :order_id"), values)
