"""The wire of push subscriptions."""

from __future__ import annotations

from marshmallow import fields as plain

from ..http import Schema, fields
from .rules.devices import AUTH_BYTES, MOST_DEVICES, MOST_ENDPOINT_CHARACTERS

_POINT = {"description": "A point on P-256, uncompressed."}


class PushKeysSchema(Schema):
    """What a message is encrypted with, so that only the device reads it."""

    p256dh = fields.Base64Url(65, required=True, metadata=_POINT)
    auth = fields.Base64Url(AUTH_BYTES, required=True, metadata={"description": "A secret of 16 bytes."})


class SubscribeToPushSchema(Schema):
    """What `toJSON()` of a browser's PushSubscription says."""

    endpoint = fields.Text(
        MOST_ENDPOINT_CHARACTERS, required=True, metadata={"description": "Of the device's push service; https only."}
    )
    keys = fields.Nested(PushKeysSchema, required=True)
    expiration_time = fields.Integer(
        0,
        2**53,
        data_key="expirationTime",
        load_default=None,
        allow_none=True,
        metadata={"description": "Not looked at: a push service says itself when it is over."},
    )


class PushSubscriptionSchema(Schema):
    """A device that takes push, as long as it stays signed in."""

    id = fields.Id(required=True)
    device_id = fields.Id(required=True, metadata={"description": "As in the list of your devices."})
    push_service = plain.String(required=True, metadata={"description": "The host of its push service."})
    is_current = plain.Boolean(required=True, metadata={"description": "The device that asks."})
    created_at = fields.Instant(required=True)


class PushSubscriptionsSchema(Schema):
    data = fields.List(fields.Nested(PushSubscriptionSchema), MOST_DEVICES, required=True)


class PushKeySchema(Schema):
    """The key that this service signs push messages with (RFC 8292)."""

    public_key = fields.Base64Url(
        65, required=True, metadata={"description": "For `applicationServerKey` of `pushManager.subscribe`."}
    )
