"""One request = one transaction: the only commit of a request stands here.

It stands in `dispatch_request`, so that a failing commit still reaches the error handlers. A returned answer
commits, a raised one rolls back (but for refusals that say otherwise). Serialization failures, deadlocks and lost
connections re-run the whole operation a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import Flask, Request, Response, g, request
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy.orm import Session
from werkzeug.exceptions import ClientDisconnected

from ..db import Database, rerun
from ..errors import NotFound, Refusal
from . import afterwards, idempotency
from .audiences import admit
from .blueprint import Operation
from .delegation import act_under
from .json import OrjsonProvider


class NoSessions(SessionInterface):
    """Nothing is kept in Flask's own cookie session, so no request needs to look for one."""

    def open_session(self, app: Flask, request: Request) -> None:
        """Open none."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save nothing."""


class Edge(Flask):
    """A Flask application whose operations run in transactions, behind their audience's door."""

    json_provider_class = OrjsonProvider
    session_interface = NoSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: none here is a coroutine, and Flask would look at each for every request."""
        return func

    def dispatch_request(self) -> Any:
        """Admit the caller, run the operation in its transaction, commit."""
        if "\x00" in request.path:  # no name of ours holds one, and PostgreSQL can't even look for it
            raise NotFound("address")
        view = self.view_functions.get(request.endpoint or "")
        operation: Operation | None = getattr(view, "operation", None)
        if operation is None or request.method == "OPTIONS":  # pages, documents, and what the router answers
            return super().dispatch_request()
        _require_whole_body()
        admit(operation.audience)
        g.is_somebodys = operation.audience.token
        act_under(operation.scopes)

        def work() -> Response:
            return self.make_response(super(Edge, self).dispatch_request())

        if not operation.writes:
            return in_transaction(work, self.database.reading, commits=False)
        if not operation.idempotent:
            return afterwards.finished(in_transaction(work, self.database.writing))

        def run(step: Callable[[], Response]) -> Response:
            return in_transaction(step, self.database.writing)

        answer = idempotency.once(operation.name, work, run)
        return afterwards.finished(answer, keep=lambda changed: idempotency.answer_anew(operation.name, changed, run))

    @property
    def database(self) -> Database:
        """The database of this application."""
        return cast(Database, self.extensions["sayso.database"])


def _require_whole_body() -> None:
    # A server may hand over what came before the connection broke. Acting on half a body, or keeping the refusal of
    # it under the request's idempotency key, would answer a request that nobody sent.
    if len(request.get_data()) < (request.content_length or 0):
        raise ClientDisconnected()


def in_transaction(
    work: Callable[[], Response], open_session: Callable[[], Session], *, commits: bool = True
) -> Response:
    """Run the work in a session of its own at `g.session` and commit; re-run it where the database asks to.

    What only read has nothing to commit.
    """

    def run(session: Session) -> Response:
        g.session = session
        afterwards.forget()
        try:
            answer = work()
        except Refusal as refusal:
            if refusal.keeps_changes:
                session.commit()
            raise
        if commits:
            _commit(session, answer)
        return answer

    return rerun(open_session, run)


def _commit(session: Session, answer: Response) -> None:
    try:
        session.commit()
    except BaseException:
        answer.close()  # it is never sent: what it holds (a stream's place) is free again
        raise
