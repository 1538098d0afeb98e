"""The house keeps itself: what every package, route, refusal and table must look like."""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import g
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from service import errors
from service.db import Base
from service.errors import Refusal
from service.http.audiences import Audience
from service.http.blueprint import Operation
from service.http.edge import Edge

SERVICE = Path(__file__).parent.parent / "service"
FILES = sorted(SERVICE.rglob("*.py"))
PLUMBING = {"cli", "db", "demo", "http", "importing", "migrations", "reactions", "serving", "worker"}
PACKAGES = sorted(
    folder.name for folder in SERVICE.iterdir() if (folder / "__init__.py").exists() and folder.name not in PLUMBING
)
ROOMS = {
    "__init__",
    "routes",
    "schemas",
    "actions",
    "queries",
    "rules",
    "models",
    "errors",
    "templates",
    "static",
    "live",
}
# Ports to the outside and what stands in front of them; each more needs a reason, too.
MORE_ROOMS = {
    "accounts": {"tokens", "passwords", "mail", "seals"},
    "notifications": {"push", "carrying"},
    "payments": {"providers", "driving"},
}
BANNED = {"utils", "util", "helpers", "helper", "common", "manager", "data", "handle", "process", "misc"}
FILE_LINES, FUNCTION_LINES = 350, 60

# Writes that move money, stock or a store's time: repeating one must not move it twice.
SCARCE = {
    "make_card",
    "place_order",
    "change_order",
    "cancel_order",
    "move_order",
    "refund_order",
    "reject_lines",
    "answer_ask",
    "remake_order",
    "arrive",
    "arrive_to_pick_up",
    "accept_revision",
    "start_standing_order",
    "load_wallet",
    "send_transfer",
    "accept_transfer",
    "refuse_transfer",
    "withdraw_transfer",
    "buy_gift_card",
    "claim_gift_card",
    "cash_out",
    "withdraw_cash_out",
    "pay_out_cash_out",
    "accept_gift",
    "answer_claim",
    "cancel_redemption",
    "claim_stars",
    "give_stars",
    "leave_loyalty",
    "invite_to_pool",
    "join_pool",
    "make_pool",
    "merge_accounts",
    "redeem_stars",
    "refuse_gift",
    "take_back_gift",
}
# Writes that a screen keeps while it is offline and sends later, perhaps twice.
REPLAYED = {"bump", "start", "recall", "undo_bump", "register_walk_in"}
# Changes of what several people edit: each names the version it was made from.
CONTESTED = {
    "accept_passport",
    "change_hours",
    "change_profile",
    "change_remedy_table",
    "change_standing_order",
    "change_usual",
    "end_standing_order",
    "forget_preference",
    "forget_usual",
    "say_preference",
    "set_auto_reload",
    "switch_off_auto_reload",
    "undo_preference",
    "withdraw_preference",
}
# Refusals that no operation gives: their door is the command line, or an action that only other packages call.
OFF_THE_WIRE = {"InvalidMenu", "InvalidProgramme", "MoreThanPaid", "PaymentOver"}


