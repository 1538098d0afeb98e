"""Stars that expire soon are a moment that can be told."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0023"

BEFORE = (
    "'started', 'ready', 'window_moved', 'promise_missed', 'question', 'lines_changed', 'ended', 'refunded', "
    "'standing_placed', 'standing_asked', 'standing_skipped'"
)


def upgrade() -> None:
    """Let a notification be of it."""
    _change_moments(f"{BEFORE}, 'stars_expiring'")


def downgrade() -> None:
    """Let none be; those that are there can't be told any more."""
    op.execute("DELETE FROM notifications WHERE moment = 'stars_expiring'")
    _change_moments(BEFORE)


def _change_moments(moments: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(rf"\1 (moment IN ({moments}))")
    else:
        op.drop_constraint("ck_notifications_moment", "notifications")
        check = f"CHECK (moment IN ({moments})) NOT VALID"
        op.execute(f"ALTER TABLE notifications ADD CONSTRAINT ck_notifications_moment {check}")
        op.execute("ALTER TABLE notifications VALIDATE CONSTRAINT ck_notifications_moment")


def _rewrite(check: str) -> None:
    """Change the constraint in SQLite's schema, as https://sqlite.org/lang_altertable.html describes for changes that
    touch no row."""
    connection = op.get_bind()
    kept = sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'notifications'")
    text = connection.execute(kept).scalar_one()
    changed, times = re.subn(r"(CONSTRAINT ck_notifications_moment CHECK) \(moment IN \([^)]*\)\)", check, text)
    if times != 1:
        raise RuntimeError("notifications isn't as the migrations before left it")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    changes = sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = 'notifications'")
    connection.execute(changes, {"sql": changed})
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")
