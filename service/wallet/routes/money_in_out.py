"""HTTP of loads, the rule for automatic ones, and cash-outs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy.orm import Session

from ... import clock
from ...errors import NotFound
from ...http import Blueprint, Document, Page, PageQuery, answer_after_commit, customer_only, guests_too, page_schema
from ...http.pages import decode_cursor
from ...payments import driver
from .. import actions, queries, schemas
from ..errors import CashOutNotOpen, InsufficientBalance, NothingToGiveBackTo

money = Blueprint(
    "wallet-money", __name__, url_prefix="/v1/me/wallet", description="Money into your wallet, and out of it."
)


@money.post("/loads")
@customer_only
@money.arguments(schemas.LoadWalletSchema)
@money.idempotent
@money.response(201, schemas.WalletLoadSchema)
@money.refuses(NotFound)
def load_wallet(load: dict[str, Any]) -> Document:
    """Load your wallet from a payment method; it is there once the load is settled"""
    load_id = actions.begin_load(g.session, customer_id=g.caller.person_id, now=clock.now(), **load)
    return _settled(lambda session: queries.load_of(session, load_id=load_id, customer_id=g.caller.person_id))


def _settled(show: Callable[[Session], dict[str, Any]]) -> Document:
    """Have the payments that it shows driven as soon as it is committed, and answer what came of that."""
    begun = show(g.session)
    payment_ids = [part["payment_id"] for part in begun.get("parts", [begun])]

    if payment_ids:
        drive = partial(driver().drive_in_time, payment_ids, now=clock.now)
        answer_after_commit(drive, lambda session: Document(show(session)))
    return Document(begun)


@money.get("/loads")
@customer_only
@money.arguments(PageQuery, location="query")
@money.response(200, page_schema(schemas.WalletLoadSchema))
def list_loads(query: dict[str, Any]) -> Document:
    """List your loads, newest first"""
    return _listed(queries.loads_of, query)


def _listed(listing: Any, query: dict[str, Any]) -> Document:
    (before,) = decode_cursor(query["cursor"], UUID) or (None,)
    found = listing(g.session, customer_id=g.caller.person_id, before=before, limit=query["limit"])
    page = Page.of(found, query["limit"], lambda each: [each["id"]])
    return Document({"data": page.data, "next_cursor": page.next_cursor})


@money.get("/loads/<uuid:load_id>")
@customer_only
@money.response(200, schemas.WalletLoadSchema)
def show_load(load_id: UUID) -> Document:
    """Show a load: pending, settled or failed"""
    return Document(queries.load_of(g.session, load_id=load_id, customer_id=g.caller.person_id))


@money.get("/auto-reload")
@customer_only
@money.response(200, schemas.AutoReloadSchema, versioned=True)
def show_auto_reload() -> Document:
    """Show what you said about loading by itself"""
    return _auto_reload()


def _auto_reload() -> Document:
    shown = queries.auto_reload_of(g.session, customer_id=g.caller.person_id)
    return Document(shown, version=shown["version"])


@money.put("/auto-reload")
@customer_only
@money.arguments(schemas.AutoReloadSetSchema)
@money.if_match
@money.response(200, schemas.AutoReloadSchema, versioned=True)
@money.refuses(NotFound)
def set_auto_reload(rule: dict[str, Any], *, expected_version: int) -> Document:
    """Have your wallet loaded by itself when paying leaves too little in it, up to your own cap a week"""
    actions.set_auto_reload(
        g.session, customer_id=g.caller.person_id, expected_version=expected_version, now=clock.now(), **rule
    )
    return _auto_reload()


@money.delete("/auto-reload")
@customer_only
@money.if_match
@money.response(204)
def switch_off_auto_reload(*, expected_version: int) -> None:
    """Load nothing by itself any more"""
    actions.switch_off_auto_reload(
        g.session, customer_id=g.caller.person_id, expected_version=expected_version, now=clock.now()
    )


@money.post("/cash-outs")
@guests_too
@money.arguments(schemas.CashOutSchema)
@money.idempotent
@money.response(201, schemas.WalletCashOutSchema)
@money.refuses(InsufficientBalance, NothingToGiveBackTo)
def cash_out(wanted: dict[str, Any]) -> Document:
    """Take money out of your wallet, to the last cent: back to payment methods, or at a till of its currency"""
    made = actions.cash_out(g.session, customer_id=g.caller.person_id, now=clock.now(), **wanted)
    return _settled(lambda session: queries.cash_out_of(session, cash_out_id=made, customer_id=g.caller.person_id))


def _cash_out(cash_out_id: UUID) -> Document:
    return Document(queries.cash_out_of(g.session, cash_out_id=cash_out_id, customer_id=g.caller.person_id))


@money.get("/cash-outs")
@guests_too
@money.arguments(PageQuery, location="query")
@money.response(200, page_schema(schemas.WalletCashOutSchema))
def list_cash_outs(query: dict[str, Any]) -> Document:
    """List your cash-outs, newest first"""
    return _listed(queries.cash_outs_of, query)


@money.get("/cash-outs/<uuid:cash_out_id>")
@guests_too
@money.response(200, schemas.WalletCashOutSchema)
def show_cash_out(cash_out_id: UUID) -> Document:
    """Show a cash-out, with the code that a till needs as long as it waits for one"""
    return _cash_out(cash_out_id)


@money.post("/cash-outs/<uuid:cash_out_id>/withdrawal")
@guests_too
@money.idempotent
@money.response(200, schemas.WalletCashOutSchema)
@money.refuses(CashOutNotOpen)
def withdraw_cash_out(cash_out_id: UUID) -> Document:
    """Put what no till paid out yet back into your wallet"""
    actions.withdraw_cash_out(g.session, cash_out_id=cash_out_id, customer_id=g.caller.person_id, now=clock.now())
    g.session.flush()  # the answer is read from the table
    return _cash_out(cash_out_id)
