"""What customers say, in every version; a quote names the state of it that it was made by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and let versions only be appended or forgotten."""
    op.add_column("quotes", sa.Column("said_revision", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "preferences",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", JSON, nullable=True),
        sa.Column("said_at", AT, nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_preferences_version")),
        sa.PrimaryKeyConstraint("customer_id", "kind", name=op.f("pk_preferences")),
        sa.UniqueConstraint("id", name=op.f("uq_preferences_id")),
    )
    op.create_table(
        "preference_versions",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("value", JSON, nullable=True),
        sa.Column("restored", sa.Integer(), nullable=True),
        sa.Column("said_at", AT, nullable=False),
        sa.Column("forgotten_at", AT, nullable=True),
        sa.CheckConstraint(
            "how IN ('said', 'withdrawn', 'undone', 'forgotten')", name=op.f("ck_preference_versions_how")
        ),
        sa.CheckConstraint(
            "(how = 'undone') = (restored IS NOT NULL)", name=op.f("ck_preference_versions_undone_restores")
        ),
        sa.CheckConstraint("restored < version", name=op.f("ck_preference_versions_restores_an_earlier_one")),
        sa.CheckConstraint(
            "forgotten_at IS NULL OR value IS NULL", name=op.f("ck_preference_versions_forgotten_has_no_value")
        ),
        sa.PrimaryKeyConstraint("customer_id", "kind", "version", name=op.f("pk_preference_versions")),
    )
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Drop the tables with their triggers."""
    op.drop_table("preference_versions")
    op.drop_table("preferences")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_preference_change")
    op.drop_column("quotes", "said_revision")


# A version stays as it was said; only what it said may be taken away, once, with the instant.
_IS_FORGETTING = """NEW.value IS NULL AND NEW.forgotten_at IS NOT NULL AND OLD.forgotten_at IS NULL
    AND NEW.customer_id = OLD.customer_id AND NEW.kind = OLD.kind AND NEW.version = OLD.version
    AND NEW.how = OLD.how AND NEW.said_at = OLD.said_at"""
_SAYS = "'a version of a preference stays as it was said, or is forgotten'"
TRIGGERS = {
    "postgresql": (
        f"""CREATE FUNCTION refuse_preference_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION {_SAYS} USING ERRCODE = 'integrity_constraint_violation'; END $$""",
        f"""CREATE TRIGGER preference_versions_no_update BEFORE UPDATE ON preference_versions
        FOR EACH ROW WHEN (NOT ({_IS_FORGETTING} AND NEW.restored IS NOT DISTINCT FROM OLD.restored))
        EXECUTE FUNCTION refuse_preference_change()""",
        """CREATE TRIGGER preference_versions_no_delete BEFORE DELETE ON preference_versions
        FOR EACH ROW EXECUTE FUNCTION refuse_preference_change()""",
    ),
    "sqlite": (
        f"""CREATE TRIGGER preference_versions_no_update BEFORE UPDATE ON preference_versions
        WHEN NOT ({_IS_FORGETTING} AND NEW.restored IS OLD.restored)
        BEGIN SELECT RAISE(ABORT, {_SAYS}); END""",
        f"""CREATE TRIGGER preference_versions_no_delete BEFORE DELETE ON preference_versions
        BEGIN SELECT RAISE(ABORT, {_SAYS}); END""",
    ),
}
