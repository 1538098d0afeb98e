"""What a request does once its transaction is committed, such as calling a payment provider, and what it then answers.

Nothing may depend on its being done: whoever dies in between leaves it to the worker.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
from flask import Response, current_app, g
from sqlalchemy.orm import Session

from ..db import Database
from ..errors import Refusal
from . import problems
from .answers import Document, json_response

log = structlog.get_logger()

Work = Callable[[], Document | None]
T = TypeVar("T")


def after_commit(work: Work) -> None:
    """Do this when the request's transaction is committed, outside of any; what it returns is answered instead, and
    what it refuses (Refusal) is refused.

    The operation that runs again begins without it.
    """
    g.afterwards = work


def answer_after_commit(work: Callable[[], object], show: Callable[[Session], Document]) -> None:
    """Do this when the request's transaction is committed, and answer what is shown then, read on its own."""

    def work_and_show() -> Document:
        work()
        with current_app.extensions["sayso.database"].reading() as session:
            return show(session)

    after_commit(work_and_show)


def committed(work: Callable[[Session], T]) -> T:
    """Do this in a transaction of its own, after that of the request; again where the database asks to."""
    database: Database = current_app.extensions["sayso.database"]
    return database.transact(work)


def forget() -> None:
    """Forget what an attempt of the operation wanted to be done: it wasn't committed."""
    g.pop("afterwards", None)


def finished(answer: Response, keep: Callable[[Response], object] = lambda _changed: None) -> Response:
    """Do what is to be done after the commit; return what to answer: what came of it, kept for a repeat, or else the
    answer as it was."""
    work: Work | None = g.pop("afterwards", None)
    if work is None:
        return answer
    # It is committed: no failure from here on may say that it isn't.
    try:
        changed = _answered(work, answer)
        if changed is not answer:
            keep(changed)
    except Exception as error:
        log.exception("left to the worker", error=type(error).__name__)
        return answer
    return changed


def _answered(work: Work, answer: Response) -> Response:
    try:
        document = work()
    except Refusal as refusal:
        return problems.of_refusal(refusal)
    if document is None:
        return answer
    changed = json_response(document, answer.status_code)
    if document.version is not None:
        changed.set_etag(str(document.version))
    return changed
