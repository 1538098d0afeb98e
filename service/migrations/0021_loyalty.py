"""The loyalty programme: its versions, members, the ledger of stars, redemptions, gifts, pools, claims."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and let versions of the programme, entries and movements only be appended."""
    op.create_table(
        "loyalty_programmes",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("effective_at", AT, nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("published_at", AT, nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_loyalty_programmes_version")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_loyalty_programmes")),
        sa.UniqueConstraint("effective_at", name=op.f("uq_loyalty_programmes_effective_at")),
        sa.UniqueConstraint("id", name=op.f("uq_loyalty_programmes_id")),
    )
    op.create_table(
        "loyalty_reward_stock",
        sa.Column("reward_key", sa.Text(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("units_left", sa.Integer(), nullable=False),
        sa.CheckConstraint("units_left BETWEEN 0 AND units", name=op.f("ck_loyalty_reward_stock_units_left")),
        sa.PrimaryKeyConstraint("reward_key", name=op.f("pk_loyalty_reward_stock")),
    )
    op.create_table(
        "loyalty_members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", AT, nullable=False),
        sa.Column("left_at", AT, nullable=True),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("entries >= 0", name=op.f("ck_loyalty_members_entries")),
        sa.CheckConstraint("version > 0", name=op.f("ck_loyalty_members_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_members")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_loyalty_members_customer_id")),
    )
    op.create_table(
        "loyalty_opt_ins",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("promotion", sa.Text(), nullable=False),
        sa.Column("opted_in_at", AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["loyalty_members.id"], name=op.f("fk_loyalty_opt_ins_member_id_loyalty_members")
        ),
        sa.PrimaryKeyConstraint("member_id", "promotion", name=op.f("pk_loyalty_opt_ins")),
    )
    _ledger()
    _redemptions_and_gifts()
    _pools_and_claims()
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def _ledger() -> None:
    op.create_table(
        "loyalty_lots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("owed", sa.Integer(), nullable=False),
        sa.Column("reversed", sa.Integer(), nullable=False),
        sa.Column("programme_version", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("from_lot_id", sa.Uuid(), nullable=True),
        sa.Column("earned_at", AT, nullable=False),
        sa.Column("available_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=True),
        sa.Column("had_grace", sa.Boolean(), nullable=False),
        sa.Column("is_pooled", sa.Boolean(), nullable=False),
        sa.Column("policy_done_at", AT, nullable=True),
        sa.CheckConstraint("owed BETWEEN 0 AND stars", name=op.f("ck_loyalty_lots_owed")),
        sa.CheckConstraint("remaining BETWEEN 0 AND stars", name=op.f("ck_loyalty_lots_remaining")),
        sa.CheckConstraint("reversed BETWEEN 0 AND stars", name=op.f("ck_loyalty_lots_reversed")),
        sa.CheckConstraint("stars > 0", name=op.f("ck_loyalty_lots_stars")),
        sa.ForeignKeyConstraint(
            ["from_lot_id"], ["loyalty_lots.id"], name=op.f("fk_loyalty_lots_from_lot_id_loyalty_lots")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["loyalty_members.id"], name=op.f("fk_loyalty_lots_member_id_loyalty_members")
        ),
        sa.ForeignKeyConstraint(
            ["programme_version"],
            ["loyalty_programmes.version"],
            name=op.f("fk_loyalty_lots_programme_version_loyalty_programmes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_lots")),
        sa.UniqueConstraint("order_id", "rule", name=op.f("uq_loyalty_lots_order_id_rule")),
    )
    op.create_index(
        "ix_loyalty_lots_due",
        "loyalty_lots",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("remaining > 0"),
        sqlite_where=sa.text("remaining > 0"),
    )
    op.create_index(
        "ix_loyalty_lots_left",
        "loyalty_lots",
        ["member_id", "expires_at"],
        unique=False,
        postgresql_where=sa.text("remaining > 0"),
        sqlite_where=sa.text("remaining > 0"),
    )
    op.create_index("ix_loyalty_lots_member_id_id", "loyalty_lots", ["member_id", "id"], unique=False)
    op.create_table(
        "loyalty_entries",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("qualifying", sa.Integer(), nullable=False),
        sa.Column("qualifies_at", AT, nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("programme_version", sa.Integer(), nullable=True),
        sa.Column("reference_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("happened_at", AT, nullable=False),
        sa.CheckConstraint(
            "kind IN ('earned', 'granted', 'reversed', 'redeemed', 'returned', "
            "'expired', 'given', 'given_back', 'received', 'let_go')",
            name=op.f("ck_loyalty_entries_kind"),
        ),
        sa.CheckConstraint(
            "(qualifying = 0) = (qualifies_at IS NULL)", name=op.f("ck_loyalty_entries_qualifying_has_instant")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_loyalty_entries_number")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["loyalty_members.id"], name=op.f("fk_loyalty_entries_member_id_loyalty_members")
        ),
        sa.ForeignKeyConstraint(
            ["programme_version"],
            ["loyalty_programmes.version"],
            name=op.f("fk_loyalty_entries_programme_version_loyalty_programmes"),
        ),
        sa.PrimaryKeyConstraint("member_id", "number", name=op.f("pk_loyalty_entries")),
        sa.UniqueConstraint(
            "order_id", "rule", "kind", "part", name=op.f("uq_loyalty_entries_order_id_rule_kind_part")
        ),
    )
    op.create_index("ix_loyalty_entries_qualifies_at", "loyalty_entries", ["member_id", "qualifies_at"], unique=False)
    op.create_index("ix_loyalty_entries_reference_id", "loyalty_entries", ["reference_id"], unique=False)
    op.create_table(
        "loyalty_movements",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.CheckConstraint("stars <> 0", name=op.f("ck_loyalty_movements_stars")),
        sa.ForeignKeyConstraint(["lot_id"], ["loyalty_lots.id"], name=op.f("fk_loyalty_movements_lot_id_loyalty_lots")),
        sa.ForeignKeyConstraint(
            ["member_id", "number"],
            ["loyalty_entries.member_id", "loyalty_entries.number"],
            name=op.f("fk_loyalty_movements_member_id_number_loyalty_entries"),
        ),
        sa.PrimaryKeyConstraint("member_id", "number", "lot_id", name=op.f("pk_loyalty_movements")),
    )
    op.create_index("ix_loyalty_movements_lot_id", "loyalty_movements", ["lot_id"], unique=False)


def _redemptions_and_gifts() -> None:
    op.create_table(
        "loyalty_redemptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("reward_key", sa.Text(), nullable=False),
        sa.Column("reward", JSON, nullable=False),
        sa.Column("programme_version", sa.Integer(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("shares", JSON, nullable=False),
        sa.Column("is_limited", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("redeemed_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.CheckConstraint(
            "state <> 'reserved' OR order_id IS NOT NULL", name=op.f("ck_loyalty_redemptions_reserved_has_order")
        ),
        sa.CheckConstraint(
            "state IN ('held', 'reserved', 'used', 'cancelled')", name=op.f("ck_loyalty_redemptions_state")
        ),
        sa.CheckConstraint("stars > 0", name=op.f("ck_loyalty_redemptions_stars")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["loyalty_members.id"], name=op.f("fk_loyalty_redemptions_member_id_loyalty_members")
        ),
        sa.ForeignKeyConstraint(
            ["programme_version"],
            ["loyalty_programmes.version"],
            name=op.f("fk_loyalty_redemptions_programme_version_loyalty_programmes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_redemptions")),
    )
    op.create_index("ix_loyalty_redemptions_member_id_id", "loyalty_redemptions", ["member_id", "id"], unique=False)
    op.create_index("ix_loyalty_redemptions_order_id", "loyalty_redemptions", ["order_id"], unique=False)
    op.create_table(
        "loyalty_gifts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("giver_id", sa.Uuid(), nullable=False),
        sa.Column("receiver_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("offered_at", AT, nullable=False),
        sa.Column("ends_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.CheckConstraint(
            "(state = 'accepted') = (receiver_id IS NOT NULL)", name=op.f("ck_loyalty_gifts_accepted_has_receiver")
        ),
        sa.CheckConstraint("(state = 'offered') = (ended_at IS NULL)", name=op.f("ck_loyalty_gifts_offered_is_open")),
        sa.CheckConstraint(
            "state IN ('offered', 'accepted', 'refused', 'taken_back', 'returned')", name=op.f("ck_loyalty_gifts_state")
        ),
        sa.CheckConstraint("stars > 0", name=op.f("ck_loyalty_gifts_stars")),
        sa.ForeignKeyConstraint(
            ["giver_id"], ["loyalty_members.id"], name=op.f("fk_loyalty_gifts_giver_id_loyalty_members")
        ),
        sa.ForeignKeyConstraint(
            ["receiver_id"], ["loyalty_members.id"], name=op.f("fk_loyalty_gifts_receiver_id_loyalty_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_gifts")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_loyalty_gifts_token_hash")),
    )
    op.create_index(
        "ix_loyalty_gifts_due",
        "loyalty_gifts",
        ["ends_at"],
        unique=False,
        postgresql_where=sa.text("state = 'offered'"),
        sqlite_where=sa.text("state = 'offered'"),
    )
    op.create_index("ix_loyalty_gifts_giver_id_id", "loyalty_gifts", ["giver_id", "id"], unique=False)


def _pools_and_claims() -> None:
    op.create_table(
        "loyalty_pools",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_pools")),
    )
    op.create_table(
        "loyalty_pool_members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("joined_at", AT, nullable=False),
        sa.Column("left_at", AT, nullable=True),
        sa.CheckConstraint("used BETWEEN 0 AND cap", name=op.f("ck_loyalty_pool_members_used")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["loyalty_members.id"], name=op.f("fk_loyalty_pool_members_member_id_loyalty_members")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["loyalty_pools.id"], name=op.f("fk_loyalty_pool_members_pool_id_loyalty_pools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_pool_members")),
    )
    op.create_index("ix_loyalty_pool_members_pool_id", "loyalty_pool_members", ["pool_id"], unique=False)
    op.create_index(
        "uq_loyalty_pool_members_in",
        "loyalty_pool_members",
        ["member_id"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
        sqlite_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "loyalty_pool_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("ends_at", AT, nullable=False),
        sa.Column("used_at", AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["loyalty_pools.id"], name=op.f("fk_loyalty_pool_invitations_pool_id_loyalty_pools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_pool_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_loyalty_pool_invitations_token_hash")),
    )
    op.create_index("ix_loyalty_pool_invitations_pool_id", "loyalty_pool_invitations", ["pool_id"], unique=False)
    op.create_table(
        "loyalty_claims",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("receipt", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("claimed_at", AT, nullable=False),
        sa.Column("answered_at", AT, nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (answered_at IS NULL)", name=op.f("ck_loyalty_claims_open_is_unanswered")
        ),
        sa.CheckConstraint("state IN ('open', 'granted', 'refused')", name=op.f("ck_loyalty_claims_state")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["loyalty_members.id"], name=op.f("fk_loyalty_claims_member_id_loyalty_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_claims")),
    )
    op.create_index("ix_loyalty_claims_member_id_id", "loyalty_claims", ["member_id", "id"], unique=False)
    op.create_index(
        "ix_loyalty_claims_open",
        "loyalty_claims",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    """Drop the tables with their triggers."""
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_star_change")


TABLES = (
    "loyalty_programmes",
    "loyalty_reward_stock",
    "loyalty_members",
    "loyalty_opt_ins",
    "loyalty_lots",
    "loyalty_entries",
    "loyalty_movements",
    "loyalty_redemptions",
    "loyalty_gifts",
    "loyalty_pools",
    "loyalty_pool_members",
    "loyalty_pool_invitations",
    "loyalty_claims",
)
APPENDED = ("loyalty_programmes", "loyalty_entries", "loyalty_movements")
_SAYS = "'what was published or entered stays as it is'"
# An entry stays as it was made; only whose order it was may be forgotten.
_KEPT = (
    "member_id", "number", "kind", "stars", "qualifying", "qualifies_at", "rule", "part", "programme_version",
    "reference_id", "reason", "happened_at",
)  # fmt: skip


def _is_forgetting(same: str) -> str:
    return " AND ".join(["NEW.order_id IS NULL", *(f"NEW.{name} {same} OLD.{name}" for name in _KEPT)])


def _on_postgresql(table: str) -> list[str]:
    unless = f"WHEN (NOT ({_is_forgetting('IS NOT DISTINCT FROM')}))" if table == "loyalty_entries" else ""
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW {unless} "
        "EXECUTE FUNCTION refuse_star_change()",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_star_change()",
    ]


def _on_sqlite(table: str) -> list[str]:
    unless = f"WHEN NOT ({_is_forgetting('IS')})" if table == "loyalty_entries" else ""
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {unless} BEGIN SELECT RAISE(ABORT, {_SAYS}); END",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, {_SAYS}); END",
    ]


TRIGGERS = {
    "postgresql": [
        f"""CREATE FUNCTION refuse_star_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION {_SAYS} USING ERRCODE = 'integrity_constraint_violation'; END $$""",
        *(statement for table in APPENDED for statement in _on_postgresql(table)),
    ],
    "sqlite": [statement for table in APPENDED for statement in _on_sqlite(table)],
}
