"""The queue's lines at stations, marks and log; board links; an order's alias and its lines' work."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
IS_UNSEEN = sa.text("voided_at IS NOT NULL AND seen_at IS NULL")


def upgrade() -> None:
    """Add the columns and make the tables."""
    # With its constraint at once: SQLite adds none later but by copying the table, and lines would go with the old one.
    op.execute(
        "ALTER TABLE orders ADD COLUMN alias TEXT CONSTRAINT ck_orders_alias CHECK (length(alias) BETWEEN 1 AND 20)"
    )
    op.create_table(
        "line_stations",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'started', 'done')", name=op.f("ck_line_stations_state")),
        sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name=op.f("ck_line_stations_done_has_instant")),
        sa.CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name=op.f("ck_line_stations_done_has_person")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_line_stations_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("order_id", "position", "station", name=op.f("pk_line_stations")),
    )
    op.create_table(
        "ticket_marks",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("rushed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rushed_by", sa.Uuid(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(rushed_at IS NULL) = (rushed_by IS NULL)", name=op.f("ck_ticket_marks_rush_has_person")),
        sa.CheckConstraint("(seen_at IS NULL) = (seen_by IS NULL)", name=op.f("ck_ticket_marks_seen_has_person")),
        sa.CheckConstraint(
            "seen_at IS NULL OR voided_at IS NOT NULL", name=op.f("ck_ticket_marks_only_voids_are_seen")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_ticket_marks_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_ticket_marks")),
    )
    op.create_index(
        "ix_ticket_marks_unseen",
        "ticket_marks",
        ["store_id"],
        unique=False,
        postgresql_where=IS_UNSEEN,
        sqlite_where=IS_UNSEEN,
    )
    op.create_table(
        "bumps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rows", JSON, nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('bump', 'start', 'recall')", name=op.f("ck_bumps_kind")),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_bumps_undone_has_person")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_bumps_order_id_orders"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bumps")),
    )
    op.create_index("ix_bumps_order_id", "bumps", ["order_id"], unique=False)
    op.create_table(
        "queue_settings",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("hurry_after_seconds", sa.Integer(), nullable=False),
        sa.Column("late_after_seconds", sa.Integer(), nullable=False),
        sa.Column("board_clears_after_seconds", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("hurry_after_seconds BETWEEN 10 AND 86400", name=op.f("ck_queue_settings_hurry_after")),
        sa.CheckConstraint(
            "late_after_seconds BETWEEN hurry_after_seconds AND 86400",
            name=op.f("ck_queue_settings_late_after_hurry"),
        ),
        sa.CheckConstraint(
            "board_clears_after_seconds BETWEEN 60 AND 86400", name=op.f("ck_queue_settings_board_clears_after")
        ),
        sa.PrimaryKeyConstraint("store_id", name=op.f("pk_queue_settings")),
    )
    op.create_table(
        "board_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name=op.f("ck_board_links_name")),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by IS NULL)", name=op.f("ck_board_links_revoked_has_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_board_links_token_hash")),
    )
    op.create_index("ix_board_links_store_id_id", "board_links", ["store_id", "id"], unique=False)


def downgrade() -> None:
    """Drop the tables and the columns."""
    op.drop_index("ix_board_links_store_id_id", table_name="board_links")
    op.drop_table("board_links")
    op.drop_table("queue_settings")
    op.drop_index("ix_bumps_order_id", table_name="bumps")
    op.drop_table("bumps")
    op.drop_index(
        "ix_ticket_marks_unseen", table_name="ticket_marks", postgresql_where=IS_UNSEEN, sqlite_where=IS_UNSEEN
    )
    op.drop_table("ticket_marks")
    op.drop_table("line_stations")
    op.drop_column("orders", "alias")
