"""Accounts: who a person is. Customers and guests, sign-in, sessions on devices, staff memberships, mail to people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from flask import Flask, Response

from ..config import Settings
from ..db import Database
from ..http import Caller
from ..http.answers import json_response
from ..http.audiences import identify_with
from . import queries, tokens
from .mail import MailServer
from .passwords import Passwords


def register(app: Flask, settings: Settings, database: Database) -> None:
    """Set up tokens and password hashing, and tell the HTTP edge how a token becomes a caller. Raises ConfigError."""
    from .routes.demo import demo

    def identify(claims: Mapping[str, Any]) -> Caller | None:
        return _caller(database, UUID(claims["sid"]))

    MailServer.from_settings(settings)
    keys = tokens.register(app, settings, database.reading)
    app.extensions["sayso.keys"] = keys
    app.extensions["sayso.passwords"] = Passwords(settings.password_memory_kib)
    identify_with(app, partial(tokens.verified_claims, keys), identify)
    app.add_url_rule("/.well-known/jwks.json", "jwks", lambda: _key_set(keys))
    if settings.demo:
        app.register_blueprint(demo)


def _caller(database: Database, session_id: UUID) -> Caller | None:
    with database.reading_engine.connect() as connection:  # an ORM session would double what this costs
        rows = queries.live_session(connection, session_id=session_id, now=datetime.now(UTC))
    if not rows:
        return None
    person_id, is_guest, is_operator, _, _ = rows[0]
    return Caller(
        person_id=person_id,
        session_id=session_id,
        is_guest=is_guest,
        is_operator=is_operator,
        roles={row.store_id: row.role for row in rows if row.store_id is not None},
    )


def _key_set(keys: tokens.KeyRing) -> Response:
    answer = json_response(keys.jwks(), 200)
    answer.headers["Cache-Control"] = "public, max-age=60"
    return answer