def operations(app: Edge) -> list[tuple[Rule, Operation]]:
    """Return the operations with their rules."""
    views = ((rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules())
    return [(rule, view.operation) for rule, view in views if hasattr(view, "operation")]  # type: ignore[attr-defined]


def refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Return every refusal of the service."""
    for child in kind.__subclasses__():
        if child.__module__.startswith("service."):
            yield child
            yield from refusals(child)


def trees() -> Iterator[tuple[Path, ast.Module]]:
    """Return every file with its syntax tree."""
    for file in FILES:
        yield file.relative_to(SERVICE), ast.parse(file.read_text())


# ---- routes


def test_every_route_of_the_api_is_an_operation_with_an_audience(session_app: Edge) -> None:
    for rule in session_app.url_map.iter_rules():
        if rule.rule.startswith("/v1"):
            view = session_app.view_functions[rule.endpoint]
            assert inspect.isfunction(view), f"{rule} is no function"
            assert not hasattr(view, "view_class"), f"{rule} is a class of views"
            operation = getattr(view, "operation", None)
            assert isinstance(operation, Operation), f"{rule} is registered beside the Blueprint"
            assert isinstance(operation.audience, Audience), f"{rule} is for no one"


def test_an_operation_has_one_method_and_a_name_of_its_own(session_app: Edge) -> None:
    found = operations(session_app)

    names = [operation.name for _, operation in found]
    assert len(set(names)) == len(names)
    assert all(len((rule.methods or set()) - {"HEAD", "OPTIONS"}) == 1 for rule, _ in found)
    assert all(rule.endpoint.rsplit(".", 1)[-1] == operation.name for rule, operation in found)


def test_a_route_without_an_audience_is_not_registered(session_app: Edge) -> None:
    """The control: forgetting the decorator fails at import, not in production."""
    from service.http import Blueprint

    with pytest.raises(AttributeError, match="audience"):
        Blueprint("forgetful", __name__).get("/forgotten")(lambda: None)


def test_writes_that_move_something_scarce_take_an_idempotency_key(session_app: Edge) -> None:
    assert {operation.name for _, operation in operations(session_app) if operation.idempotent} == SCARCE | REPLAYED


def test_changes_of_what_several_people_edit_name_their_version(session_app: Edge) -> None:
    documented = session_app.test_client().get("/openapi.json").json["paths"]
    guarded = {
        operation["operationId"]
        for path in documented.values()
        for method, operation in path.items()
        if method != "parameters" and "428" in operation["responses"]
    }
    assert guarded == CONTESTED


def test_only_reading_operations_are_read(session_app: Edge) -> None:
    assert all(
        operation.writes == ("GET" not in (rule.methods or set())) for rule, operation in operations(session_app)
    )


@pytest.mark.broken_on_purpose
def test_a_get_runs_in_a_transaction_that_can_not_write(
    app: Edge, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A view that writes on GET: the database itself refuses the statement. As a POST it may (the control)."""
    view = app.view_functions["stores.find_stores"]
    refused: list[DBAPIError] = []

    def writes() -> dict[str, Any]:
        try:
            g.session.execute(sa.text("DELETE FROM outbox"))
        except DBAPIError as error:
            refused.append(error)
        return {}

    writes._apidoc = view._apidoc  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "stores.find_stores", writes)
    writes.operation = replace(view.operation, writes=True)  # type: ignore[attr-defined]
    client.get("/v1/stores")
    assert not refused

    writes.operation = view.operation  # type: ignore[attr-defined]
    client.get("/v1/stores")
    assert "read" in str(refused[0].orig)


# ---- refusals


def test_every_refusal_is_documented_by_an_operation(session_app: Edge) -> None:
    documented = {kind.__name__ for _, operation in operations(session_app) for kind in operation.refusals}

    assert {kind.__name__ for kind in refusals()} - documented == OFF_THE_WIRE


def test_a_refusal_has_its_own_address_and_a_page_in_words(session_app: Edge) -> None:
    found = list(refusals())
    client = session_app.test_client()

    assert len({kind.slug() for kind in found}) == len(found)
    for kind in found:
        assert kind.__doc__, f"{kind.__name__} isn't explained"
        page = client.get(f"/problems/{kind.slug()}")
        assert (page.status_code, page.mimetype) == (200, "text/html")
        assert kind.title.replace("'", "&#39;") in page.text


def test_refusals_stand_in_their_packages_errors() -> None:
    # The general ones, and those of the edge beside the code that gives them.
    for kind in refusals():
        package = kind.__module__.split(".")[1]
        assert package == "http" or kind.__module__.endswith("errors"), f"{kind.__name__} stands in {kind.__module__}"


