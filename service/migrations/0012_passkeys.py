"""Passkeys, and the challenges that their authenticators answer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("is_syncable", sa.Boolean(), nullable=False),
        sa.Column("is_synced", sa.Boolean(), nullable=False),
        sa.Column("transports", JSON, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspected_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(credential_id) BETWEEN 16 AND 1023", name=op.f("ck_passkeys_credential_id")),
        sa.CheckConstraint("length(public_key) BETWEEN 1 AND 2048", name=op.f("ck_passkeys_public_key")),
        sa.CheckConstraint("sign_count BETWEEN 0 AND 4294967295", name=op.f("ck_passkeys_sign_count")),
        sa.CheckConstraint("is_syncable OR NOT is_synced", name=op.f("ck_passkeys_synced_is_syncable")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name=op.f("ck_passkeys_name")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_passkeys_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index("ix_passkeys_person_id_id", "passkeys", ["person_id", "id"], unique=False)
    op.create_table(
        "passkey_challenges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("challenge_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("email_challenge_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('add', 'sign_up', 'sign_in')", name=op.f("ck_passkey_challenges_purpose")),
        sa.CheckConstraint(
            "(purpose = 'sign_in') = (user_id IS NULL)", name=op.f("ck_passkey_challenges_new_passkey_has_user")
        ),
        sa.CheckConstraint(
            "(purpose = 'sign_up') = (email_challenge_id IS NOT NULL)",
            name=op.f("ck_passkey_challenges_sign_up_has_mail"),
        ),
        sa.ForeignKeyConstraint(
            ["email_challenge_id"],
            ["email_challenges.id"],
            name=op.f("fk_passkey_challenges_email_challenge_id_email_challenges"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_challenges")),
        sa.UniqueConstraint("challenge_hash", name=op.f("uq_passkey_challenges_challenge_hash")),
    )
    op.create_index("ix_passkey_challenges_expires_at", "passkey_challenges", ["expires_at"], unique=False)
    op.create_index(
        "ix_passkey_challenges_email_challenge_id", "passkey_challenges", ["email_challenge_id"], unique=False
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("ix_passkey_challenges_email_challenge_id", table_name="passkey_challenges")
    op.drop_index("ix_passkey_challenges_expires_at", table_name="passkey_challenges")
    op.drop_table("passkey_challenges")
    op.drop_index("ix_passkeys_person_id_id", table_name="passkeys")
    op.drop_table("passkeys")
