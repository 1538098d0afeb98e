"""HTTP of accounts."""

from . import grants, me, passkeys, resets, sessions, sign_up, staff

blueprints = [
    sessions.guests,
    sign_up.customers,
    sessions.sessions,
    me.me,
    sessions.devices,
    passkeys.passkeys,
    resets.password_resets,
    grants.grants,
    grants.offers,
    staff.staff,
]
