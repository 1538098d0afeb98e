"""Idempotency keys: a write that moves something scarce happens once, however often it is sent.

draft-ietf-httpapi-idempotency-key-header. The answer is kept in the transaction of the effect; the same key with
the same body replays status, body and headers exactly, refusals included; another body is refused. The scope of a
key is caller + grant + operation. 5xx, 429 and 401 are never kept.

A key is nearly always new, so the first run doesn't look for a kept answer: a repeated request, or the slower of two
that race, fails on the key's row as it commits, is rolled back whole, and its second run finds the answer. A refusal
is told only after looking.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from flask import Response, current_app, g, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.exceptions import HTTPException

from ..db import Base, delete_some, is_lock_timeout
from ..errors import Invalid, Refusal
from . import problems
from .audiences import current_caller

KEPT_FOR = timedelta(hours=24)
HEADER = "Idempotency-Key"


class IdempotencyKeyReused(Refusal):
    """The key was already used for another request; use a new key for a new intention."""

    status = 422
    title = "Idempotency key reused"


class StillRunning(Refusal):
    """A request with this key is still running; ask again for its answer."""

    title = "Still running"


class KeptAnswer(Base):
    """The answer given to one idempotent request."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (sa.Index("ix_idempotency_keys_created_at", "created_at"),)

    scope: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int]
    headers: Mapped[list[Any]]
    body: Mapped[bytes]
    created_at: Mapped[datetime]


_TABLE: sa.Table = KeptAnswer.__table__  # type: ignore[assignment]
_INSERT = sa.insert(_TABLE)
_SELECT = sa.select(_TABLE).where(_TABLE.c.scope == sa.bindparam("scope"), _TABLE.c.key == sa.bindparam("key"))

Step = Callable[[], Response]


def once(operation: str, work: Step, in_transaction: Callable[[Step], Response]) -> Response:
    """Run the work in a transaction and keep its answer with it, or replay the answer kept before."""
    identity = {"scope": f"{_caller_scope()}:{operation}", "key": _required_key()}
    fingerprint = hashlib.sha256(
        b"\n".join([request.method.encode(), request.full_path.encode(), request.get_data()])
    ).hexdigest()

    runs = count()

    def step(make_answer: Step) -> Response:
        kept = g.session.execute(_SELECT, identity).first() if next(runs) else None
        if kept is not None:
            return _replay(kept, fingerprint)
        answer = make_answer()
        _keep(g.session, identity, fingerprint, answer)
        return answer

    def attempt(make_answer: Step) -> Response:
        try:
            return in_transaction(lambda: step(make_answer))
        except DBAPIError as error:
            if not is_lock_timeout(error):
                raise
            raise StillRunning("A request with this key is still running.", headers={"Retry-After": "1"}) from error

    try:
        return attempt(work)
    except (Refusal, HTTPException) as error:
        refused = problems.of_refusal(error) if isinstance(error, Refusal) else problems.of_http_exception(error)
        if refused.status_code >= 500 or isinstance(error, StillRunning) or refused.status_code in {401, 429}:
            raise
        return attempt(lambda: refused)


def answer_anew(operation: str, answer: Response, in_transaction: Callable[[Step], Response]) -> Response:
    """Keep the answer in place of the one that was kept with the effect: it says what came of it after the commit."""
    same = sa.update(_TABLE).where(_TABLE.c.scope == f"{_caller_scope()}:{operation}", _TABLE.c.key == _required_key())

    def step() -> Response:
        headers = [list(pair) for pair in answer.headers]
        kept = {"status": answer.status_code, "headers": headers, "body": answer.get_data()}
        g.session.connection().execute(same.values(kept))
        return answer

    return in_transaction(step)


def _caller_scope() -> str:
    caller = current_caller()
    if caller is None:
        return "anyone"
    return f"{caller.person_id}/{g.acting.grant_id}" if g.acting is not None else str(caller.person_id)


def _required_key() -> str:
    key = request.headers.get(HEADER, "").strip().strip('"')
    if not key:
        raise Invalid({HEADER: ["This operation needs an idempotency key, such as a UUID."]})
    if len(key) > 128 or not key.isascii() or not key.isprintable():
        raise Invalid({HEADER: ["Use 1 to 128 printable ASCII characters."]})
    return key


def _replay(kept: Any, fingerprint: str) -> Response:
    if kept.fingerprint != fingerprint:
        raise IdempotencyKeyReused("This key was used with another request.")
    answer = current_app.response_class(kept.body, status=kept.status)
    answer.headers.clear()
    answer.headers.extend([tuple(pair) for pair in kept.headers])
    answer.headers["Idempotency-Replayed"] = "true"
    return answer


def _keep(session: Session, identity: dict[str, str], fingerprint: str, answer: Response) -> None:
    row = {
        **identity,
        "fingerprint": fingerprint,
        "status": answer.status_code,
        "headers": [list(pair) for pair in answer.headers],
        "body": answer.get_data(),
        "created_at": datetime.now(UTC),
    }
    session.connection().execute(_INSERT, row)


def forget_old_answers(session: Session, *, now: datetime) -> int:
    """Delete up to 1,000 of the answers kept for longer than 24 hours; return how many."""
    old = KeptAnswer.created_at < now - KEPT_FOR
    return delete_some(session, KeptAnswer, old, oldest=KeptAnswer.created_at)
