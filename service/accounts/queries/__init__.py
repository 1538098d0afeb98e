"""Reads of accounts."""

from .credentials import Credentials, credentials_at, credentials_of, credentials_of_reset, passkeys_of
from .grants import acting_under, active_grants, acts_under, called_by_giver, grant_of, grants_of, offer_behind
from .people import contact, is_guest, kept_mails, names_of, operators, profile
from .sessions import devices_of, live_sessions, signed_in_sessions
from .staff import staff_at, staff_member

__all__ = [
    "Credentials",
    "acting_under",
    "active_grants",
    "acts_under",
    "called_by_giver",
    "contact",
    "credentials_at",
    "credentials_of",
    "credentials_of_reset",
    "devices_of",
    "grant_of",
    "grants_of",
    "is_guest",
    "kept_mails",
    "live_sessions",
    "names_of",
    "offer_behind",
    "operators",
    "passkeys_of",
    "profile",
    "signed_in_sessions",
    "staff_at",
    "staff_member",
]
