"""Every refusal and failure on the wire: `application/problem+json` (RFC 9457), with a page behind each type."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, current_app, g, make_response, render_template, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from .. import errors
from ..db import is_lock_timeout, sqlstate
from ..errors import Refusal, Unavailable
from .answers import json_response

log = structlog.get_logger()

# Answers of the router and the body parser, told in our words.
_OF_STATUS = {
    400: ("malformed-request", "Malformed request"),
    404: ("not-found", "Not found"),
    405: ("method-not-allowed", "Method not allowed"),
    413: ("body-too-large", "Body too large"),
    415: ("unsupported-media-type", "Unsupported media type"),
    429: ("too-many-requests", "Too many requests"),
    500: ("internal-error", "Internal error"),
}


def register(app: Flask) -> None:
    """Answer every exception with a problem and serve the pages that explain the types."""
    app.register_error_handler(Refusal, of_refusal)
    app.register_error_handler(HTTPException, of_http_exception)
    app.register_error_handler(Exception, of_failure)
    app.add_url_rule("/problems/<slug>", "explain_problem", _explain)


def of_refusal(refusal: Refusal) -> Response:
    """Answer a refusal with its title, detail and facts."""
    return _problem(
        refusal.status,
        refusal.slug(),
        refusal.title,
        refusal.detail,
        refusal.facts,
        list(refusal.headers.items()),
    )


def of_http_exception(error: HTTPException) -> Response:
    """Answer what Flask and werkzeug raise, keeping their headers (Allow, Retry-After)."""
    if error.response is not None and error.code is None:
        return make_response(error.response)
    status = error.code or 500
    if 300 <= status < 400:
        return make_response(error.get_response())
    slug, title = _OF_STATUS.get(status, ("http-error", error.name))
    headers = [pair for pair in error.get_headers() if pair[0] != "Content-Type"]
    return _problem(status, slug, title, _detail_of(status, error), {}, headers)


def _detail_of(status: int, error: HTTPException) -> str:
    if status == 404:
        return f"Nothing is served at this address ({request.method})."
    return error.description or error.name


def of_failure(error: Exception) -> Response:
    """Answer what nobody expected: 503 for a database that can't be reached or is overloaded, else 500."""
    if isinstance(error, PoolTimeout) or is_lock_timeout(error) or _is_out_of_reach(error):
        log.warning("unavailable", error=type(error).__name__)
        return of_refusal(Unavailable())
    log.error("failure", error=type(error).__name__, exc_info=error)
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    return _problem(500, *_OF_STATUS[500], "This is our fault; the request's id helps us find it.", {}, [])


def _is_out_of_reach(error: Exception) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    # Classes 08 (connection), 53 (resources), 57 (shut down, statement time-out): PostgreSQL, appendix A.
    code = sqlstate(error)
    return error.connection_invalidated or (code or "")[:2] in {"08", "53", "57"} or _never_connected(error)


def _never_connected(error: DBAPIError) -> bool:
    return type(error.orig).__name__ in {"OperationalError", "ConnectionTimeout"} and sqlstate(error) is None


def _problem(
    status: int, slug: str, title: str, detail: str, facts: dict[str, Any], headers: list[tuple[str, str]]
) -> Response:
    body = {
        "type": f"/problems/{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": f"urn:request:{g.get('request_id', '-')}",
        **facts,
    }
    answer = json_response(body, status)
    answer.content_type = "application/problem+json"
    answer.headers.extend(headers)
    return answer


def _all_refusals(kind: type[Refusal] = Refusal) -> dict[str, type[Refusal]]:
    found = {}
    for child in kind.__subclasses__():
        found[child.slug()] = child
        found.update(_all_refusals(child))
    return found


def _explain(slug: str) -> Response:
    """Serve the page behind a problem's type."""
    refusal = _all_refusals().get(slug)
    if refusal is not None:
        title, status, text = refusal.title, refusal.status, (refusal.__doc__ or "").strip()
    else:
        known = {name: (title, status) for status, (name, title) in _OF_STATUS.items()}
        if slug not in known:
            return of_refusal(errors.NotFound("problem"))
        (title, status), text = known[slug], ""
    return make_response(render_template("problem.html", title=title, status=status, text=text, slug=slug))
