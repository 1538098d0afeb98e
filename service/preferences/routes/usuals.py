"""HTTP of usuals."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Blueprint, Document, guests_too
from ...menu.errors import InvalidChoice
from .. import actions, queries, schemas
from ..errors import TooManyUsuals

usuals = Blueprint("usuals", __name__, url_prefix="/v1/me/usuals", description="Baskets that you named.")


@usuals.get("")
@guests_too
@usuals.response(200, schemas.UsualsSchema)
def list_usuals() -> Document:
    """List your usuals, in your own order"""
    return Document({"data": queries.shown_usuals(g.session, customer_id=g.caller.person_id)})


@usuals.post("")
@guests_too
@usuals.arguments(schemas.SaveUsualSchema)
@usuals.response(201, schemas.UsualSchema, versioned=True)
@usuals.refuses(InvalidChoice, TooManyUsuals)
def save_usual(usual: dict[str, Any]) -> Document:
    """Keep a basket under a name of your own"""
    return _usual(actions.save_usual(g.session, customer_id=g.caller.person_id, now=clock.now(), **usual))


@usuals.get("/<uuid:usual_id>")
@guests_too
@usuals.response(200, schemas.UsualSchema, versioned=True)
def read_usual(usual_id: UUID) -> Document:
    """Read a usual"""
    return _usual(usual_id)


@usuals.put("/<uuid:usual_id>")
@guests_too
@usuals.arguments(schemas.SaveUsualSchema)
@usuals.if_match
@usuals.response(200, schemas.UsualSchema, versioned=True)
@usuals.refuses(InvalidChoice)
def change_usual(usual: dict[str, Any], usual_id: UUID, *, expected_version: int) -> Document:
    """Say a usual anew"""
    actions.change_usual(
        g.session,
        customer_id=g.caller.person_id,
        usual_id=usual_id,
        expected_version=expected_version,
        now=clock.now(),
        **usual,
    )
    return _usual(usual_id)


@usuals.delete("/<uuid:usual_id>")
@guests_too
@usuals.if_match
@usuals.response(204)
def forget_usual(usual_id: UUID, *, expected_version: int) -> None:
    """Forget a usual"""
    actions.forget_usual(
        g.session,
        customer_id=g.caller.person_id,
        usual_id=usual_id,
        expected_version=expected_version,
        now=clock.now(),
    )


def _usual(usual_id: UUID) -> Document:
    shown = queries.shown_usual(g.session, customer_id=g.caller.person_id, usual_id=usual_id)
    return Document(shown, version=shown["version"])
