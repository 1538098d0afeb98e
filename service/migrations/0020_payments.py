"""Payment methods, payments and what is wanted of them; the sandbox's bank."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _methods()
    _intents()
    _steps()
    _events()
    _bank()


def _methods() -> None:
    op.create_table(
        "payment_methods",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("provider_customer", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("last4", sa.Text(), nullable=False),
        sa.Column("expires", sa.Text(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("removed_at", AT, nullable=True),
        sa.Column("detached_at", AT, nullable=True),
        sa.CheckConstraint(
            "(number IS NULL) = (removed_at IS NOT NULL)", name=op.f("ck_payment_methods_removed_has_no_number")
        ),
        sa.CheckConstraint("length(last4) BETWEEN 2 AND 4", name=op.f("ck_payment_methods_last4")),
        sa.CheckConstraint("number BETWEEN 1 AND 20", name=op.f("ck_payment_methods_number")),
        sa.CheckConstraint(
            "removed_at IS NOT NULL OR detached_at IS NULL", name=op.f("ck_payment_methods_detached_is_removed")
        ),
        sa.CheckConstraint(
            "removed_at IS NULL OR NOT is_default", name=op.f("ck_payment_methods_removed_is_no_default")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_methods")),
        sa.UniqueConstraint("customer_id", "number", name=op.f("uq_payment_methods_customer_id_number")),
    )
    op.create_index(
        "ix_payment_methods_one_default",
        "payment_methods",
        ["customer_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
        sqlite_where=sa.text("is_default"),
    )
    op.create_index(
        "ix_payment_methods_to_detach",
        "payment_methods",
        ["removed_at"],
        unique=False,
        postgresql_where=sa.text("removed_at IS NOT NULL AND detached_at IS NULL"),
        sqlite_where=sa.text("removed_at IS NOT NULL AND detached_at IS NULL"),
    )
    op.create_index(
        "ix_payment_methods_token",
        "payment_methods",
        ["customer_id", "provider", "token"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
        sqlite_where=sa.text("removed_at IS NULL"),
    )


def _intents() -> None:
    op.create_table(
        "payment_intents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("purpose_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("method_id", sa.Uuid(), nullable=False),
        sa.Column("captures_at_once", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("authorised_minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("refund_asked_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("action_url", sa.Text(), nullable=True),
        sa.Column("due_at", AT, nullable=True),
        sa.Column("leased_until", AT, nullable=True),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("updated_at", AT, nullable=False),
        sa.CheckConstraint(
            "(state = 'captured') = (captured_minor > 0)", name=op.f("ck_payment_intents_captured_has_amount")
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (reason IS NOT NULL)", name=op.f("ck_payment_intents_failed_has_reason")
        ),
        sa.CheckConstraint(
            "(state = 'requires_action') = (action_url IS NOT NULL)", name=op.f("ck_payment_intents_action_has_address")
        ),
        sa.CheckConstraint(
            "state IN ('created', 'requires_action', 'authorised', 'captured', 'voided', 'failed')",
            name=op.f("ck_payment_intents_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('created', 'requires_action') OR due_at IS NOT NULL",
            name=op.f("ck_payment_intents_undecided_is_due"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_intents_amount")),
        sa.CheckConstraint(
            "authorised_minor BETWEEN 0 AND amount_minor", name=op.f("ck_payment_intents_authorised_at_most_amount")
        ),
        sa.CheckConstraint(
            "captured_minor BETWEEN 0 AND authorised_minor", name=op.f("ck_payment_intents_captured_at_most_authorised")
        ),
        sa.CheckConstraint(
            "refund_asked_minor BETWEEN 0 AND captured_minor",
            name=op.f("ck_payment_intents_asked_back_at_most_captured"),
        ),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND refund_asked_minor", name=op.f("ck_payment_intents_refunded_at_most_asked")
        ),
        sa.ForeignKeyConstraint(
            ["method_id"], ["payment_methods.id"], name=op.f("fk_payment_intents_method_id_payment_methods")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_intents")),
        sa.UniqueConstraint("provider", "reference", name=op.f("uq_payment_intents_provider_reference")),
        sa.UniqueConstraint("purpose", "purpose_id", name=op.f("uq_payment_intents_purpose_purpose_id")),
    )
    op.create_index("ix_payment_intents_customer_id_id", "payment_intents", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_payment_intents_due_at",
        "payment_intents",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
        sqlite_where=sa.text("due_at IS NOT NULL"),
    )


def _steps() -> None:
    op.create_table(
        "payment_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("purpose_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("asked_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.CheckConstraint(
            "(kind = 'void') = (amount_minor = 0) AND amount_minor >= 0", name=op.f("ck_payment_steps_amount")
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (reason IS NOT NULL)", name=op.f("ck_payment_steps_failed_has_reason")
        ),
        sa.CheckConstraint("(state = 'wanted') = (ended_at IS NULL)", name=op.f("ck_payment_steps_ended")),
        sa.CheckConstraint("kind IN ('capture', 'void', 'refund')", name=op.f("ck_payment_steps_kind")),
        sa.CheckConstraint("state IN ('wanted', 'done', 'failed')", name=op.f("ck_payment_steps_state")),
        sa.ForeignKeyConstraint(
            ["intent_id"], ["payment_intents.id"], name=op.f("fk_payment_steps_intent_id_payment_intents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_steps")),
        sa.UniqueConstraint("intent_id", "kind", "purpose_id", name=op.f("uq_payment_steps_intent_id_kind_purpose_id")),
    )
    op.create_index(
        "ix_payment_steps_one_end",
        "payment_steps",
        ["intent_id"],
        unique=True,
        postgresql_where=sa.text("kind IN ('capture', 'void')"),
        sqlite_where=sa.text("kind IN ('capture', 'void')"),
    )


def _events() -> None:
    op.create_table(
        "payment_events",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("provider", "event_id", name=op.f("pk_payment_events")),
    )
    op.create_index("ix_payment_events_received_at", "payment_events", ["received_at"], unique=False)


def _bank() -> None:
    op.create_table(
        "sandbox_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.CheckConstraint("deliveries >= 0", name=op.f("ck_sandbox_events_deliveries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_events")),
    )
    op.create_table(
        "sandbox_payments",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("captures_at_once", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("authorised_minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "captured_minor BETWEEN 0 AND authorised_minor",
            name=op.f("ck_sandbox_payments_captured_at_most_authorised"),
        ),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND captured_minor", name=op.f("ck_sandbox_payments_refunded_at_most_captured")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sandbox_payments")),
        sa.UniqueConstraint("reference", name=op.f("uq_sandbox_payments_reference")),
    )
    op.create_table(
        "sandbox_refunds",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("payment_key", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_key"], ["sandbox_payments.key"], name=op.f("fk_sandbox_refunds_payment_key_sandbox_payments")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sandbox_refunds")),
    )
    op.create_index(op.f("ix_sandbox_refunds_payment_key"), "sandbox_refunds", ["payment_key"], unique=False)


def downgrade() -> None:
    """Drop them."""
    for table in (
        "payment_steps",
        "payment_intents",
        "payment_methods",
        "payment_events",
        "sandbox_refunds",
        "sandbox_events",
        "sandbox_payments",
    ):
        op.drop_table(table)
