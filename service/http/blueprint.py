"""The one Blueprint of every package: its decorators enforce and document together.

@blp.post("")
@customer_only                      # who may call it
@blp.arguments(PlaceOrderSchema)    # what it takes: a schema's fields are the action's parameters
@blp.idempotent                     # needs an Idempotency-Key
@blp.response(201, OrderSchema)     # what it answers
@blp.refuses(StoreClosed, SoldOut)  # which refusals it gives
@blp.delegable("place_orders")      # under which grants it can be done for someone else
def place_order(basket): ...
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import flask_smorest
from flask import request
from flask_smorest.utils import resolve_schema_instance

from .. import errors
from ..errors import Refusal
from . import answers, delegation, idempotency, preconditions
from .audiences import Audience
from .parsing import PARSER, BodyTooLarge, MalformedRequest, UnsupportedMediaType, refuse_names
from .schemas import ProblemSchema

F = TypeVar("F", bound=Callable[..., Any])

_IN_BODY, _IN_QUERY = "json", "query"
_ETAG = {"description": "The version, strong; send it back in If-Match or If-None-Match.", "schema": {"type": "string"}}
_PROBLEM = {"schema": ProblemSchema(), "content_type": "application/problem+json"}
_EVENTS = {
    "type": "object",
    "description": "One event of the stream; its id is its place in the history. `resync`: events were missed, and "
    "are not kept any more; read the resource again.",
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]{1,18}$"},
        "event": {"type": "string"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
    "required": ["event", "data"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What the edge must know of a view: its name, its audience, and how it is run."""

    name: str
    audience: Audience
    writes: bool
    idempotent: bool
    versioned: bool
    refusals: tuple[type[Refusal], ...]
    scopes: tuple[str, ...] = ()
    """Which grants allow it: any that has one of these."""


