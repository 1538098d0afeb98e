"""The wire of grants: what is offered, what both see, what was done under one."""

from __future__ import annotations

from babel.numbers import list_currencies

from ...http import PageQuery, Schema, fields
from ..rules.grants import SCOPES, STATES
from .people import Address


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
