"""HTTP of accounts."""

from . import me, resets, sessions, sign_up, staff

blueprints = [
    sessions.guests,
    sign_up.customers,
    sessions.sessions,
    me.me,
    sessions.devices,
    resets.password_resets,
    staff.staff,
]
