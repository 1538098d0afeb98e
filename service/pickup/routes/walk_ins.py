"""HTTP of walk-ins: who orders at the counter is made among the others."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Blueprint, Document, staff_only
from ...http.limits import limit_guesses
from ...loyalty.errors import CardUnknown, StarsGiven
from ...menu.errors import InvalidChoice, NotAvailableNow, SoldOut
from ...orders import actions as orders
from ...orders import queries as order_queries
from ...orders.errors import CannotBeMadeHere, TransitionRefused
from .. import actions, schemas
from .queue import MAKERS

walk_ins = Blueprint(
    "walk-ins", __name__, url_prefix="/v1/stores/<uuid:store_id>/walk-ins", description="Who orders at the counter."
)


@walk_ins.get("")
@staff_only(*MAKERS)
@walk_ins.response(200, schemas.WalkInsSchema)
def list_walk_ins(store_id: UUID) -> Document:
    """List the walk-ins that are being made"""
    return Document({"data": order_queries.walk_ins(g.session, store_id=store_id)})


@walk_ins.post("")
@staff_only(*MAKERS)
@walk_ins.arguments(schemas.RegisterWalkInSchema)
@walk_ins.idempotent
@walk_ins.response(201, schemas.NewWalkInSchema)
@walk_ins.refuses(CannotBeMadeHere, InvalidChoice, NotAvailableNow, SoldOut)
def register_walk_in(walk_in: dict[str, Any], store_id: UUID) -> Document:
    """Register someone who ordered at the counter: their work takes the next free seconds"""
    return Document(
        actions.register_walk_in(g.session, store_id=store_id, by=g.caller.person_id, now=clock.now(), **walk_in)
    )


@walk_ins.put("/<uuid:walk_in_id>/loyalty-card")
@staff_only(*MAKERS)
@walk_ins.arguments(schemas.ShowLoyaltyCardSchema)
@walk_ins.response(204)
@walk_ins.refuses(CardUnknown, StarsGiven, TransitionRefused)
@limit_guesses(CardUnknown)
def show_loyalty_card(card: dict[str, Any], store_id: UUID, walk_in_id: UUID) -> None:
    """Note the loyalty card shown for a walk-in: its member earns the stars. Nothing tells whose it is"""
    by = g.caller.person_id
    actions.show_card(g.session, store_id=store_id, walk_in_id=walk_in_id, by=by, now=clock.now(), **card)


@walk_ins.delete("/<uuid:walk_in_id>")
@staff_only(*MAKERS)
@walk_ins.response(204)
def cancel_walk_in(store_id: UUID, walk_in_id: UUID) -> None:
    """Cancel a walk-in: they went. What was made and handed over is bumped instead"""
    orders.cancel_walk_in(g.session, store_id=store_id, walk_in_id=walk_in_id, by=g.caller.person_id, now=clock.now())
