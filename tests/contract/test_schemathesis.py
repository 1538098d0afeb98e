"""Every operation keeps its documentation, whatever is sent to it, by whomever (Schemathesis).

Half of the requests keep the document's rules and half break one; part of them name things that exist, so that
they get past the door. SCHEMATHESIS_EXAMPLES=500 runs a campaign, SCHEMATHESIS_SEED=… another one.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy.orm import Session

from service.http.edge import Edge

from .world import ACTORS, World

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text())
OPERATIONS = {
    operation["operationId"]: (method, path)
    for path, entry in DOCUMENT["paths"].items()
    for method, operation in entry.items()
    if method != "parameters"
}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "15"))
SEED = int(os.environ.get("SCHEMATHESIS_SEED", "20261122"))
FEW = {"follow_order": 4, "follow_queue": 4, "follow_standing_order": 4}  # a stream of an open order lasts a second

# Part of every campaign: fields whose values must exist to get anywhere.
Known = dict[str, list[str]]


@pytest.mark.parametrize("operation_id", sorted(OPERATIONS))
def test_an_operation_keeps_its_documentation(app: Edge, session: Session, operation_id: str) -> None:
    world = World(app, session)
    known = _known(world)
    method, path = OPERATIONS[operation_id]
    operation = _document(app)[path][method]
    kept, broken = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)
    examples = min(EXAMPLES, FEW.get(operation_id, EXAMPLES)) // (3 if app.database.is_postgresql else 1)

    @seed(SEED)
    @settings(
        max_examples=max(examples, 4),
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=kept | broken, actor=st.sampled_from(ACTORS), draw=st.data(), aimed=st.booleans())
    def answers(case: Any, actor: str, draw: st.DataObject, aimed: bool) -> None:
        if aimed:
            _aim(case, known, draw)
        # Unzipped: the client in between takes the bytes as they come.
        answer = case.call(headers=world.headers(actor) | {"Accept-Encoding": "identity"})
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code == 401:
            world.headers(actor, anew=True)  # it signed itself out

    print(f"SCHEMATHESIS_SEED={SEED} SCHEMATHESIS_EXAMPLES={EXAMPLES}")  # noqa: T201 - shown where it fails
    answers()


@cache
def _document(app: Edge) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", app)


def _known(world: World) -> Known:
    menu = world.menu
    orders = [
        world.order("customer"),
        world.order("guest"),
        world.order("customer", "fired", "in_preparation", "ready"),
        world.order("customer", "fired", "in_preparation", "ready", "picked_up"),
    ]
    quotes = [world.quote(actor)["id"] for actor in ("customer", "customer", "guest", "manager", "operator")]
    replacing = world.quote("customer", replaces_order_id=orders[0]["id"])["id"]
    stars = world.loyalty("customer")
    named_stars = ("redemption_id", "gift_id", "pool_id", "claim_id", "month", "promotion")
    things = [menu.americano, menu.croissant, menu.tall, menu.oat]
    return {
        "store_id": [str(world.store_id), str(world.other_store_id)],
        "order_id": [order["id"] for order in orders],
        "replaces_order_id": [order["id"] for order in orders],
        "client_order_id": [orders[0]["client_order_id"], "another-id-of-mine"],
        "quote_id": [replacing, *quotes],
        "item_id": [str(menu.americano), str(menu.croissant)],
        "size_id": [str(menu.tall), str(menu.grande)],
        "option_id": [str(option) for option in (menu.oat, menu.vanilla, menu.cream, menu.cocoa, menu.name_on_cup)],
        "subject_id": [str(thing) for thing in things],
        "person_id": [str(person.id) for person in world.people.values()],
        "session_id": [str(world.session_id("customer"))],
        "passkey_id": [str(world.passkey_id("customer"))],
        **{name: [str(stars[name])] for name in named_stars},
        "reward": ["off-1"],
        "receipt": [order["id"] for order in orders],
        "method": ["counter", "curbside"],
        "hours": ["Mo-Su 06:00-22:00", "24/7"],
        "If-Match": ['"1"', '"2"', '"3"'],
    }


def _aim(case: Any, known: Known, draw: st.DataObject) -> None:
    """Put things that exist where the request names some."""
    for parameters in (case.path_parameters, case.query, case.headers):
        for name in set(parameters or ()) & set(known):
            parameters[name] = draw.draw(st.sampled_from(known[name]))
    case.body = _aimed(case.body, known, draw)


def _aimed(value: Any, known: Known, draw: st.DataObject) -> Any:
    if isinstance(value, dict):
        return {
            name: draw.draw(st.sampled_from(known[name]))
            if name in known and isinstance(below, str)
            else _aimed(below, known, draw)
            for name, below in value.items()
        }
    if isinstance(value, list):
        return [_aimed(below, known, draw) for below in value]
    return value
