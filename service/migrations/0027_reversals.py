"""Banks act of their own accord: disputes, refunds made at a provider, refunds that come back."""

import sqlalchemy as sa
from alembic import op

from service.db import swap_check

revision = "0027"
down_revision = "0026"

AT = sa.DateTime(timezone=True)
ACCOUNTS = (
    "'wallet', 'gift_card', 'transfer', 'breakage', 'provider_clearing', 'revenue', 'tips', 'tax', 'remedies', "
    "'refunds_payable', 'till'"
)
MOVEMENTS = (
    "'load', 'payment', 'refund', 'remedy', 'transfer_sent', 'transfer_accepted', 'transfer_returned', "
    "'gift_card_bought', 'gift_card_claimed', 'cash_out', 'cash_out_paid', 'cash_out_returned'"
)
CHECKS = {
    "ledger_accounts": (
        ("ck_ledger_accounts_kind", f"kind IN ({ACCOUNTS})"),
        ("ck_ledger_accounts_kind", f"kind IN ({ACCOUNTS}, 'disputes', 'refunds_elsewhere')"),
    ),
    "ledger_transactions": (
        ("ck_ledger_transactions_kind", f"kind IN ({MOVEMENTS})"),
        (
            "ck_ledger_transactions_kind",
            f"kind IN ({MOVEMENTS}, 'refund_returned', 'reversal', 'reversal_ended')",
        ),
    ),
    "order_tenders": (
        ("ck_order_tenders_card_has_method", "(kind = 'card') = (method_id IS NOT NULL)"),
        ("ck_order_tenders_only_cards_have_methods", "kind = 'card' OR method_id IS NULL"),
    ),
}
IS_OPERATOR = sa.text("is_operator")
HAS_ENDED = sa.text("ended_at IS NOT NULL")


def upgrade() -> None:
    """Make the tables and columns, the house's accounts, and the movements."""
    op.create_table(
        "payment_reversals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("noted_at", AT, nullable=False),
        sa.Column("updated_at", AT, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_reversals_amount")),
        sa.CheckConstraint("kind IN ('dispute', 'refund')", name=op.f("ck_payment_reversals_kind")),
        sa.CheckConstraint("state IN ('asked', 'open', 'final', 'returned')", name=op.f("ck_payment_reversals_state")),
        sa.ForeignKeyConstraint(
            ["intent_id"], ["payment_intents.id"], name=op.f("fk_payment_reversals_intent_id_payment_intents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_reversals")),
        sa.UniqueConstraint(
            "intent_id", "kind", "reference", name=op.f("uq_payment_reversals_intent_id_kind_reference")
        ),
    )
    op.execute(
        "ALTER TABLE payment_intents ADD COLUMN taken_back_minor BIGINT DEFAULT '0' NOT NULL "
        "CONSTRAINT ck_payment_intents_taken_back CHECK (taken_back_minor >= 0)"
    )
    _bank()
    op.create_index("ix_people_operators", "people", ["id"], postgresql_where=IS_OPERATOR, sqlite_where=IS_OPERATOR)
    op.create_index(
        "ix_wallet_holds_ended_at", "wallet_holds", ["ended_at"], postgresql_where=HAS_ENDED, sqlite_where=HAS_ENDED
    )
    for table, (old, new) in CHECKS.items():
        swap_check(op.get_bind(), table, old, new)


def _bank() -> None:
    op.create_table(
        "sandbox_disputes",
        sa.Column("payment_key", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_key"], ["sandbox_payments.key"], name=op.f("fk_sandbox_disputes_payment_key_sandbox_payments")
        ),
        sa.PrimaryKeyConstraint("payment_key", name=op.f("pk_sandbox_disputes")),
    )
    op.add_column("sandbox_refunds", sa.Column("state", sa.Text(), server_default="done", nullable=False))
    op.add_column("sandbox_refunds", sa.Column("is_asked", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("sandbox_events", sa.Column("does", sa.Text(), nullable=True))
    op.execute("DELETE FROM sandbox_events WHERE deliveries = 0")


def downgrade() -> None:
    """Take them away. It is refused where such movements were booked: they stay booked."""
    booked = "SELECT 1 FROM ledger_transactions WHERE kind IN ('refund_returned', 'reversal', 'reversal_ended') LIMIT 1"
    if op.get_bind().execute(sa.text(booked)).first() is not None:
        raise RuntimeError("what was booked of reversals stays booked: the release before doesn't know it")
    # Of a forgotten order nobody knows the card: it gets a name that leads nowhere.
    op.execute("UPDATE order_tenders SET method_id = id WHERE kind = 'card' AND method_id IS NULL")
    for table, (old, new) in CHECKS.items():
        swap_check(op.get_bind(), table, new, old)
    op.drop_index("ix_wallet_holds_ended_at", "wallet_holds")
    op.drop_index("ix_people_operators", "people")
    op.drop_column("sandbox_events", "does")
    op.drop_column("sandbox_refunds", "is_asked")
    op.drop_column("sandbox_refunds", "state")
    op.drop_table("sandbox_disputes")
    op.drop_column("payment_intents", "taken_back_minor")
    op.drop_table("payment_reversals")
