"""The OpenAPI document at /openapi.json and Swagger UI at /docs, all from this process: no third party."""

from __future__ import annotations

from pathlib import Path
from threading import RLock
from typing import Any

import flask_smorest
import flask_swagger_ui
import orjson
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, Response, current_app, g, make_response, render_template, send_from_directory

from . import fields, problems
from .schemas import ProblemSchema

_ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"


class Api(flask_smorest.Api):
    """flask-smorest's Api with problem+json as the error format; the handlers are ours.

    Describing two hundred operations takes more than all else of building an application, and most processes are never
    asked for it: blueprints are described when `spec` is first read.
    """

    ERROR_SCHEMA = ProblemSchema
    # No "default" answer: every status is documented by name, so that one that isn't stands out as a fault.
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask, **options: Any) -> None:
        self._undescribed: list[Any] = []
        self._describing = RLock()  # requests that ask at once wait for the whole of it
        super().__init__(app, **options)

    @property
    def spec(self) -> Any:
        """The document, with every blueprint that is registered by now."""
        with self._describing:
            while self._undescribed:
                blueprint = self._undescribed.pop(0)
                blueprint.register_views_in_doc(self, self._app, self._spec, name=blueprint.name, parameters=None)
                self._spec.tag({"name": blueprint.name, "description": blueprint.description})
            return self._spec

    @spec.setter
    def spec(self, spec: Any) -> None:
        self._spec = spec

    def register_blueprint(self, blueprint: Any) -> None:
        """Register a blueprint with the application; it is described later."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint)
        self._undescribed.append(blueprint)

    def _register_pagination_header(self) -> None:
        """Describe no header: lists are paged by cursor, in the body."""

    def _register_error_handlers(self) -> None:
        problems.register(self._app)


def register(app: Flask, version: str) -> Api:
    """Return the Api that blueprints register with; serve its document and the pages."""
    app.config.update(
        API_TITLE="Sayso",
        API_VERSION=version,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
    )
    plugin = MarshmallowPlugin(schema_name_resolver=_schema_name)
    api = Api(app, spec_kwargs={"marshmallow_plugin": plugin, "info": {"description": _ABOUT}})
    assert plugin.converter is not None  # made with the Api
    plugin.converter.add_parameter_attribute_function(_without_null)
    plugin.converter.add_attribute_function(_any_of)  # type: ignore[no-untyped-call]
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    app.add_url_rule("/docs", "docs", _page)
    app.add_url_rule("/docs/assets/<path:name>", "docs_asset", _asset)
    return api


_ABOUT = (
    "Order ahead, set your own preferences, manage loyalty, choose a room: the customer decides. "
    "Every refusal is a problem (RFC 9457); every write that moves something scarce takes an Idempotency-Key."
)


def _schema_name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema")


def _page() -> Response:
    # Swagger UI makes its HTML through DOMPurify, which asks for a policy of this name; its Markdown widget doesn't.
    g.trusted_types = "dompurify default"
    return make_response(render_template("docs.html"))


def _without_null(_converter: Any, _field: Any, *, ret: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Document a query's parameter without null: an address can leave one out, it can't say null."""
    schema = dict(ret["schema"])
    if isinstance(schema.get("type"), list):
        (schema["type"],) = (kind for kind in schema["type"] if kind != "null")
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    if "default" in schema and schema["default"] is None:
        del schema["default"]
    return {"schema": schema}


def _any_of(converter: Any, field: Any, **_: Any) -> dict[str, Any]:
    """Document each form that the field may have."""
    if not isinstance(field, fields.AnyOf):
        return {}
    return {"anyOf": [converter.resolve_nested_schema(form) for form in field.forms]}


def _asset(name: str) -> Response:
    return send_from_directory(_ASSETS, name, max_age=86_400)


def document(app: Flask) -> bytes:
    """Return the OpenAPI document as it is kept in docs/openapi.json."""
    with app.test_request_context():
        api: Any = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
        return orjson.dumps(api.spec.to_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
