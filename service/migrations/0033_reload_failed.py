"""An automatic load that failed is a moment that can be told."""

from alembic import op

from service.db import swap_check

revision = "0033"
down_revision = "0032"

NAME = "ck_notifications_known_moment"
BEFORE = (
    "'started', 'ready', 'window_moved', 'promise_missed', 'question', 'lines_changed', 'ended', 'refunded', "
    "'standing_placed', 'standing_asked', 'standing_skipped', 'standing_failed', 'stars_expiring'"
)
OLD = (NAME, f"moment IN ({BEFORE})")
NEW = (NAME, f"moment IN ({BEFORE}, 'reload_failed')")


def upgrade() -> None:
    """Let a notification be of it."""
    swap_check(op.get_bind(), "notifications", OLD, NEW)


def downgrade() -> None:
    """Let none be; those that are there can't be told any more."""
    op.execute("DELETE FROM notifications WHERE moment = 'reload_failed'")
    swap_check(op.get_bind(), "notifications", NEW, OLD)
