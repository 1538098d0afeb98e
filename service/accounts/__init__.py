"""Accounts: who a person is. Customers and guests, sign-in, sessions on devices, staff memberships, mail to people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Flask

from ..config import Settings
from ..db import Database
from ..http import Caller
from ..http.audiences import identify_with
from . import queries, tokens


def register(app: Flask, settings: Settings, database: Database) -> None:
    """Set up tokens and tell the HTTP edge how a token becomes a caller."""

    def identify(claims: Mapping[str, Any]) -> Caller | None:
        session_id = UUID(claims["sid"])
        with database.reading() as session:
            rows = queries.live_session(session, session_id=session_id, now=datetime.now(UTC))
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

    app.extensions["sayso.keys"] = tokens.register(app, settings, database.reading)
    identify_with(app, tokens.verified_claims, identify)
