"""What operators see of a request: an id, one structured log line, metrics, security headers.

The log line names the route's template, never the address's values, query, body or a person.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import Any, cast

import orjson
import structlog
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

from . import delegation

log = structlog.get_logger()

# Without the local variables: they hold passwords, tokens and addresses.
_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
# PostgreSQL quotes the whole row that it refused.
_ROW = re.compile(r"DETAIL:.*", re.DOTALL)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
REQUESTS = Counter("sayso_requests_total", "Requests answered.", ["operation", "status"])
SECONDS = Histogram(
    "sayso_request_seconds",
    "Time to answer, in seconds.",
    ["operation"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 3),
)

# One policy for every page: nothing from elsewhere, scripts by nonce, no HTML from strings.
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}' 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types {trusted_types}"
)
_HEADERS = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "geolocation=(), camera=(), microphone=()"),
    ("strict-transport-security", "max-age=31536000"),
)


def register(app: Flask) -> None:
    """Give every request an id, a log line and metrics, every answer the security headers."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _TRACEBACKS,
            _without_rows,
            structlog.processors.JSONRenderer(serializer=_log_line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    app.before_request(_begin)
    app.after_request(_finish)
    app.add_url_rule("/metrics", "metrics", _metrics)
    app.jinja_env.globals["csp_nonce"] = csp_nonce


def _without_rows(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for each in event.get("exception", ()):
        if isinstance(each, dict):
            each["exc_value"] = _ROW.sub("(its row is left out)", each["exc_value"])
    return event


def _log_line(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def csp_nonce() -> str:
    """Return this answer's nonce for its own scripts and styles."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def _begin() -> None:
    g.began = time.perf_counter()
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _finish(answer: Response) -> Response:
    # The objects behind the proxies: each look through one costs, and this is done for every request.
    asked, known = cast(Any, request)._get_current_object(), cast(Any, g)._get_current_object()
    _add_headers(answer, known)
    seconds = time.perf_counter() - known.get("began", time.perf_counter())
    operation = asked.endpoint or "none"
    REQUESTS.labels(operation, answer.status_code).inc()
    SECONDS.labels(operation).observe(seconds)
    if asked.path.startswith("/v1/"):
        log.info(
            "request",
            method=asked.method,
            route=asked.url_rule.rule if asked.url_rule else None,
            status=answer.status_code,
            ms=round(seconds * 1000, 2),
            request_id=known.get("request_id"),
        )
    return answer


def _add_headers(answer: Response, known: Any) -> None:
    # `add` looks at no other header, `setdefault` and `[…] =` at all of them.
    headers = answer.headers
    present = {name.lower() for name, _ in headers}
    for name, value in _HEADERS:
        if name not in present:
            headers.add(name, value)
    if answer.mimetype == "text/html" and answer.status_code != 304 and "content-security-policy" not in present:
        trusted_types = known.get("trusted_types", "'none'")
        headers.add("Content-Security-Policy", _POLICY.format(nonce=csp_nonce(), trusted_types=trusted_types))
    if "cache-control" not in present:
        headers.add("Cache-Control", "no-store" if "etag" not in present else "private, no-cache")
        if "etag" in present and known.get("is_somebodys", False):
            # Versions of two people's own are often the same number: a browser that both used must ask for each anew.
            headers.add("Vary", f"Authorization, {delegation.HEADER}")
    if "x-request-id" in present:  # replayed: this request has an id of its own
        headers.remove("X-Request-Id")
    headers.add("X-Request-Id", known.get("request_id", "-"))


def _metrics() -> Response:
    registry = CollectorRegistry()
    try:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        text = generate_latest(registry)
    except ValueError:  # one process: no PROMETHEUS_MULTIPROC_DIR
        text = generate_latest()
    return Response(text, mimetype="text/plain; version=0.0.4")
