"""Members have cards, which they show at a counter."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

AT = sa.DateTime(timezone=True)
_WORKS = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "loyalty_cards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("made_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.CheckConstraint("length(number) = 12", name=op.f("ck_loyalty_cards_number")),
        sa.CheckConstraint("length(label) BETWEEN 1 AND 40", name=op.f("ck_loyalty_cards_label")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["loyalty_members.id"], name=op.f("fk_loyalty_cards_member_id_loyalty_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_cards")),
        sa.UniqueConstraint("number", name=op.f("uq_loyalty_cards_number")),
    )
    op.create_index("ix_loyalty_cards_member_id_id", "loyalty_cards", ["member_id", "id"])
    op.create_index(
        "ix_loyalty_cards_work", "loyalty_cards", ["member_id"], postgresql_where=_WORKS, sqlite_where=_WORKS
    )
    op.create_table(
        "loyalty_cards_shown",
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.Column("card_id", sa.Uuid(), nullable=True),
        sa.Column("shown_at", AT, nullable=False),
        sa.Column("shown_by", sa.Uuid(), nullable=False),
        sa.Column("earned_at", AT, nullable=True),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.CheckConstraint("(card_id IS NULL) = (receipt_id IS NULL)", name=op.f("ck_loyalty_cards_shown_forgotten")),
        sa.CheckConstraint(
            "(earned_at IS NULL) = (stars IS NULL)", name=op.f("ck_loyalty_cards_shown_earned_has_instant")
        ),
        sa.ForeignKeyConstraint(
            ["card_id"], ["loyalty_cards.id"], name=op.f("fk_loyalty_cards_shown_card_id_loyalty_cards")
        ),
        sa.PrimaryKeyConstraint("sale_id", name=op.f("pk_loyalty_cards_shown")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_loyalty_cards_shown_receipt_id")),
    )
    op.create_index("ix_loyalty_cards_shown_card_id", "loyalty_cards_shown", ["card_id"])


def downgrade() -> None:
    """Drop them: what the cards earned stays."""
    op.drop_table("loyalty_cards_shown")
    op.drop_table("loyalty_cards")
