"""A remedy has an id of its own, so that nothing leads to it from its order once that is forgotten."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

TABLE = "ledger_transactions"
GUARD = f"{TABLE}_no_update"
IS_REMEDY = sa.text("kind = 'remedy'")
REMEDIES = sa.table(TABLE, *(sa.column(name, sa.Uuid()) for name in ("id", "purpose_id")), sa.column("purpose"))


def upgrade() -> None:
    """Give those that were given one, too, and let an order have one remedy."""
    bind, is_postgresql = op.get_bind(), op.get_bind().dialect.name == "postgresql"
    guard = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name")
    made = None if is_postgresql else bind.scalar(guard, {"name": GUARD})
    op.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER {GUARD}" if is_postgresql else f"DROP TRIGGER {GUARD}")
    for remedy_id in bind.scalars(sa.select(REMEDIES.c.id).where(IS_REMEDY)).all():
        this = sa.update(REMEDIES).where(REMEDIES.c.id == remedy_id)
        bind.execute(this.values({"purpose": "remedy", "purpose_id": uuid4()}))
    op.execute(made or f"ALTER TABLE {TABLE} ENABLE TRIGGER {GUARD}")
    op.create_index(
        "uq_ledger_transactions_remedy",
        TABLE,
        ["order_id"],
        unique=True,
        postgresql_where=IS_REMEDY,
        sqlite_where=IS_REMEDY,
    )


def downgrade() -> None:
    """Let the index go; the remedies keep the ids that they have."""
    op.drop_index("uq_ledger_transactions_remedy", TABLE)
