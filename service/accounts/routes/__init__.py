"""HTTP of accounts."""

from . import me, passkeys, resets, sessions, sign_up, staff

blueprints = [
    sessions.guests,
    sign_up.customers,
    sessions.sessions,
    me.me,
    sessions.devices,
    passkeys.passkeys,
    resets.password_resets,
    staff.staff,
]
