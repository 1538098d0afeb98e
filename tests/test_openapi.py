"""The OpenAPI document: kept in the repository, valid, complete, and readable without any third party."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from schemathesis.specs.openapi import definitions

from service.http import docs
from service.http.edge import Edge

KEPT = Path(__file__).parent.parent / "docs" / "openapi.json"
METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture(scope="session")
def document(session_app: Edge) -> dict[str, Any]:
    """The document as it is served."""
    served: dict[str, Any] = session_app.test_client().get("/openapi.json").json
    return served


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the operations by method and path."""
    for path, entry in document["paths"].items():
        for method in METHODS & set(entry):
            yield f"{method.upper()} {path}", entry[method]


def test_the_kept_document_is_that_of_the_code(session_app: Edge) -> None:
    assert KEPT.read_bytes() == docs.document(session_app), "run `make openapi`"


def test_the_command_writes_the_document(session_app: Edge, tmp_path: Path) -> None:
    written = tmp_path / "openapi.json"

    done = session_app.test_cli_runner().invoke(args=["openapi", str(written)])

    assert done.exit_code == 0, done.output
    assert written.read_bytes() == KEPT.read_bytes()


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    definitions.OPENAPI_31_VALIDATOR.validate(document)


def test_every_reference_leads_somewhere_and_every_schema_is_used(document: dict[str, Any]) -> None:
    found = set(re.findall(r'"#/components/schemas/([^"]+)"', KEPT.read_text()))

    assert found == set(document["components"]["schemas"])


def test_schemas_have_one_name_each(document: dict[str, Any]) -> None:
    assert not [name for name in document["components"]["schemas"] if name[-1].isdigit()]


def test_every_operation_says_what_it_is(document: dict[str, Any]) -> None:
    names = []
    for where, operation in operations(document):
        names.append(operation["operationId"])
        assert operation["summary"], where
        assert not operation["summary"].endswith("."), where
        assert operation["tags"], where
        assert operation["x-audience"], where
        assert operation["security"] == ([] if operation["x-audience"] == "public" else [{"bearer": []}]), where
    assert len(set(names)) == len(names)


def test_every_answer_has_a_schema(document: dict[str, Any]) -> None:
    for where, operation in operations(document):
        assert "default" not in operation["responses"], where
        for status, answer in operation["responses"].items():
            assert answer["description"], (where, status)
            if status in {"204", "304"}:
                assert "content" not in answer, (where, status)
                continue
            expected = "application/problem+json" if status >= "400" else None
            for media_type, content in answer["content"].items():
                assert content["schema"], (where, status)
                assert expected in (None, media_type), (where, status)


def test_every_body_is_a_schema_that_takes_nothing_else(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for where, operation in operations(document):
        if "requestBody" in operation:
            body = operation["requestBody"]
            assert body["required"], where
            name = body["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
            for below in _within(schemas, name):
                assert schemas[below]["additionalProperties"] is False, (where, below)


def _within(schemas: dict[str, Any], name: str, seen: tuple[str, ...] = ()) -> set[str]:
    found = {name}
    for below in re.findall(r"#/components/schemas/(\w+)", str(schemas[name])):
        if below not in (*seen, name):
            found |= _within(schemas, below, (*seen, name))
    return found


def test_input_is_bounded(document: dict[str, Any]) -> None:
    """Text, numbers and lists that a client sends have a most; otherwise the first to find it is a database."""
    schemas = document["components"]["schemas"]
    for where, operation in operations(document):
        if "requestBody" in operation:
            name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
            for below in _within(schemas, name):
                for field, schema in schemas[below]["properties"].items():
                    assert _is_bounded(schema), (where, below, field)


def _is_bounded(schema: dict[str, Any]) -> bool:
    kinds = schema.get("type", [])
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    if "string" in kinds:
        return bool({"maxLength", "enum"} & set(schema)) or schema.get("format") in {"uuid", "date-time", "date"}
    if {"integer", "number"} & kinds:
        return {"minimum", "maximum"} <= set(schema)
    if "array" in kinds:
        return "maxItems" in schema and _is_bounded(schema["items"])
    if "object" in kinds:
        return "maxProperties" in schema
    return "$ref" in schema or kinds <= {"boolean", "null"}


def test_every_order_and_quote_has_lines_with_sources(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in ("Order", "Quote"):
        assert _name(schemas[name]["properties"]["lines"]["items"]) == "OrderLine"
    assert _name(schemas["OrderLine"]["properties"]["modifiers"]["items"]) == "LineModifier"
    assert _name(schemas["LineModifier"]["properties"]["modifiers"]["items"]) == "LineModifier"


def _name(schema: dict[str, Any]) -> str:
    reference: str = schema["$ref"]
    return reference.rsplit("/", 1)[-1]


def test_money_is_whole_minor_units_everywhere(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, entry in schema.get("properties", {}).items():
            if field.endswith("_minor"):
                assert "integer" in entry["type"], (name, field)


# ---- the pages


def test_the_document_pages_name_no_third_party(session_app: Edge) -> None:
    client = session_app.test_client()
    page = client.get("/docs")

    addresses = re.findall(r'(?:src|href|url)\s*[=:]\s*"([^"]+)"', page.text)
    assert page.status_code == 200
    assert addresses
    assert all(address.startswith("/") and not address.startswith("//") for address in addresses)
    for address in addresses:
        with client.get(address) as asset:
            assert asset.status_code == 200


def test_the_pages_policy_lets_nothing_else_in(session_app: Edge) -> None:
    policy = session_app.test_client().get("/docs").headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "unsafe" not in policy
    assert "*" not in policy


def test_the_stylesheet_loads_nothing_from_elsewhere(session_app: Edge) -> None:
    with session_app.test_client().get("/docs/assets/swagger-ui.css") as style:
        assert not re.findall(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", style.text)
