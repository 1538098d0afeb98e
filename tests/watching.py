"""Watching every answer of a test run: whatever an operation answers, its documentation must have said."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request

from service.http.blueprint import Operation
from service.http.edge import Edge


class Watcher:
    """Compares each answer of an application with the documentation of its operation."""

    def __init__(self, app: Edge) -> None:
        self._app = app
        self.undocumented: list[str] = []
        app.after_request(self._compare)

    def _compare(self, answer: Response) -> Response:
        view = self._app.view_functions.get(request.endpoint or "")
        operation: Operation | None = getattr(view, "operation", None)
        if operation is not None and request.method != "OPTIONS":
            found = _undocumented(operation, _successes(view), answer)
            if found:
                self.undocumented.append(f"{operation.name} ({request.method} {request.path}): {found}")
        return answer


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
