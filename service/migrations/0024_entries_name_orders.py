"""Movements name the order that they were for, until its customer wants it forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

HAS_ORDER = sa.text("order_id IS NOT NULL")
TABLE = "ledger_transactions"


def upgrade() -> None:
    """Add the column, and let nothing but its forgetting change what was booked."""
    op.add_column(TABLE, sa.Column("order_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_ledger_transactions_order_id", TABLE, ["order_id"], postgresql_where=HAS_ORDER, sqlite_where=HAS_ORDER
    )
    _run(FORGETTING)


def downgrade() -> None:
    """Drop the column, and let nothing change what was booked."""
    _run(NEVER)
    op.drop_index("ix_ledger_transactions_order_id", TABLE)
    op.drop_column(TABLE, "order_id")


def _run(triggers: dict[str, tuple[str, ...]]) -> None:
    for statement in triggers[op.get_bind().dialect.name]:
        op.execute(statement)


_SAYS = "'what was booked stays booked'"
_KEPT = ("id", "kind", "purpose", "purpose_id", "happened_at")


def _is_forgetting(same: str) -> str:
    return " AND ".join(["NEW.order_id IS NULL", *(f"NEW.{name} {same} OLD.{name}" for name in _KEPT)])


FORGETTING = {
    "postgresql": (
        "DROP TRIGGER ledger_transactions_append_only ON ledger_transactions",
        """CREATE TRIGGER ledger_transactions_append_only BEFORE DELETE OR TRUNCATE ON ledger_transactions
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change()""",
        f"""CREATE TRIGGER ledger_transactions_no_update BEFORE UPDATE ON ledger_transactions FOR EACH ROW
        WHEN (NOT ({_is_forgetting("IS NOT DISTINCT FROM")})) EXECUTE FUNCTION refuse_ledger_change()""",
    ),
    "sqlite": (
        "DROP TRIGGER ledger_transactions_no_update",
        f"""CREATE TRIGGER ledger_transactions_no_update BEFORE UPDATE ON ledger_transactions
        WHEN NOT ({_is_forgetting("IS")}) BEGIN SELECT RAISE(ABORT, {_SAYS}); END""",
    ),
}
NEVER = {
    "postgresql": (
        "DROP TRIGGER ledger_transactions_no_update ON ledger_transactions",
        "DROP TRIGGER ledger_transactions_append_only ON ledger_transactions",
        """CREATE TRIGGER ledger_transactions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transactions
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change()""",
    ),
    "sqlite": (
        "DROP TRIGGER ledger_transactions_no_update",
        f"""CREATE TRIGGER ledger_transactions_no_update BEFORE UPDATE ON ledger_transactions
        BEGIN SELECT RAISE(ABORT, {_SAYS}); END""",
    ),
}
