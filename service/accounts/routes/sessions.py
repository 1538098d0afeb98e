"""HTTP of sessions: guests, sign-in, refresh, sign-out, devices."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, g

from ... import clock
from ...errors import NotFound, Refusal
from ...http import Blueprint, Document, Page, PageQuery, guests_too, page_schema, public
from ...http.limits import limit_passkeys, limit_sign_in
from ...http.pages import decode_cursor
from ...http.problems import of_refusal
from .. import actions, queries, schemas, tokens
from ..errors import PasskeyMayBeCopied, PasskeyNotAccepted, SessionEnded, WrongCredentials
from ..models import DeviceSession
from .context import (
    assertion_of,
    database,
    forget_after_answer,
    options_of,
    passwords,
    relying_party,
    settings,
    signed_in,
)

guests = Blueprint("guests", __name__, url_prefix="/v1/guests", description="Order without an account.")
sessions = Blueprint("sessions", __name__, url_prefix="/v1/sessions", description="Sign in and out.")
devices = Blueprint("devices", __name__, url_prefix="/v1/me/devices", description="Where you are signed in.")


@guests.post("")
@public
@guests.arguments(schemas.StartGuestSessionSchema)
@guests.response(201, schemas.SessionSchema)
def start_guest_session(body: dict[str, Any]) -> Document:
    """Start a guest session"""
    now = clock.now()
    guest = actions.start_guest(g.session, now=now)
    opened = actions.open_session(g.session, person_id=guest.id, session_days=settings().session_days, now=now, **body)
    return signed_in(opened, is_guest=True)


@sessions.post("")
@public
@sessions.arguments(schemas.SignInSchema)
@sessions.response(201, schemas.SessionSchema)
@sessions.refuses(WrongCredentials)
@limit_sign_in
def sign_in(body: dict[str, Any]) -> Document:
    """Sign in with e-mail address and password"""
    with database().reading() as session:
        credentials = queries.credentials_at(session, email=body["email"])
    proof = passwords().prove(credentials, body["password"], WrongCredentials)
    opened = actions.sign_in(
        g.session,
        person_id=proof.person_id,
        password_version=proof.password_version,
        better_hash=proof.better_hash,
        device_name=body["device_name"],
        session_days=settings().session_days,
        now=clock.now(),
    )
    return signed_in(opened, is_guest=False)


@sessions.post("/passkey-challenges")
@public
@sessions.response(201, schemas.PasskeySignInOptionsSchema)
@limit_passkeys
def prepare_passkey_sign_in() -> Document:
    """Begin to sign in with a passkey; no address is asked for"""
    return options_of(actions.prepare_passkey_sign_in(g.session, party=relying_party(), now=clock.now()))


@sessions.post("/passkey")
@public
@sessions.arguments(schemas.SignInWithPasskeySchema)
@sessions.response(201, schemas.SessionSchema)
@sessions.refuses(PasskeyNotAccepted, PasskeyMayBeCopied)
@limit_passkeys
def sign_in_with_passkey(body: dict[str, Any]) -> Document:
    """Sign in with a passkey"""
    opened = actions.sign_in_with_passkey(
        g.session,
        answer=assertion_of(body["credential"]),
        party=relying_party(),
        device_name=body["device_name"],
        session_days=settings().session_days,
        now=clock.now(),
    )
    return signed_in(opened, is_guest=False)


@sessions.post("/refresh")
@public
@sessions.arguments(schemas.RefreshSessionSchema)
@sessions.response(200, schemas.SessionSchema)
@sessions.refuses(SessionEnded)
def refresh_session(body: dict[str, Any]) -> Document | Response:
    """Get new tokens for a session"""
    service = settings()
    refreshed = actions.refresh_session(
        g.session,
        service_key=tokens.service_key(service),
        grace_seconds=service.refresh_grace_seconds,
        session_days=service.session_days,
        now=clock.now(),
        **body,
    )
    if isinstance(refreshed, Refusal):
        return of_refusal(refreshed)  # answered, not raised: a returned answer commits the session's end
    person = queries.profile(g.session, person_id=refreshed.person_id)
    return signed_in(refreshed, is_guest=person["is_guest"])


@sessions.delete("/current")
@guests_too
@sessions.response(204)
def sign_out() -> None:
    """Sign out on this device"""
    caller = g.caller
    forget_after_answer(caller.person_id)
    actions.end_session(g.session, person_id=caller.person_id, session_id=caller.session_id, now=clock.now())


@sessions.delete("")
@guests_too
@sessions.response(204)
def sign_out_everywhere() -> None:
    """Sign out on every device"""
    caller = g.caller
    forget_after_answer(caller.person_id)
    actions.end_sessions(g.session, person_id=caller.person_id, now=clock.now())


@devices.get("")
@guests_too
@devices.arguments(PageQuery, location="query")
@devices.response(200, page_schema(schemas.DeviceSchema))
def list_devices(query: dict[str, Any]) -> Document:
    """List the devices you are signed in on, newest first"""
    caller = g.caller
    (before,) = decode_cursor(query["cursor"], UUID) or (None,)
    found = queries.devices_of(
        g.session, person_id=caller.person_id, before=before, limit=query["limit"], now=clock.now()
    )
    page = Page.of(found, query["limit"], lambda device: [device.id])
    return Document(
        {
            "data": [_device(device, is_current=device.id == caller.session_id) for device in page.data],
            "next_cursor": page.next_cursor,
        }
    )


def _device(device: DeviceSession, *, is_current: bool) -> dict[str, Any]:
    shown = ("id", "device_name", "created_at", "last_seen_at", "expires_at")
    return {name: getattr(device, name) for name in shown} | {"is_current": is_current}


@devices.delete("/<uuid:session_id>")
@guests_too
@devices.response(204)
@devices.refuses(NotFound)
def sign_device_out(session_id: UUID) -> None:
    """Sign out on one of your devices"""
    caller = g.caller
    forget_after_answer(caller.person_id)
    actions.end_session(g.session, person_id=caller.person_id, session_id=session_id, now=clock.now())
