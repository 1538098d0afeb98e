"""HTTP of paying cash-outs over a store's counter."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Blueprint, Document, staff_only
from ...http.limits import limit_codes
from .. import actions, queries, schemas
from ..errors import CashOutNotOpen, OwnCashOut

tills = Blueprint(
    "tills", __name__, url_prefix="/v1/stores/<uuid:store_id>/cash-outs", description="What a store's till pays out."
)


@tills.post("")
@staff_only("barista", "manager")
@tills.arguments(schemas.PayOutSchema)
@tills.idempotent
@tills.response(201, schemas.PaidOutSchema)
@tills.refuses(CashOutNotOpen, OwnCashOut)
@limit_codes
def pay_out_cash_out(paid: dict[str, Any], store_id: UUID) -> Document:
    """Record what the till paid to the customer who showed this code"""
    cash_out_id = actions.pay_out(g.session, store_id=store_id, staff_id=g.caller.person_id, now=clock.now(), **paid)
    g.session.flush()  # the answer is read from the table
    return Document(queries.paid_out(g.session, cash_out_id=cash_out_id))
