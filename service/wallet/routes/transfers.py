"""HTTP of transfers to another customer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Blueprint, Document, Page, customer_only, page_schema
from ...http.pages import decode_cursor
from .. import actions, queries, schemas
from ..errors import InsufficientBalance, TransferNotOpen

transfers = Blueprint(
    "wallet-transfers", __name__, url_prefix="/v1/me/wallet/transfers", description="Money to another customer."
)


@transfers.post("")
@customer_only
@transfers.arguments(schemas.SendTransferSchema)
@transfers.idempotent
@transfers.response(201, schemas.TransferSchema, versioned=True)
@transfers.refuses(InsufficientBalance)
def send_transfer(transfer: dict[str, Any]) -> Document:
    """Send money to the reader of an e-mail address; it comes back where they don't accept it within 14 days"""
    return _transfer(actions.send_transfer(g.session, sender_id=g.caller.person_id, now=clock.now(), **transfer))


def _transfer(transfer_id: UUID) -> Document:
    g.session.flush()  # the answer is read from the table
    shown = queries.transfer_of(g.session, transfer_id=transfer_id, person_id=g.caller.person_id)
    return Document(shown, version=shown["version"])


@transfers.get("")
@customer_only
@transfers.arguments(schemas.TransfersQuery, location="query")
@transfers.response(200, page_schema(schemas.TransferSchema))
def list_transfers(query: dict[str, Any]) -> Document:
    """List what you sent and what waits for you or was sent to you, newest first"""
    (before,) = decode_cursor(query["cursor"], UUID) or (None,)
    found = queries.transfers_of(
        g.session, person_id=g.caller.person_id, role=query["role"], before=before, limit=query["limit"]
    )
    page = Page.of(found, query["limit"], lambda transfer: [transfer["id"]])
    return Document({"data": page.data, "next_cursor": page.next_cursor})


@transfers.get("/<uuid:transfer_id>")
@customer_only
@transfers.response(200, schemas.TransferSchema, versioned=True)
def show_transfer(transfer_id: UUID) -> Document:
    """Show a transfer that you sent or that was sent to you"""
    return _transfer(transfer_id)


@transfers.post("/<uuid:transfer_id>/acceptance")
@customer_only
@transfers.idempotent
@transfers.response(200, schemas.TransferSchema, versioned=True)
@transfers.refuses(TransferNotOpen)
def accept_transfer(transfer_id: UUID) -> Document:
    """Accept what was sent to your address"""
    actions.accept_transfer(g.session, transfer_id=transfer_id, receiver_id=g.caller.person_id, now=clock.now())
    return _transfer(transfer_id)


@transfers.post("/<uuid:transfer_id>/refusal")
@customer_only
@transfers.idempotent
@transfers.response(200, schemas.TransferSchema, versioned=True)
@transfers.refuses(TransferNotOpen)
def refuse_transfer(transfer_id: UUID) -> Document:
    """Refuse what was sent to your address: it goes back at once"""
    actions.refuse_transfer(g.session, transfer_id=transfer_id, receiver_id=g.caller.person_id, now=clock.now())
    return _transfer(transfer_id)


@transfers.post("/<uuid:transfer_id>/withdrawal")
@customer_only
@transfers.idempotent
@transfers.response(200, schemas.TransferSchema, versioned=True)
@transfers.refuses(TransferNotOpen)
def withdraw_transfer(transfer_id: UUID) -> Document:
    """Take back what you sent and nobody accepted yet"""
    actions.withdraw_transfer(g.session, transfer_id=transfer_id, sender_id=g.caller.person_id, now=clock.now())
    return _transfer(transfer_id)
