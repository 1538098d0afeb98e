"""Walk-ins as tickets: what to make, where it stands, how it ended; a log of what was done to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AT = sa.DateTime(timezone=True)
IS_ENDED = sa.text("ended_at IS NOT NULL")
COLUMNS = ("state", "version", "lines", "rows", "stock", "fire_at", "registered_by", "ended_by")


def upgrade() -> None:
    """Add the columns, an index and the log."""
    # Its constraints at once, since SQLite adds none later. A walk-in that the last release ends has no word for how.
    op.execute(
        "ALTER TABLE walk_ins ADD COLUMN state TEXT DEFAULT 'fired' NOT NULL "
        "CONSTRAINT ck_walk_ins_state CHECK (state IN ('fired', 'in_preparation', 'picked_up', 'cancelled')) "
        "CONSTRAINT ck_walk_ins_ended_has_instant "
        "CHECK (ended_at IS NOT NULL OR state IN ('fired', 'in_preparation'))"
    )
    op.add_column("walk_ins", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("walk_ins", sa.Column("lines", JSON, server_default="[]", nullable=False))
    op.add_column("walk_ins", sa.Column("rows", JSON, server_default="[]", nullable=False))
    op.add_column("walk_ins", sa.Column("stock", JSON, server_default="{}", nullable=False))
    op.add_column("walk_ins", sa.Column("fire_at", AT, server_default="2026-01-01 00:00:00", nullable=False))
    op.add_column("walk_ins", sa.Column("registered_by", sa.Uuid(), nullable=True))
    op.add_column("walk_ins", sa.Column("ended_by", sa.Uuid(), nullable=True))
    op.execute("UPDATE walk_ins SET fire_at = registered_at, state = 'fired'")
    op.create_index(
        "ix_walk_ins_store_id_ended",
        "walk_ins",
        ["store_id", "ended_at"],
        postgresql_where=IS_ENDED,
        sqlite_where=IS_ENDED,
    )
    op.create_table(
        "walk_in_bumps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("walk_in_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rows", JSON, nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("undone_at", AT, nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('bump', 'start', 'recall')", name=op.f("ck_walk_in_bumps_kind")),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_walk_in_bumps_undone_has_person")
        ),
        sa.ForeignKeyConstraint(
            ["walk_in_id"], ["walk_ins.id"], name=op.f("fk_walk_in_bumps_walk_in_id_walk_ins"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk_in_bumps")),
    )
    op.create_index("ix_walk_in_bumps_walk_in_id", "walk_in_bumps", ["walk_in_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("walk_in_bumps")
    op.drop_index("ix_walk_ins_store_id_ended", table_name="walk_ins", postgresql_where=IS_ENDED, sqlite_where=IS_ENDED)
    for column in COLUMNS:
        op.drop_column("walk_ins", column)
