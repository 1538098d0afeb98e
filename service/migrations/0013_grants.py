"""Grants to act for a customer, what was done under them, and which quotes and orders were."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

OF_A_GRANT = sa.text("grant_id IS NOT NULL")


def upgrade() -> None:
    """Make the tables and add the columns."""
    _make_grants()
    op.create_table(
        "delegated_acts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(amount_minor IS NULL) = (currency IS NULL)", name=op.f("ck_delegated_acts_amount_has_currency")
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_delegated_acts_amount")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_delegated_acts_grant_id_grants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegated_acts")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delegated_acts_grant_id_id", "delegated_acts", ["grant_id", "id"], unique=False)
    dialect = op.get_bind().dialect.name
    for statement in TRIGGERS[dialect]:
        op.execute(statement)
    op.add_column("quotes", sa.Column("grant_id", sa.Uuid(), nullable=True))
    op.add_column("orders", sa.Column("grant_id", sa.Uuid(), nullable=True))
    # With its constraint at once: SQLite adds none later but by copying the table, and lines would go with the old one.
    op.execute(
        f"ALTER TABLE orders ADD COLUMN placed_by {UUID_TYPES[dialect]} "
        "CONSTRAINT ck_orders_placed_under_grant CHECK ((placed_by IS NULL) = (grant_id IS NULL))"
    )
    op.create_index(
        "ix_orders_grant_id_placed_at",
        "orders",
        ["grant_id", "placed_at"],
        unique=False,
        postgresql_where=OF_A_GRANT,
        sqlite_where=OF_A_GRANT,
    )


def _make_grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("giver_id", sa.Uuid(), nullable=False),
        sa.Column("receiver_id", sa.Uuid(), nullable=True),
        sa.Column("offered_to", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("may_place_orders", sa.Boolean(), nullable=False),
        sa.Column("may_pick_up_orders", sa.Boolean(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offer_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_grants_{name}")) for name, rule in RULES.items()),
        sa.ForeignKeyConstraint(["giver_id"], ["people.id"], name=op.f("fk_grants_giver_id_people")),
        sa.ForeignKeyConstraint(["receiver_id"], ["people.id"], name=op.f("fk_grants_receiver_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_grants_token_hash")),
    )
    op.create_index("ix_grants_giver_id_id", "grants", ["giver_id", "id"], unique=False)
    op.create_index("ix_grants_receiver_id_id", "grants", ["receiver_id", "id"], unique=False)
    op.create_index("ix_grants_offered_to_offered_at", "grants", ["offered_to", "offered_at"], unique=False)


RULES = {
    "offered_to_lower": "offered_to = lower(offered_to)",
    "allows_something": "may_place_orders OR may_pick_up_orders",
    "ordering_has_limit": "may_place_orders = (limit_minor IS NOT NULL)",
    "limit_is_whole": "(limit_minor IS NULL) = (currency IS NULL) AND (limit_minor IS NULL) = (timezone IS NULL)",
    "limit": "limit_minor > 0",
    "label": "length(label) BETWEEN 1 AND 60",
    "instants": "offered_at < offer_ends_at AND offer_ends_at <= expires_at",
    "two_people": "giver_id <> receiver_id",
    "accepted_by_receiver": "(receiver_id IS NULL) = (accepted_at IS NULL)",
    "accepted_or_declined": "accepted_at IS NULL OR declined_at IS NULL",
    "ended_by_someone": "(ended_at IS NULL) = (ended_by IS NULL)",
    "ended_by": "ended_by IN ('giver', 'receiver')",
}
UUID_TYPES = {"postgresql": "UUID", "sqlite": "CHAR(32)"}

# What was done under a grant stays on record.
TRIGGERS = {
    "postgresql": (
        """CREATE FUNCTION refuse_act_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'what was done stays on record' USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
        """CREATE TRIGGER delegated_acts_append_only BEFORE UPDATE OR DELETE ON delegated_acts
        FOR EACH ROW EXECUTE FUNCTION refuse_act_change()""",
    ),
    "sqlite": (
        """CREATE TRIGGER delegated_acts_no_update BEFORE UPDATE ON delegated_acts
        BEGIN SELECT RAISE(ABORT, 'what was done stays on record'); END""",
        """CREATE TRIGGER delegated_acts_no_delete BEFORE DELETE ON delegated_acts
        BEGIN SELECT RAISE(ABORT, 'what was done stays on record'); END""",
    ),
}


def downgrade() -> None:
    """Drop them."""
    op.drop_index(
        "ix_orders_grant_id_placed_at", table_name="orders", postgresql_where=OF_A_GRANT, sqlite_where=OF_A_GRANT
    )
    # The later column first: its constraint names the other.
    op.drop_column("orders", "placed_by")
    op.drop_column("orders", "grant_id")
    op.drop_column("quotes", "grant_id")
    op.drop_table("delegated_acts")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_act_change()")
    op.drop_table("grants")
