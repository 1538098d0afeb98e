"""HTTP of web push: the service's key, and the caller's devices that take it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, g

from ... import clock
from ...errors import NotFound
from ...http import Blueprint, Document, guests_too, public
from .. import actions, queries, schemas
from ..errors import PushNotOffered, TooManyDevices
from ..push import PushServices, as_text

service = Blueprint("push", __name__, url_prefix="/v1", description="Push messages.")
mine = Blueprint("push-subscriptions", __name__, url_prefix="/v1/me/push-subscriptions", description="Your devices.")


def _services() -> PushServices:
    found: PushServices | None = current_app.extensions["sayso.push"]
    if found is None:
        raise PushNotOffered()
    return found


@service.get("/push-key")
@public
@service.response(200, schemas.PushKeySchema)
@service.refuses(PushNotOffered)
def show_push_key() -> Document:
    """Show the key that a device subscribes to push with"""
    return Document({"public_key": as_text(_services().public_key)})


@mine.get("")
@guests_too
@mine.response(200, schemas.PushSubscriptionsSchema)
def list_push_subscriptions() -> Document:
    """List your devices that take push, newest first"""
    caller = g.caller
    found = queries.subscriptions_of(
        g.session, customer_id=caller.person_id, session_id=caller.session_id, now=clock.now()
    )
    return Document({"data": found})


@mine.post("")
@guests_too
@mine.arguments(schemas.SubscribeToPushSchema)
@mine.response(201, schemas.PushSubscriptionSchema)
@mine.refuses(PushNotOffered, TooManyDevices)
def subscribe_to_push(body: dict[str, Any]) -> Document:
    """Take push on this device, until it is signed out"""
    caller, now = g.caller, clock.now()
    made = actions.subscribe_to_push(
        g.session,
        customer_id=caller.person_id,
        session_id=caller.session_id,
        endpoint=body["endpoint"],
        public_key=body["keys"]["p256dh"],
        auth_secret=body["keys"]["auth"],
        is_own_endpoint=body["endpoint"] == _services().inbox,
        now=now,
    )
    return Document(queries.shown_subscription(made, session_id=caller.session_id))


@mine.delete("/<uuid:subscription_id>")
@guests_too
@mine.response(204)
@mine.refuses(NotFound)
def end_push(subscription_id: UUID) -> None:
    """Take push on one of your devices no more"""
    actions.end_push(g.session, customer_id=g.caller.person_id, subscription_id=subscription_id)
