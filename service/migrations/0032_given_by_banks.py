"""What of a refund the customer's bank gave back, in a dispute."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Add the column: of refunds before it no bank gave anything back."""
    op.execute(
        "ALTER TABLE payment_steps ADD COLUMN by_bank_minor BIGINT DEFAULT '0' NOT NULL "
        "CONSTRAINT ck_payment_steps_by_bank CHECK (by_bank_minor >= 0 AND (by_bank_minor = 0 OR kind = 'void' "
        "OR kind = 'refund' AND by_bank_minor <= amount_minor))"
    )


def downgrade() -> None:
    """Drop it, where nothing would be forgotten: the release before would give it once more."""
    given = sa.text("SELECT 1 FROM payment_steps WHERE by_bank_minor > 0 LIMIT 1")
    if op.get_bind().execute(given).first() is not None:
        raise RuntimeError("what banks gave back was given: the release before doesn't know it")
    op.drop_column("payment_steps", "by_bank_minor")
