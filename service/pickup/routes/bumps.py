"""HTTP of what staff do at the queue."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Blueprint, Document, staff_only
from ...orders.errors import LinesChanged, TransitionRefused
from .. import actions, schemas
from ..errors import NotToBeUndone
from .queue import MAKERS

bumps = Blueprint("bumps", __name__, url_prefix="/v1/stores/<uuid:store_id>", description="What staff do at the queue.")


def _touch(kind: str, store_id: UUID, body: dict[str, Any]) -> Document:
    touched = actions.touch_ticket(
        g.session, store_id=store_id, kind=kind, by=g.caller.person_id, now=clock.now(), **body
    )
    return Document(touched)


@bumps.post("/bumps")
@staff_only(*MAKERS)
@bumps.arguments(schemas.TouchTicketSchema)
@bumps.idempotent
@bumps.response(200, schemas.TouchedSchema)
@bumps.refuses(TransitionRefused, LinesChanged)
def bump(body: dict[str, Any], store_id: UUID) -> Document:
    """Bump a line, a station or a ticket: it is done"""
    return _touch("bump", store_id, body)


@bumps.post("/bumps/<uuid:bump_id>/undo")
@staff_only(*MAKERS)
@bumps.idempotent
@bumps.response(200, schemas.TouchedSchema)
@bumps.refuses(TransitionRefused, NotToBeUndone)
def undo_bump(store_id: UUID, bump_id: UUID) -> Document:
    """Undo one bump, start or recall"""
    return Document(
        actions.undo_bump(g.session, store_id=store_id, bump_id=bump_id, by=g.caller.person_id, now=clock.now())
    )


@bumps.post("/starts")
@staff_only(*MAKERS)
@bumps.arguments(schemas.TouchTicketSchema)
@bumps.idempotent
@bumps.response(200, schemas.TouchedSchema)
@bumps.refuses(TransitionRefused, LinesChanged)
def start(body: dict[str, Any], store_id: UUID) -> Document:
    """Start on a line, a station or a ticket"""
    return _touch("start", store_id, body)


@bumps.post("/recalls")
@staff_only(*MAKERS)
@bumps.arguments(schemas.TouchTicketSchema)
@bumps.idempotent
@bumps.response(200, schemas.TouchedSchema)
@bumps.refuses(TransitionRefused, LinesChanged)
def recall(body: dict[str, Any], store_id: UUID) -> Document:
    """Recall a line, a station or a ticket to its old place: it is to be made again"""
    return _touch("recall", store_id, body)


@bumps.put("/queue/<uuid:order_id>/rush")
@staff_only(*MAKERS)
@bumps.response(200, schemas.TicketSchema)
@bumps.refuses(TransitionRefused)
def rush_order(store_id: UUID, order_id: UUID) -> Document:
    """Mark a ticket as urgent"""
    return _rush(store_id, order_id, rush=True)


@bumps.delete("/queue/<uuid:order_id>/rush")
@staff_only(*MAKERS)
@bumps.response(200, schemas.TicketSchema)
@bumps.refuses(TransitionRefused)
def stop_rushing_order(store_id: UUID, order_id: UUID) -> Document:
    """Mark a ticket as urgent no more"""
    return _rush(store_id, order_id, rush=False)


def _rush(store_id: UUID, order_id: UUID, *, rush: bool) -> Document:
    return Document(
        actions.rush_order(
            g.session, store_id=store_id, order_id=order_id, rush=rush, by=g.caller.person_id, now=clock.now()
        )
    )
