"""The wallet: a ledger that only grows and always sums to zero; holds, transfers, gift cards, loads, cash-outs."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

AT = sa.DateTime(timezone=True)
IS_OPEN = sa.text("ended_at IS NULL")
COUNTED = "'wallet', 'gift_card', 'transfer', 'breakage'"
HOUSE = "'provider_clearing', 'revenue', 'tips', 'tax', 'remedies', 'refunds_payable', 'till'"
MOVEMENTS = (
    "'load', 'payment', 'refund', 'remedy', 'transfer_sent', 'transfer_accepted', 'transfer_returned', "
    "'gift_card_bought', 'gift_card_claimed', 'cash_out', 'cash_out_paid', 'cash_out_returned'"
)


def upgrade() -> None:
    """Make the tables, and let the ledger's only be appended to, by whole movements."""
    _ledger()
    _gifts()
    _money_in_out()
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def _ledger() -> None:
    op.create_table(
        "ledger_accounts",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("held_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("entry_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("opened_at", AT, nullable=False),
        sa.CheckConstraint("held_minor = 0 OR kind = 'wallet'", name=op.f("ck_ledger_accounts_only_wallets_hold")),
        sa.CheckConstraint("kind <> 'breakage' OR balance_minor = 0", name=op.f("ck_ledger_accounts_nothing_lapses")),
        sa.CheckConstraint(
            f"kind IN ({COUNTED}) OR (balance_minor = 0 AND entry_count = 0)",
            name=op.f("ck_ledger_accounts_house_is_summed"),
        ),
        sa.CheckConstraint(
            f"kind IN ({COUNTED}, {HOUSE})",
            name=op.f("ck_ledger_accounts_kind"),
        ),
        sa.CheckConstraint("balance_minor >= 0", name=op.f("ck_ledger_accounts_balance")),
        sa.CheckConstraint("held_minor BETWEEN 0 AND balance_minor", name=op.f("ck_ledger_accounts_held")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_ledger_accounts_currency")),
        sa.PrimaryKeyConstraint("kind", "owner_id", "currency", name=op.f("pk_ledger_accounts")),
    )
    op.create_table(
        "ledger_transactions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("purpose_id", sa.Uuid(), nullable=False),
        sa.Column("happened_at", AT, nullable=False),
        sa.CheckConstraint(
            f"kind IN ({MOVEMENTS})",
            name=op.f("ck_ledger_transactions_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transactions")),
        sa.UniqueConstraint(
            "kind", "purpose", "purpose_id", name=op.f("uq_ledger_transactions_kind_purpose_purpose_id")
        ),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account_kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("balance_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            f"(account_kind IN ({COUNTED})) = (number IS NOT NULL)",
            name=op.f("ck_ledger_entries_counted_has_number"),
        ),
        sa.CheckConstraint(
            "account_kind <> 'breakage' OR balance_minor = 0", name=op.f("ck_ledger_entries_nothing_lapses")
        ),
        sa.CheckConstraint(
            "(number IS NULL) = (balance_minor IS NULL)", name=op.f("ck_ledger_entries_counted_has_balance")
        ),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_ledger_entries_amount")),
        sa.CheckConstraint("balance_minor >= 0", name=op.f("ck_ledger_entries_balance")),
        sa.CheckConstraint("number > 0", name=op.f("ck_ledger_entries_number")),
        sa.ForeignKeyConstraint(
            ["account_kind", "owner_id", "currency"],
            ["ledger_accounts.kind", "ledger_accounts.owner_id", "ledger_accounts.currency"],
            name="fk_ledger_entries_account_ledger_accounts",
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_ledger_entries_transaction_id_ledger_transactions"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("transaction_id", "position", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("account_kind", "owner_id", "currency", "number", name="uq_ledger_entries_account_number"),
    )
    op.create_table(
        "wallet_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("purpose_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_wallet_holds_open_has_no_end")),
        sa.CheckConstraint("state = 'captured' OR captured_minor = 0", name=op.f("ck_wallet_holds_only_captured_took")),
        sa.CheckConstraint("state IN ('open', 'captured', 'released', 'expired')", name=op.f("ck_wallet_holds_state")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_wallet_holds_amount")),
        sa.CheckConstraint("captured_minor BETWEEN 0 AND amount_minor", name=op.f("ck_wallet_holds_captured")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallet_holds")),
        sa.UniqueConstraint("purpose", "purpose_id", name=op.f("uq_wallet_holds_purpose_purpose_id")),
    )
    op.create_index("ix_wallet_holds_customer_id_currency", "wallet_holds", ["customer_id", "currency"], unique=False)
    op.create_index(
        "ix_wallet_holds_expires_at",
        "wallet_holds",
        ["expires_at", "id"],
        unique=False,
        postgresql_where=IS_OPEN,
        sqlite_where=IS_OPEN,
    )


def _gifts() -> None:
    op.create_table(
        "gift_cards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("bought_at", AT, nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("claimed_at", AT, nullable=True),
        sa.CheckConstraint(
            "(claimed_by IS NULL) = (claimed_at IS NULL)", name=op.f("ck_gift_cards_claimed_by_someone")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_gift_cards_amount")),
        sa.CheckConstraint("length(label) BETWEEN 1 AND 60", name=op.f("ck_gift_cards_label")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_cards")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_gift_cards_code_hash")),
    )
    op.create_index("ix_gift_cards_buyer_id_id", "gift_cards", ["buyer_id", "id"], unique=False)
    op.create_table(
        "wallet_transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("receiver_id", sa.Uuid(), nullable=True),
        sa.Column("offered_to", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'offered') = (ended_at IS NULL)", name=op.f("ck_wallet_transfers_offered_has_no_end")
        ),
        sa.CheckConstraint(
            "state <> 'accepted' OR receiver_id IS NOT NULL", name=op.f("ck_wallet_transfers_accepted_by_receiver")
        ),
        sa.CheckConstraint(
            "state IN ('offered', 'accepted', 'refused', 'withdrawn', 'returned')",
            name=op.f("ck_wallet_transfers_state"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_wallet_transfers_amount")),
        sa.CheckConstraint("length(message) BETWEEN 1 AND 140", name=op.f("ck_wallet_transfers_message")),
        sa.CheckConstraint("offered_to = lower(offered_to)", name=op.f("ck_wallet_transfers_offered_to_lower")),
        sa.CheckConstraint("sender_id <> receiver_id", name=op.f("ck_wallet_transfers_two_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallet_transfers")),
    )
    op.create_index(
        "ix_wallet_transfers_expires_at",
        "wallet_transfers",
        ["expires_at", "id"],
        unique=False,
        postgresql_where=IS_OPEN,
        sqlite_where=IS_OPEN,
    )
    op.create_index("ix_wallet_transfers_offered_to_id", "wallet_transfers", ["offered_to", "id"], unique=False)
    op.create_index("ix_wallet_transfers_receiver_id_id", "wallet_transfers", ["receiver_id", "id"], unique=False)
    op.create_index("ix_wallet_transfers_sender_id_id", "wallet_transfers", ["sender_id", "id"], unique=False)


def _money_in_out() -> None:
    op.create_table(
        "wallet_loads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("payment_method_id", sa.Uuid(), nullable=False),
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name=op.f("ck_wallet_loads_pending_has_no_end")),
        sa.CheckConstraint("begun_by IN ('customer', 'auto_reload')", name=op.f("ck_wallet_loads_begun_by")),
        sa.CheckConstraint("state = 'settled' OR refunded_minor = 0", name=op.f("ck_wallet_loads_settled_is_refunded")),
        sa.CheckConstraint("state IN ('pending', 'settled', 'failed')", name=op.f("ck_wallet_loads_state")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_wallet_loads_amount")),
        sa.CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name=op.f("ck_wallet_loads_refunded")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallet_loads")),
    )
    op.create_index("ix_wallet_loads_customer_id_id", "wallet_loads", ["customer_id", "id"], unique=False)
    op.create_index(
        "uq_wallet_loads_automatic",
        "wallet_loads",
        ["customer_id"],
        unique=True,
        postgresql_where=sa.text("begun_by = 'auto_reload' AND state = 'pending'"),
        sqlite_where=sa.text("begun_by = 'auto_reload' AND state = 'pending'"),
    )
    op.create_table(
        "wallet_auto_reloads",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("threshold_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("weekly_cap_minor", sa.BigInteger(), nullable=False),
        sa.Column("payment_method_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", AT, nullable=False),
        sa.CheckConstraint("threshold_minor > 0 AND amount_minor > 0", name=op.f("ck_wallet_auto_reloads_amounts")),
        sa.CheckConstraint("version > 0", name=op.f("ck_wallet_auto_reloads_version")),
        sa.CheckConstraint("weekly_cap_minor >= amount_minor", name=op.f("ck_wallet_auto_reloads_cap_allows_one")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_wallet_auto_reloads")),
    )
    op.create_table(
        "wallet_cash_outs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("paid_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.CheckConstraint("(channel = 'till') = (code IS NOT NULL)", name=op.f("ck_wallet_cash_outs_till_has_code")),
        sa.CheckConstraint(
            "(state = 'pending') = (ended_at IS NULL)", name=op.f("ck_wallet_cash_outs_pending_has_no_end")
        ),
        sa.CheckConstraint("channel IN ('payment_method', 'till')", name=op.f("ck_wallet_cash_outs_channel")),
        sa.CheckConstraint(
            "state IN ('pending', 'paid', 'withdrawn', 'returned')", name=op.f("ck_wallet_cash_outs_state")
        ),
        sa.CheckConstraint(
            "store_id IS NULL OR (channel = 'till' AND state = 'paid')",
            name=op.f("ck_wallet_cash_outs_store_paid_at_till"),
        ),
        sa.CheckConstraint("(store_id IS NULL) = (paid_by IS NULL)", name=op.f("ck_wallet_cash_outs_paid_by_staff")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_wallet_cash_outs_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallet_cash_outs")),
        sa.UniqueConstraint("code", name=op.f("uq_wallet_cash_outs_code")),
    )
    op.create_index("ix_wallet_cash_outs_customer_id_id", "wallet_cash_outs", ["customer_id", "id"], unique=False)
    op.create_table(
        "wallet_cash_out_parts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cash_out_id", sa.Uuid(), nullable=False),
        sa.Column("load_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'paid', 'returned')", name=op.f("ck_wallet_cash_out_parts_state")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_wallet_cash_out_parts_amount")),
        sa.ForeignKeyConstraint(
            ["cash_out_id"], ["wallet_cash_outs.id"], name=op.f("fk_wallet_cash_out_parts_cash_out_id_wallet_cash_outs")
        ),
        sa.ForeignKeyConstraint(
            ["load_id"], ["wallet_loads.id"], name=op.f("fk_wallet_cash_out_parts_load_id_wallet_loads")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallet_cash_out_parts")),
        sa.UniqueConstraint("cash_out_id", "load_id", name=op.f("uq_wallet_cash_out_parts_cash_out_id_load_id")),
    )
    op.create_index("ix_wallet_cash_out_parts_load_id", "wallet_cash_out_parts", ["load_id"], unique=False)


def downgrade() -> None:
    """Drop the tables with their triggers."""
    for table in (
        "wallet_cash_out_parts",
        "wallet_cash_outs",
        "wallet_auto_reloads",
        "wallet_loads",
        "wallet_transfers",
        "gift_cards",
        "wallet_holds",
        "ledger_entries",
        "ledger_transactions",
        "ledger_accounts",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for function in ("refuse_ledger_change", "refuse_late_entry", "refuse_unbalanced"):
            op.execute(f"DROP FUNCTION {function}()")


# A movement is written entries first; its transaction closes it. The entries' foreign key is checked at the commit, so
# none stays unclosed; none can come after; and what closes them must find two at least that sum to zero. So neither
# database needs a trigger that waits for the commit, which SQLite doesn't have.
_NEVER = "'what was booked stays booked'"
_LATE = "'this movement is closed'"
_UNBALANCED = "'a movement has two entries at least, and sums to zero in every currency'"
_IS_CLOSED = "EXISTS (SELECT 1 FROM ledger_transactions WHERE id = NEW.transaction_id)"
_IS_UNBALANCED = """(SELECT count(*) FROM ledger_entries WHERE transaction_id = NEW.id) < 2 OR EXISTS (
        SELECT 1 FROM ledger_entries WHERE transaction_id = NEW.id GROUP BY currency HAVING sum(amount_minor) <> 0)"""


def _raising(name: str, condition: str, says: str) -> str:
    return f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF {condition} THEN RAISE EXCEPTION {says} USING ERRCODE = 'integrity_constraint_violation'; END IF;
    RETURN NEW; END $$"""


TRIGGERS = {
    "postgresql": (
        _raising("refuse_ledger_change", "true", _NEVER),
        _raising("refuse_late_entry", _IS_CLOSED, _LATE),
        _raising("refuse_unbalanced", _IS_UNBALANCED, _UNBALANCED),
        *(
            f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change()"""
            for table in ("ledger_entries", "ledger_transactions")
        ),
        """CREATE TRIGGER ledger_entries_in_time BEFORE INSERT ON ledger_entries
        FOR EACH ROW EXECUTE FUNCTION refuse_late_entry()""",
        """CREATE TRIGGER ledger_transactions_balanced AFTER INSERT ON ledger_transactions
        FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced()""",
    ),
    "sqlite": (
        *(
            f"""CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}
            BEGIN SELECT RAISE(ABORT, {_NEVER}); END"""
            for table in ("ledger_entries", "ledger_transactions")
            for change in ("UPDATE", "DELETE")
        ),
        f"""CREATE TRIGGER ledger_entries_in_time BEFORE INSERT ON ledger_entries WHEN {_IS_CLOSED}
        BEGIN SELECT RAISE(ABORT, {_LATE}); END""",
        f"""CREATE TRIGGER ledger_transactions_balanced AFTER INSERT ON ledger_transactions WHEN {_IS_UNBALANCED}
        BEGIN SELECT RAISE(ABORT, {_UNBALANCED}); END""",
    ),
}
