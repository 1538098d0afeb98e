"""HTTP of accounts."""

from __future__ import annotations

from typing import Any

from flask import current_app, g

from .. import clock
from ..http import Blueprint, Document, public
from . import actions, schemas, tokens
from .models import DeviceSession

guests = Blueprint("guests", __name__, url_prefix="/v1/guests", description="Order without an account.")


@guests.post("")
@public
@guests.arguments(schemas.StartGuestSessionSchema)
@guests.response(201, schemas.SessionSchema)
def start_guest_session(body: dict[str, Any]) -> Document:
    """Start a guest session"""
    now = clock.now()
    guest = actions.start_guest(g.session, now=now)
    settings = current_app.extensions["sayso.settings"]
    opened = actions.open_session(g.session, person_id=guest.id, session_days=settings.session_days, now=now, **body)
    return _signed_in(opened, is_guest=True)


def _signed_in(opened: DeviceSession, *, is_guest: bool) -> Document:
    settings = current_app.extensions["sayso.settings"]
    return Document(
        {
            "session_id": opened.id,
            "person_id": opened.person_id,
            "is_guest": is_guest,
            "access_token": tokens.access_token(
                current_app.extensions["sayso.keys"],
                g.session,
                person_id=opened.person_id,
                session_id=opened.id,
                now=opened.rotated_at,
            ),
            "token_type": "Bearer",
            "expires_in": settings.access_token_seconds,
            "refresh_token": "…",
        }
    )


blueprints = [guests]
