"""Indexes of open orders that only the sweeps over all stores can use."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

IS_OPEN = "state IN ('fired', 'held', 'in_preparation', 'placed', 'ready', 'scheduled')"
IS_WAITING = "state IN ('held', 'placed', 'scheduled')"


def upgrade() -> None:
    """Narrow both indexes by a condition that a store's own questions don't have."""
    _make_again(f"{IS_OPEN} AND window_ends_at IS NOT NULL", f"{IS_WAITING} AND fire_at IS NOT NULL")


def downgrade() -> None:
    """Let every question about open orders use them again."""
    _make_again(IS_OPEN, IS_WAITING)


def _make_again(open_until: str, due: str) -> None:
    for name, columns, condition in (
        ("ix_orders_open_until", ["window_ends_at", "id"], open_until),
        ("ix_orders_due", ["fire_at"], due),
    ):
        where = sa.text(condition)
        op.drop_index(name, "orders")
        op.create_index(name, "orders", columns, postgresql_where=where, sqlite_where=where)
