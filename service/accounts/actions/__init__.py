"""Changes of accounts."""

from .acts import hold_grant, record_act
from .email_change import confirm_email_change, request_email_change
from .facts import (
    CustomerJoined,
    GrantAccepted,
    GrantDeclined,
    GrantEnded,
    GrantOffered,
    MailRequested,
    PasskeyAdded,
    PasskeyRemoved,
    PasskeySuspected,
    RefreshTokenReused,
    StaffRoleChanged,
)
from .grants import accept_grant, decline_grant, end_grant, offer_grant
from .opening import open_account
from .passkeys import (
    Ceremony,
    add_passkey,
    prepare_passkey,
    prepare_passkey_sign_in,
    prepare_passkey_sign_up,
    remove_passkey,
    rename_passkey,
    sign_in_with_passkey,
)
from .password_reset import request_password_reset, reset_password
from .profile import change_password, change_profile, make_operator, remove_password
from .sessions import (
    end_session,
    end_sessions,
    open_session,
    refresh_session,
    require_recent_sign_in,
    sign_in,
    start_guest,
)
from .sign_up import FirstPasskey, request_sign_up, verify_sign_up
from .staff import grant_role, revoke_role
from .upkeep import forget_expired, retire_older_keys

__all__ = [
    "Ceremony",
    "CustomerJoined",
    "FirstPasskey",
    "GrantAccepted",
    "GrantDeclined",
    "GrantEnded",
    "GrantOffered",
    "MailRequested",
    "PasskeyAdded",
    "PasskeyRemoved",
    "PasskeySuspected",
    "RefreshTokenReused",
    "StaffRoleChanged",
    "accept_grant",
    "add_passkey",
    "change_password",
    "change_profile",
    "confirm_email_change",
    "decline_grant",
    "end_grant",
    "end_session",
    "end_sessions",
    "forget_expired",
    "grant_role",
    "hold_grant",
    "make_operator",
    "offer_grant",
    "open_account",
    "open_session",
    "prepare_passkey",
    "prepare_passkey_sign_in",
    "prepare_passkey_sign_up",
    "record_act",
    "refresh_session",
    "remove_passkey",
    "remove_password",
    "rename_passkey",
    "request_email_change",
    "request_password_reset",
    "request_sign_up",
    "require_recent_sign_in",
    "reset_password",
    "retire_older_keys",
    "revoke_role",
    "sign_in",
    "sign_in_with_passkey",
    "start_guest",
    "verify_sign_up",
]
