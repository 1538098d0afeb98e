"""The wire of accounts: people, their sessions, who works where."""

from __future__ import annotations

from typing import Any

from ...http import Schema, fields
from ...http.audiences import ROLES
from .passkeys import DEVICE_NAME, AddPasskeySchema


class Address(fields.Email):
    """The e-mail address of an account; the same in capitals and small letters."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return super()._deserialize(value, attr, data, **kwargs).lower()


class StartGuestSessionSchema(Schema):
    """A guest's session: no personal data needed."""

    device_name = fields.Text(100, load_default=None, allow_none=True, metadata=DEVICE_NAME)


class SessionSchema(Schema):
    """A session just opened or refreshed."""

    session_id = fields.Id(required=True)
    person_id = fields.Id(required=True)
    is_guest = fields.Boolean(required=True)
    access_token = fields.Raw(required=True, metadata={"type": "string", "description": "JWT, for 15 minutes."})
    token_type = fields.Choice(["Bearer"], required=True)
    expires_in = fields.Integer(0, 86_400, required=True, metadata={"description": "Seconds."})
    refresh_token = fields.Raw(required=True, metadata={"type": "string", "description": "Opaque; works once."})


class SignUpSchema(Schema):
    """Who wants an account; only the address is needed, and a password where a passkey won't finish it."""

    email = Address(required=True)
    password = fields.Secret(
        load_default=None,
        allow_none=True,
        metadata={"description": "15 characters or more, of any kind. Without one, a passkey finishes the account."},
    )
    name = fields.Text(100, load_default=None, allow_none=True)
    phone = fields.Phone(load_default=None, allow_none=True)
    language = fields.Language(load_default=None, allow_none=True)


class MailSentSchema(Schema):
    """The same answer whether the address has an account or not."""

    detail = fields.Text(200, required=True)


class VerifySignUpSchema(Schema):
    """The token from the mail; and the passkey that finishes the account, where no password does."""

    token = fields.Secret(100, required=True)
    passkey = fields.Nested(AddPasskeySchema, load_default=None, allow_none=True)
    device_name = fields.Text(100, load_default=None, allow_none=True, metadata=DEVICE_NAME)


class SignInSchema(Schema):
    """An account's address and password."""

    email = Address(required=True)
    password = fields.Secret(required=True)
    device_name = fields.Text(100, load_default=None, allow_none=True, metadata=DEVICE_NAME)


class RefreshSessionSchema(Schema):
    """The newest refresh token of the session."""

    refresh_token = fields.Secret(200, required=True)


class DeviceSchema(Schema):
    """A device on which the caller is signed in."""

    id = fields.Id(required=True)
    device_name = fields.Text(100, required=True, allow_none=True)
    is_current = fields.Boolean(required=True)
    created_at = fields.Instant(required=True)
    last_seen_at = fields.Instant(required=True)
    expires_at = fields.Instant(required=True)


class MembershipSchema(Schema):
    """A role at a store."""

    store_id = fields.Id(required=True)
    role = fields.Choice(ROLES, required=True)


class ProfileSchema(Schema):
    """What the caller gave, and where they work."""

    id = fields.Id(required=True)
    is_guest = fields.Boolean(required=True)
    email = Address(required=True, allow_none=True)
    name = fields.Text(100, required=True, allow_none=True)
    phone = fields.Phone(required=True, allow_none=True)
    language = fields.Language(required=True, allow_none=True)
    is_operator = fields.Boolean(required=True)
    has_password = fields.Boolean(required=True, metadata={"description": "Else only passkeys sign in."})
    memberships = fields.List(fields.Nested(MembershipSchema), 1_000, required=True)
    version = fields.Integer(1, 2**31 - 1, required=True)


class ChangeProfileSchema(Schema):
    """The parts to change; null clears one, and what isn't named stays."""

    name = fields.Text(100, allow_none=True)
    phone = fields.Phone(allow_none=True)
    language = fields.Language(allow_none=True)


CURRENT_PASSWORD = {"description": "Only an account without a password may leave it out, soon after a sign-in."}


class ChangePasswordSchema(Schema):
    """The current password, and the new one."""

    current_password = fields.Secret(load_default=None, allow_none=True, metadata=CURRENT_PASSWORD)
    password = fields.Secret(required=True, metadata={"description": "15 characters or more, of any kind."})


class RequestEmailChangeSchema(Schema):
    """The current password, and the new address."""

    current_password = fields.Secret(load_default=None, allow_none=True, metadata=CURRENT_PASSWORD)
    email = Address(required=True)


class OneTimeTokenSchema(Schema):
    """The token from the mail."""

    token = fields.Secret(100, required=True)


class RequestPasswordResetSchema(Schema):
    """The address of the account."""

    email = Address(required=True)


class ResetPasswordSchema(Schema):
    """The token from the mail, and the new password."""

    token = fields.Secret(100, required=True)
    password = fields.Secret(required=True, metadata={"description": "15 characters or more, of any kind."})


class GrantRoleSchema(Schema):
    """The role at the store."""

    role = fields.Choice(ROLES, required=True)


class StaffMemberSchema(Schema):
    """Someone who works at the store."""

    person_id = fields.Id(required=True)
    name = fields.Text(100, required=True, allow_none=True)
    email = Address(required=True, allow_none=True)
    role = fields.Choice(ROLES, required=True)
    granted_at = fields.Instant(required=True)
