"""Accounts: who a person is. Customers and guests, sign-in, sessions on devices, staff memberships, grants to act for
another, mail to people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, Response

from ..config import Settings
from ..db import Database
from ..http import Caller
from ..http.answers import json_response
from ..http.audiences import identify_with
from ..http.delegation import find_grants_with
from . import queries, tokens
from .mail import MailServer
from .passwords import Passwords
from .rules.grants import Acting


def register(app: Flask, settings: Settings, database: Database) -> None:
    """Set up tokens and password hashing, and tell the HTTP edge how a token becomes a caller. Raises ConfigError."""
    from .routes.demo import demo

    MailServer.from_settings(settings)
    keys = tokens.register(app, settings, database.reading)
    app.extensions["sayso.keys"] = keys
    app.extensions["sayso.passwords"] = Passwords(settings.password_memory_kib)
    identify_with(app, partial(tokens.verified_claims, keys), partial(_callers, database))
    find_grants_with(app, partial(_acting, database))
    app.add_url_rule("/.well-known/jwks.json", "jwks", lambda: _key_set(keys))
    if settings.demo:
        app.register_blueprint(demo)


def _callers(database: Database, session_ids: Collection[UUID]) -> dict[UUID, Caller]:
    with database.reading_engine.connect() as connection:  # an ORM session would double what this costs
        rows = queries.live_sessions(connection, session_ids=session_ids, now=datetime.now(UTC))
    by_session: dict[UUID, list[sa.Row[UUID, UUID, bool, bool, UUID, str]]] = {}
    for row in rows:
        by_session.setdefault(row.session_id, []).append(row)
    return {session_id: _caller(session_id, their) for session_id, their in by_session.items()}


def _caller(session_id: UUID, rows: Sequence[sa.Row[UUID, UUID, bool, bool, UUID, str]]) -> Caller:
    return Caller(
        person_id=rows[0].person_id,
        session_id=session_id,
        is_guest=rows[0].is_guest,
        is_operator=rows[0].is_operator,
        roles={row.store_id: row.role for row in rows if row.store_id is not None},
    )


def _acting(database: Database, grant_id: UUID, receiver_id: UUID) -> Acting | None:
    with database.reading_engine.connect() as connection:
        return queries.acting_under(connection, grant_id=grant_id, receiver_id=receiver_id, now=datetime.now(UTC))


def _key_set(keys: tokens.KeyRing) -> Response:
    answer = json_response(keys.jwks(), 200)
    answer.headers["Cache-Control"] = "public, max-age=60"
    return answer
