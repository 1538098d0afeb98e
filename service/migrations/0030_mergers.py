"""One account is brought into another one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from service.db.checks import swap_check

revision = "0030"
down_revision = "0029"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AT = sa.DateTime(timezone=True)
_KIND = "ck_loyalty_entries_kind"
_KINDS = (
    "kind IN ('earned', 'granted', 'reversed', 'redeemed', 'returned', "
    "'expired', 'given', 'given_back', 'received', 'let_go'"
)
BEFORE, AFTER = (_KIND, f"{_KINDS})"), (_KIND, f"{_KINDS}, 'merged_out', 'merged_in')")


def upgrade() -> None:
    """Make the tables; what was brought over is only ever appended."""
    swap_check(op.get_bind(), "loyalty_entries", BEFORE, AFTER)
    op.create_table(
        "loyalty_merger_consents",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("ends_at", AT, nullable=False),
        _of_member("loyalty_merger_consents", "member_id"),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_loyalty_merger_consents")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_loyalty_merger_consents_token_hash")),
    )
    op.create_table(
        "loyalty_mergers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_member_id", sa.Uuid(), nullable=False),
        sa.Column("into_member_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("qualifying", sa.Integer(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("merged_at", AT, nullable=False),
        sa.CheckConstraint("from_member_id <> into_member_id", name=op.f("ck_loyalty_mergers_two_members")),
        sa.CheckConstraint("stars >= 0", name=op.f("ck_loyalty_mergers_stars")),
        _of_member("loyalty_mergers", "from_member_id"),
        _of_member("loyalty_mergers", "into_member_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_mergers")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_loyalty_mergers_token_hash")),
    )
    for column in ("from_member_id", "into_member_id"):
        op.create_index(f"ix_loyalty_mergers_{column}", "loyalty_mergers", [column])
    for statement in APPENDED[op.get_bind().dialect.name]:
        op.execute(statement)


def _of_member(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["loyalty_members.id"], name=op.f(f"fk_{table}_{column}_loyalty_members"))


def _rename() -> None:
    """Let entries of mergers be of kinds that the last release knows, with the trigger out of the way meanwhile."""
    connection, trigger = op.get_bind(), "loyalty_entries_no_update"
    if connection.dialect.name == "sqlite":
        found = sa.text("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = :name")
        again = connection.execute(found, {"name": trigger}).scalar_one()
        op.execute(f"DROP TRIGGER {trigger}")
    else:
        again = f"ALTER TABLE loyalty_entries ENABLE TRIGGER {trigger}"
        op.execute(f"ALTER TABLE loyalty_entries DISABLE TRIGGER {trigger}")
    op.execute("UPDATE loyalty_entries SET kind = 'given' WHERE kind = 'merged_out'")
    op.execute("UPDATE loyalty_entries SET kind = 'received' WHERE kind = 'merged_in'")
    connection.exec_driver_sql(again)


def downgrade() -> None:
    """Drop them. What was brought over stays where it is, as if it had been given and received."""
    for table in ("loyalty_mergers", "loyalty_merger_consents"):
        op.drop_table(table)
    _rename()
    swap_check(op.get_bind(), "loyalty_entries", AFTER, BEFORE)


APPENDED = {
    "postgresql": (
        """CREATE TRIGGER loyalty_mergers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loyalty_mergers
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_star_change()""",
    ),
    "sqlite": tuple(
        f"""CREATE TRIGGER loyalty_mergers_no_{change.lower()} BEFORE {change} ON loyalty_mergers
        BEGIN SELECT RAISE(ABORT, 'what was published or entered stays as it is'); END"""
        for change in ("UPDATE", "DELETE")
    ),
}
