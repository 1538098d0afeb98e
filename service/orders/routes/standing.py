"""HTTP of standing orders."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, g

from ... import clock
from ...errors import Invalid
from ...http import Blueprint, Document, customer_only
from ...http.live import Access, follow
from .. import actions, errors, queries, schemas
from ..live import STANDING

standing_orders = Blueprint(
    "standing-orders",
    __name__,
    url_prefix="/v1/me/standing-orders",
    description="Usuals on days of your own.",
)


@standing_orders.get("")
@customer_only
@standing_orders.response(200, schemas.StandingOrdersSchema)
def list_standing_orders() -> Document:
    """List your standing orders"""
    return Document({"data": queries.standing_orders(g.session, customer_id=g.caller.person_id)})


@standing_orders.post("")
@customer_only
@standing_orders.arguments(schemas.SayStandingOrderSchema)
@standing_orders.idempotent
@standing_orders.response(201, schemas.StandingOrderSchema, versioned=True)
@standing_orders.refuses(errors.TooManyStandingOrders)
def start_standing_order(said: dict[str, Any]) -> Document:
    """Have a usual ordered on days of your own"""
    return _answer(actions.start_standing_order(g.session, customer_id=g.caller.person_id, now=clock.now(), **said))


@standing_orders.get("/<uuid:standing_order_id>")
@customer_only
@standing_orders.response(200, schemas.StandingOrderSchema, versioned=True)
def read_standing_order(standing_order_id: UUID) -> Document:
    """Read a standing order, and what became of its last days"""
    return _answer(standing_order_id)


@standing_orders.put("/<uuid:standing_order_id>")
@customer_only
@standing_orders.arguments(schemas.SayStandingOrderSchema)
@standing_orders.if_match
@standing_orders.response(200, schemas.StandingOrderSchema, versioned=True)
def change_standing_order(said: dict[str, Any], standing_order_id: UUID, *, expected_version: int) -> Document:
    """Say a standing order anew, or pause it"""
    actions.change_standing_order(
        g.session,
        customer_id=g.caller.person_id,
        standing_order_id=standing_order_id,
        expected_version=expected_version,
        now=clock.now(),
        **said,
    )
    return _answer(standing_order_id)


@standing_orders.delete("/<uuid:standing_order_id>")
@customer_only
@standing_orders.if_match
@standing_orders.response(204)
def end_standing_order(standing_order_id: UUID, *, expected_version: int) -> None:
    """End a standing order; what it placed stays placed"""
    actions.end_standing_order(
        g.session,
        customer_id=g.caller.person_id,
        standing_order_id=standing_order_id,
        expected_version=expected_version,
    )


@standing_orders.post("/<uuid:standing_order_id>/skips")
@customer_only
@standing_orders.arguments(schemas.SkipDaySchema)
@standing_orders.response(200, schemas.StandingOrderSchema, versioned=True)
@standing_orders.refuses(errors.DayDone)
def skip_day(day: dict[str, Any], standing_order_id: UUID) -> Document:
    """Leave out one day"""
    actions.skip_day(
        g.session,
        customer_id=g.caller.person_id,
        standing_order_id=standing_order_id,
        now=clock.now(),
        **day,
    )
    return _answer(standing_order_id)


@standing_orders.delete("/<uuid:standing_order_id>/skips/<string:on>")
@customer_only
@standing_orders.response(204)
def unskip_day(standing_order_id: UUID, on: str) -> None:
    """Take a day in again that was left out"""
    try:
        day = date.fromisoformat(on)
    except ValueError as error:
        raise Invalid({"on": ["Not a date such as 2027-03-14."]}) from error
    actions.unskip_day(
        g.session, customer_id=g.caller.person_id, standing_order_id=standing_order_id, on=day, now=clock.now()
    )


@standing_orders.get("/<uuid:standing_order_id>/upcoming")
@customer_only
@standing_orders.arguments(schemas.UpcomingQuery, location="query")
@standing_orders.response(200, schemas.UpcomingSchema)
def list_upcoming(query: dict[str, Any], standing_order_id: UUID) -> Document:
    """List the days to come, also those that are left out"""
    return Document(
        queries.upcoming(
            g.session,
            customer_id=g.caller.person_id,
            standing_order_id=standing_order_id,
            now=clock.now(),
            **query,
        )
    )


@standing_orders.get("/<uuid:standing_order_id>/events")
@customer_only
@standing_orders.live
def follow_standing_order(standing_order_id: UUID) -> Response:
    """Follow a standing order live: placed, asked, skipped"""
    queries.standing_order_of(g.session, customer_id=g.caller.person_id, standing_order_id=standing_order_id)
    return follow(STANDING, standing_order_id, access=Access(owner_id=g.caller.person_id), ends=False)


def _answer(standing_order_id: UUID) -> Document:
    shown = queries.standing_order(g.session, customer_id=g.caller.person_id, standing_order_id=standing_order_id)
    return Document(shown, version=_version(shown))


def _version(shown: dict[str, Any]) -> int:
    """Return the number in the ETag: the version of what was said."""
    version: int = shown["version"]
    return version
