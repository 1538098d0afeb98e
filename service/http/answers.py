"""What a view returns, made into a response: status, JSON, ETag, 304."""

from __future__ import annotations

from typing import Any

from flask import Request, Response, current_app, request
from marshmallow import Schema

from .json import OrjsonProvider


class Document(dict[str, Any]):
    """A finished document, in the shape of the route's schema: sent as it stands.

    Hot and large answers are built as plain dicts by `queries`; dumping them through the schema once more would
    cost more than making them (docs/decisions/0004).
    """

    __slots__ = ("version",)

    def __init__(self, members: dict[str, Any], version: int | str | None = None) -> None:
        super().__init__(members)
        self.version = version


def json_response(body: Any, status: int) -> Response:
    """Return the body as JSON."""
    return current_app.response_class(OrjsonProvider.dump_bytes(body), status=status, mimetype="application/json")


def answer(result: Any, status: int, schema: Schema | None) -> Response:
    """Make the response of a view's result: a model is dumped through the schema, a Document is sent as it is.

    A result with a `version` gets a strong ETag of it, and a GET that names it gets 304.
    """
    if isinstance(result, Response):
        return result
    body = result if isinstance(result, Document) or schema is None else schema.dump(result)
    response = json_response(body, status) if body is not None else current_app.response_class(status=status)
    version = getattr(result, "version", None)
    if version is not None:
        response.set_etag(str(version))
        if request.method == "GET":
            response.make_conditional(request)
    return response


def not_modified(request: Request, version: str) -> Response | None:
    """Return the 304 for a request that already has this version, None where it doesn't: saves building the body."""
    # Weakly compared (RFC 9110, 13.1.2): a proxy that compresses sends our ETag on as `W/"…"`.
    if request.if_none_match.contains_weak(version):
        response: Response = current_app.response_class(status=304)
        response.set_etag(version)
        return response
    return None
