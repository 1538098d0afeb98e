"""The wire of accounts."""

from __future__ import annotations

from typing import Any

from babel.numbers import list_currencies

from ..http import PageQuery, Schema, fields
from ..http.audiences import ROLES
from .rules.grants import SCOPES, STATES

DEVICE_NAME = {"description": "What its owner calls the device, for the list of devices."}


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
    """Who wants an account; only the address and the password are needed."""

    email = Address(required=True)
    password = fields.Secret(required=True, metadata={"description": "15 characters or more, of any kind."})
    name = fields.Text(100, load_default=None, allow_none=True)
    phone = fields.Phone(load_default=None, allow_none=True)
    language = fields.Language(load_default=None, allow_none=True)


class MailSentSchema(Schema):
    """The same answer whether the address has an account or not."""

    detail = fields.Text(200, required=True)


class VerifySignUpSchema(Schema):
    """The token from the mail."""

    token = fields.Secret(100, required=True)
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
    memberships = fields.List(fields.Nested(MembershipSchema), 1_000, required=True)
    version = fields.Integer(1, 2**31 - 1, required=True)


class ChangeProfileSchema(Schema):
    """The parts to change; null clears one, and what isn't named stays."""

    name = fields.Text(100, allow_none=True)
    phone = fields.Phone(allow_none=True)
    language = fields.Language(allow_none=True)


class ChangePasswordSchema(Schema):
    """The current password, and the new one."""

    current_password = fields.Secret(required=True)
    password = fields.Secret(required=True, metadata={"description": "15 characters or more, of any kind."})


class RequestEmailChangeSchema(Schema):
    """The current password, and the new address."""

    current_password = fields.Secret(required=True)
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


class DailyLimitSchema(Schema):
    """What may be ordered on one day."""

    amount_minor = fields.Integer(1, fields.MAX_MINOR, required=True, metadata={"description": "In minor units."})
    currency = fields.Choice(sorted(list_currencies()), required=True, metadata={"description": "ISO 4217"})


_TIMEZONE = {"description": "Whose days the limit counts: an IANA zone. Only with `place_orders`."}
_LABEL = {"description": "What the giver calls it; both see it."}


class OfferGrantSchema(Schema):
    """What somebody may do for you, and until when. `place_orders` needs `daily_limit` and `timezone`."""

    email = Address(required=True)
    scopes = fields.List(fields.Choice(SCOPES), len(SCOPES), 1, required=True)
    daily_limit = fields.Nested(DailyLimitSchema, load_default=None, allow_none=True)
    timezone = fields.Zone(load_default=None, allow_none=True, metadata=_TIMEZONE)
    label = fields.Text(60, load_default=None, allow_none=True, metadata=_LABEL)
    expires_at = fields.Instant(required=True)


class ListGrantsQuery(PageQuery):
    """Which grants to list: those you gave, those you received, or (without `role`) all."""

    role = fields.Choice(["giver", "receiver"], load_default=None, allow_none=True)


class PersonNameSchema(Schema):
    """Somebody, as they call themselves."""

    name = fields.Text(100, required=True, allow_none=True)


class GrantTermsSchema(Schema):
    """What somebody lets another do for them."""

    giver = fields.Nested(PersonNameSchema, required=True)
    label = fields.Text(60, required=True, allow_none=True, metadata=_LABEL)
    scopes = fields.List(fields.Choice(SCOPES), len(SCOPES), required=True)
    daily_limit = fields.Money(required=True, allow_none=True)
    timezone = fields.Raw(required=True, metadata={"type": ["string", "null"], **_TIMEZONE})
    offer_ends_at = fields.Instant(required=True, metadata={"description": "Until when its token can be used."})
    expires_at = fields.Instant(required=True)


class GrantSchema(GrantTermsSchema):
    """A grant, as its giver or its receiver sees it. Who received it is told once they accepted."""

    id = fields.Id(required=True, metadata={"description": "To be named in `Acting-Under`."})
    role = fields.Choice(["giver", "receiver"], required=True, metadata={"description": "Which of both you are."})
    state = fields.Choice(STATES, required=True)
    offered_to = fields.Text(254, required=True, allow_none=True, metadata={"description": "Only its giver sees it."})
    receiver = fields.Nested(PersonNameSchema, required=True, allow_none=True)
    offered_at = fields.Instant(required=True)
    accepted_at = fields.Instant(required=True, allow_none=True)
    ended_at = fields.Instant(required=True, allow_none=True)
    version = fields.Integer(1, 2**31 - 1, required=True)


class DelegatedActSchema(Schema):
    """Something that was done under a grant."""

    id = fields.Integer(1, 2**53, required=True)
    operation = fields.Text(60, required=True, metadata={"description": "The operation's id in this document."})
    order_id = fields.Id(required=True, allow_none=True)
    amount = fields.Money(
        required=True,
        allow_none=True,
        metadata={"description": "What the order costs after it, counted against the day's limit."},
    )
    by = fields.Nested(PersonNameSchema, required=True)
    happened_at = fields.Instant(required=True)


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
