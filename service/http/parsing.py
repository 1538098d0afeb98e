"""Reading a request by its schema: JSON bodies strictly, unknown fields refused, errors named by their path."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

import marshmallow as ma
from flask import Request
from webargs.flaskparser import FlaskParser

from ..errors import Invalid, Refusal
from . import json


class MalformedRequest(Refusal):
    """The body is not JSON that this service reads: not JSON in UTF-8, a key named twice, a number that is too
    large, or nested too deep."""

    status = 400
    title = "Malformed request"


class BodyTooLarge(Refusal):
    """The body is larger than 256 KiB."""

    status = 413
    title = "Body too large"


class UnsupportedMediaType(Refusal):
    """The body must be sent as application/json."""

    status = 415
    title = "Unsupported media type"


class Parser(FlaskParser):
    """webargs' parser with this service's rules about bodies and errors."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": ma.RAISE, "query": ma.RAISE}

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """Return the parsed body. Raises MalformedRequest, UnsupportedMediaType, and 413 by werkzeug."""
        if req.mimetype != "application/json":
            raise UnsupportedMediaType("Send the body as application/json.")
        try:
            return json.read(req.get_data())
        except json.Malformed as error:
            raise MalformedRequest(str(error)) from error

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """Return the query. Raises Invalid for a name given twice: which of them was meant is anyone's guess."""
        twice = [name for name, values in req.args.lists() if len(values) > 1]
        if twice:
            refuse_names(twice, "Given more than once.")
        return super().load_querystring(req, schema)

    def handle_error(
        self,
        error: ma.ValidationError,
        req: Request,
        schema: ma.Schema,
        *,
        error_status_code: int | None,
        error_headers: Any,
    ) -> NoReturn:
        """Refuse with the fields' errors by path."""
        (messages,) = error.messages_dict.values()  # by location; there is one
        if any("\x00" in str(name) for name in messages):
            refuse_names(messages, "Unknown field.")
        raise Invalid(by_path(messages)) from error


PARSER = Parser()


def refuse_names(names: Iterable[str], why: str) -> NoReturn:
    """Refuse these names of a query. Raises Invalid, which writes a NUL so that every client can read it."""
    raise Invalid({name.replace("\x00", "%00"): [why] for name in names})


def by_path(messages: Any, path: str = "") -> dict[str, list[str]]:
    """Flatten marshmallow's nested messages: `{"lines.0.quantity": ["…"]}`; `body` is the document itself."""
    if isinstance(messages, dict):
        found: dict[str, list[str]] = {}
        for key, below in messages.items():
            inner = path if key == "_schema" else f"{path}.{key}" if path else str(key)
            found.update(by_path(below, inner))
        return found
    return {path or "body": [str(message) for message in messages]}
