"""HTTP of what a store's staff do with an order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Document, staff_only
from .. import actions, errors, schemas
from .context import MAKERS, order_answer, orders


@orders.post("/<uuid:order_id>/transitions")
@staff_only(*MAKERS)
@orders.arguments(schemas.MoveOrderSchema)
@orders.idempotent
@orders.response(200, schemas.OrderSchema, versioned=True)
@orders.refuses(errors.OwnOrder, errors.TransitionRefused, errors.PaymentPending)
def move_order(move: dict[str, Any], order_id: UUID) -> Document:
    """Move an order to its next state"""
    return order_answer(
        actions.move_order(
            g.session,
            order_id=order_id,
            store_ids=g.caller.store_ids_as(*MAKERS),
            actor_id=g.caller.person_id,
            now=clock.now(),
            **move,
        )
    )


@orders.post("/<uuid:order_id>/refunds")
@staff_only(*MAKERS)
@orders.arguments(schemas.RefundOrderSchema)
@orders.idempotent
@orders.response(201, schemas.RefundSchema)
@orders.refuses(errors.OwnOrder, errors.NothingToRefund)
def refund_order(refund: dict[str, Any], order_id: UUID) -> Document:
    """Give money back for an order"""
    return Document(
        actions.refund_order(
            g.session,
            order_id=order_id,
            store_ids=g.caller.store_ids_as(*MAKERS),
            actor_id=g.caller.person_id,
            now=clock.now(),
            **refund,
        )
    )


@orders.post("/<uuid:order_id>/rejections")
@staff_only(*MAKERS)
@orders.arguments(schemas.RejectLinesSchema)
@orders.idempotent
@orders.response(200, schemas.OrderSchema, versioned=True)
@orders.refuses(errors.OwnOrder, errors.AlreadyMade, errors.LinesChanged)
def reject_lines(rejection: dict[str, Any], order_id: UUID) -> Document:
    """Say that lines of an order can't be made: each does what its customer chose"""
    return order_answer(
        actions.reject_lines(
            g.session,
            order_id=order_id,
            store_ids=g.caller.store_ids_as(*MAKERS),
            actor_id=g.caller.person_id,
            now=clock.now(),
            **rejection,
        )
    )
