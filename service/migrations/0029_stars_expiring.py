"""Stars that expire soon are a moment that can be told."""

from alembic import op

from service.db import swap_check

revision = "0029"
down_revision = "0028"

NAME = "ck_notifications_known_moment"
BEFORE = (
    "'started', 'ready', 'window_moved', 'promise_missed', 'question', 'lines_changed', 'ended', 'refunded', "
    "'standing_placed', 'standing_asked', 'standing_skipped', 'standing_failed'"
)
OLD = (NAME, f"moment IN ({BEFORE})")
NEW = (NAME, f"moment IN ({BEFORE}, 'stars_expiring')")


def upgrade() -> None:
    """Let a notification be of it."""
    swap_check(op.get_bind(), "notifications", OLD, NEW)


def downgrade() -> None:
    """Let none be; those that are there can't be told any more."""
    op.execute("DELETE FROM notifications WHERE moment = 'stars_expiring'")
    swap_check(op.get_bind(), "notifications", NEW, OLD)