class Blueprint(flask_smorest.Blueprint):
    """Registers operations with their audience, transaction, idempotency and documented refusals."""

    ARGUMENTS_PARSER = PARSER

    def route(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register a function as an operation; it must name its audience (public counts)."""
        (method,) = options["methods"]

        def register(view: F) -> F:
            """Document the view as an operation and add it under the rule."""
            if _IN_QUERY not in getattr(view, "takes", ()):
                view = _without_query(view)
            operation = Operation(
                name=view.__name__,
                audience=view.audience,  # type: ignore[attr-defined]
                writes=method != "GET",
                idempotent=getattr(view, "idempotent", False),
                versioned=getattr(view, "versioned", False),
                refusals=tuple(_general_refusals(view, f"{self.url_prefix or ''}{rule}"))
                + getattr(view, "refusals", ()),
                scopes=getattr(view, "scopes", ()),
            )
            view.operation = operation  # type: ignore[attr-defined]
            view._apidoc = self._documented(view, operation)  # type: ignore[attr-defined]
            super(Blueprint, self).route(rule, **options)(view)
            return view

        return register

    def _documented(self, view: Callable[..., Any], operation: Operation) -> Any:
        """Return the view's documentation with its operationId, audience, security and every refusal."""
        security: list[dict[str, list[str]]] = [{"bearer": []}] if operation.audience.token else []
        documented = self.doc(operationId=operation.name, security=security, **{"x-audience": operation.audience.name})(
            view
        )
        if operation.versioned and not operation.writes:
            documented = self.alt_response(304, description="Not modified: the caller has this version.", success=True)(
                documented
            )
        by_status: dict[int, list[type[Refusal]]] = {}
        for refusal in dict.fromkeys(operation.refusals):
            by_status.setdefault(refusal.status, []).append(refusal)
        # As alt_response would, which copies all that was documented before, each time: half the time of importing us.
        responses = documented._apidoc.setdefault("response", {}).setdefault("responses", {})
        for status, kinds in sorted(by_status.items()):
            description = " · ".join(kind.title for kind in kinds)
            responses.setdefault(status, []).append({**_PROBLEM, "description": description})
        return documented._apidoc

    def arguments(self, schema: Any, *, location: str = _IN_BODY, **kwargs: Any) -> Callable[[F], F]:
        """Parse the body (or the query) by the schema; a view gets it as one dict."""
        # An instance: of a class, webargs would make one per request, and marshmallow all its nested ones again.
        decorate = super().arguments(resolve_schema_instance(schema), location=location, **kwargs)

        def mark(view: F) -> F:
            marked: F = decorate(view)
            marked.takes = {*getattr(view, "takes", ()), location}  # type: ignore[attr-defined]
            marked._apidoc["arguments"].pop("responses", None)  # type: ignore[attr-defined]
            return marked

        return mark

    def response(
        self, status_code: int, schema: Any = None, *, versioned: bool = False, **kwargs: Any
    ) -> Callable[[F], F]:
        """Answer a view's result: a model dumped by the schema, or a finished Document as it stands.

        `versioned` documents what a version brings: an ETag, and 304 for a GET that names it.
        """
        instance = resolve_schema_instance(schema) if schema is not None else None
        if versioned:
            kwargs["headers"] = {"ETag": _ETAG}
        document = super().response(status_code, instance, **kwargs)

        def decorate(view: F) -> F:
            @functools.wraps(view)
            def answering(*args: Any, **view_args: Any) -> Any:
                return answers.answer(view(*args, **view_args), status_code, instance)

            documented: F = document(answering)
            # The documenting wrapper would jsonify; what runs is our own.
            answering._apidoc = documented._apidoc  # type: ignore[attr-defined]
            answering.versioned = versioned  # type: ignore[attr-defined]
            return answering  # type: ignore[return-value]

        return decorate

    def live(self, view: F) -> F:
        """Answer with server-sent events, replayed from `Last-Event-ID` on."""
        view.live = True  # type: ignore[attr-defined]
        answering = self.response(200, _EVENTS, content_type="text/event-stream")(view)
        return self._documents_header(
            "Last-Event-ID", "The id of the last event received.", "^[0-9]{1,18}$", required=False
        )(answering)

    def idempotent(self, view: F) -> F:
        """Run the operation once per Idempotency-Key and replay its answer after."""
        view.idempotent = True  # type: ignore[attr-defined]
        return self._documents_header(
            idempotency.HEADER,
            "Any unique text, such as a UUID; repeat it when you retry.",
            "^[!-~]([ -~]{0,126}[!-~])?$",
        )(view)

    def delegable(self, *scopes: str) -> Callable[[F], F]:
        """Let the receiver of a grant with one of the scopes do this for its giver; `g.acting` says so."""

        def mark(view: F) -> F:
            view.scopes = scopes  # type: ignore[attr-defined]
            marked: F = self._documents_header(
                delegation.HEADER,
                f"The id of a grant that allows {' or '.join(scopes)}: do it for its giver.",
                delegation.PATTERN,
                required=False,
            )(view)
            return marked

        return mark

    def if_match(self, view: F) -> F:
        """Require If-Match; the view gets the version it names as `expected_version`."""

        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            return view(*args, expected_version=preconditions.expected_version(), **kwargs)

        guarded.if_match = True  # type: ignore[attr-defined]
        return self._documents_header("If-Match", "The ETag that you read.", '^"[0-9]{1,18}"$')(guarded)  # type: ignore[return-value]

    def header(self, name: str, description: str, pattern: str) -> Callable[[F], F]:
        """Read a header; the view gets it by its name in lower case with underscores, empty where it wasn't sent."""

        def decorate(view: F) -> F:
            @functools.wraps(view)
            def reading(*args: Any, **kwargs: Any) -> Any:
                return view(*args, **{name.lower().replace("-", "_"): request.headers.get(name, "")}, **kwargs)

            return self._documents_header(name, description, pattern)(reading)  # type: ignore[return-value]

        return decorate

    def _documents_header(
        self, name: str, description: str, pattern: str, *, required: bool = True
    ) -> Callable[[F], F]:
        parameter = {"in": "header", "name": name, "required": required, "description": description}
        parameter["schema"] = {"type": "string", "pattern": pattern}

        def mark(view: F) -> F:
            marked: F = self.doc(parameters=[parameter])(view)
            return marked

        return mark

    def refuses(self, *kinds: type[Refusal]) -> Callable[[F], F]:
        """Document the refusals that the view's action raises."""

        def mark(view: F) -> F:
            view.refusals = (*getattr(view, "refusals", ()), *kinds)  # type: ignore[attr-defined]
            return view

        return mark


def _without_query(view: F) -> F:
    """Refuse a query where the operation takes none: what is ignored can't be what was meant."""

    @functools.wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if request.query_string and request.args:
            refuse_names(request.args, "Unknown field.")
        return view(*args, **kwargs)

    return checked  # type: ignore[return-value]


def _general_refusals(view: Callable[..., Any], rule: str) -> list[type[Refusal]]:
    """The refusals that follow from how an operation is declared."""
    audience: Audience = view.audience  # type: ignore[attr-defined]
    takes: set[str] = getattr(view, "takes", set())
    # Also a public operation refuses a token that doesn't pass, and also one without a query refuses having any.
    found: list[type[Refusal]] = [errors.TooManyRequests, errors.Unavailable, errors.Unauthenticated, errors.Invalid]
    if audience.token and (audience.roles or audience.operator or not audience.guests):
        found += [errors.Forbidden]
    if "<" in rule:
        found += [errors.NotFound]
    if _IN_BODY in takes:
        found += [MalformedRequest, BodyTooLarge, UnsupportedMediaType]
    if getattr(view, "idempotent", False):
        found += [idempotency.IdempotencyKeyReused, idempotency.StillRunning]
    if getattr(view, "if_match", False):
        found += [errors.VersionMismatch, preconditions.PreconditionRequired]
    if getattr(view, "scopes", ()):
        found += [errors.NotFound, errors.Forbidden]  # no such grant, or one that allows something else
    return found