def test_a_refusals_docstring_in_an_action_names_what_is_raised() -> None:
    """`Raises A, B.` in a docstring names refusals (or errors) that exist."""
    known = {kind.__name__ for kind in refusals()} | set(dir(builtins))
    known |= {node.name for _, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    known |= {"PyJWTError", "InvalidKeyError", "SQLAlchemyError", "OSError"}
    for file, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                for name in _raised_names(ast.get_docstring(node) or ""):
                    assert name in known, f"{file}: {node.name} says that it raises {name}"


def _raised_names(docstring: str) -> list[str]:
    _, found, rest = " ".join(docstring.split()).partition("Raises ")
    if not found:
        return []
    words = rest.replace(",", " ").split()
    names = []
    for word in words:
        if not word.rstrip(".;")[0].isupper() and word != "and":
            break
        if word != "and":
            names.append(word.rstrip(".;:").rsplit(".", 1)[-1])
        if word.endswith((".", ";", ":")):
            break
    return names


# ---- rooms


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_has_only_the_known_rooms(package: str) -> None:
    found = {entry.stem for entry in (SERVICE / package).iterdir() if not entry.name.startswith(("__pycache__", "."))}

    assert found <= ROOMS | MORE_ROOMS.get(package, set())


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_in_its_first_paragraph_what_it_owns(package: str) -> None:
    docstring = ast.get_docstring(ast.parse((SERVICE / package / "__init__.py").read_text()))

    assert docstring
    assert "\n\n" not in docstring


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not [file for file in FILES if {file.stem, file.parent.name} & BANNED]


def test_files_stay_short() -> None:
    long = {str(file.relative_to(SERVICE)): len(file.read_text().splitlines()) for file in FILES}

    assert not {file: lines for file, lines in long.items() if lines > FILE_LINES and "migrations" not in file}


def test_functions_stay_short() -> None:
    long = [
        f"{file}: {node.name}"
        for file, tree in trees()
        if file.parts[0] != "migrations"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES
    ]
    assert not long


def test_everything_public_says_what_it_does() -> None:
    silent = [
        f"{file}: {node.name}"
        for file, tree in trees()
        if file.parts[0] != "migrations"
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert not silent


def test_actions_take_a_session_and_never_commit() -> None:
    for file, tree in trees():
        if "actions" in (file.stem, file.parent.name) and file.parts[0] in PACKAGES:
            calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
            ends = [call for call in calls if ast.unparse(call.func) in {"session.commit", "session.rollback"}]
            assert not ends, f"{file} commits"


def test_the_domain_reads_no_clock() -> None:
    rooms = {"actions", "queries", "rules", "models"}
    for file, tree in trees():
        if rooms & {file.stem, *file.parts} and file.parts[0] in PACKAGES:
            reads = [
                node
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}
                if isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date", "clock"}
            ]
            assert not reads, f"{file} reads the clock"


# ---- tables


def test_every_constraint_has_a_name() -> None:
    for table in Base.metadata.sorted_tables:
        for constraint in (*table.constraints, *table.indexes):
            name = str(constraint.name or "")
            assert name.startswith(("pk_", "fk_", "uq_", "ck_", "ix_")), f"{table}: {constraint!r}"
            assert len(name) <= 63, f"PostgreSQL would cut {name}"


def test_every_table_of_a_package_is_its_own(session: Session) -> None:
    for mapper in Base.registry.mappers:
        home = mapper.class_.__module__.split(".")[1]
        assert home in {*PACKAGES, "http", "events"}, f"{mapper.class_} has no home"
        assert all(relation.lazy == "raise" for relation in mapper.relationships)


def test_the_database_has_the_tables_of_the_models(session: Session) -> None:
    kept = set(sa.inspect(session.connection()).get_table_names())

    assert {table.name for table in Base.metadata.sorted_tables} <= kept


def test_general_refusals_are_few() -> None:
    general = {kind.__name__ for kind in refusals() if kind.__module__ == errors.__name__}

    assert general == {
        "Unauthenticated",
        "Forbidden",
        "NotFound",
        "Invalid",
        "VersionMismatch",
        "TooManyRequests",
        "Unavailable",
    }
