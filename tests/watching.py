"""Watching every answer of a test run: whatever an operation answers, its documentation must have said."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import jsonschema_rs
import orjson
from flask import Response, request

from service.http import docs
from service.http.blueprint import Operation
from service.http.edge import Edge


class Watcher:
    """Compares each answer of an application with the documentation of its operation."""

    def __init__(self, app: Edge) -> None:
        self._app = app
        self._document: dict[str, Any] = {}
        self._validators: dict[tuple[str, int], jsonschema_rs.Validator] = {}
        self.undocumented: list[str] = []
        app.after_request(self._compare)

    def _compare(self, answer: Response) -> Response:
        view = self._app.view_functions.get(request.endpoint or "")
        operation: Operation | None = getattr(view, "operation", None)
        if operation is not None and request.method != "OPTIONS":
            found = _undocumented(operation, _successes(view), answer) or self._misshapen(operation, answer)
            if found:
                self.undocumented.append(f"{operation.name} ({request.method} {request.path}): {found}")
        return answer

    def _misshapen(self, operation: Operation, answer: Response) -> str | None:
        """Return what of a JSON answer its schema doesn't allow, None where it fits."""
        if answer.status_code in {204, 304} or answer.is_streamed or "Content-Encoding" in answer.headers:
            return None
        if answer.mimetype != "application/json":
            return None
        key = (operation.name, answer.status_code)
        if key not in self._validators:
            self._validators[key] = self._validator(*key)
        error = next(self._validators[key].iter_errors(orjson.loads(answer.get_data())), None)
        return (
            f"{answer.status_code} whose {error.instance_path} isn't as documented: {error.message}" if error else None
        )

    def _validator(self, name: str, status: int) -> jsonschema_rs.Validator:
        document = self._document = self._document or orjson.loads(docs.document(self._app))
        (operation,) = (
            entry
            for path in document["paths"].values()
            for entry in path.values()
            if isinstance(entry, dict) and entry["operationId"] == name
        )
        schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]
        return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]})


def _successes(view: object) -> set[int]:
    documented: dict[str, set[int]] = view._apidoc  # type: ignore[attr-defined]
    return set(documented["success_status_codes"])


def _undocumented(operation: Operation, successes: set[int], answer: Response) -> str | None:
    """Return what of the answer the operation didn't tell, None where all of it was told."""
    status = answer.status_code
    if status >= HTTPStatus.BAD_REQUEST:
        if answer.mimetype != "application/problem+json":
            return f"{status} as {answer.mimetype}"
        problem = (status, answer.json["type"].removeprefix("/problems/"))
        documented = {(kind.status, kind.slug()) for kind in operation.refusals}
        return None if problem in documented else f"{problem[0]} {problem[1]}"
    if status not in successes:
        return f"{status}"
    if "ETag" in answer.headers and not operation.versioned:
        return "an ETag"
    return None
