"""HTTP of being in the programme, and in its promotions."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import g

from ... import clock
from ...errors import NotFound
from ...http import Blueprint, Document, customer_only
from .. import actions, queries, schemas
from ..errors import NotEnoughStars, NotJoined, RewardsGone, StarsLeft

membership = Blueprint("membership", __name__, url_prefix="/v1/me/loyalty", description="Your membership.")


@membership.put("")
@customer_only
@membership.response(200, schemas.LoyaltyMembershipSchema, versioned=True)
@membership.refuses(NotFound)
def join_loyalty() -> Document:
    """Join the programme; ordering never needs it"""
    now = clock.now()
    actions.join(g.session, customer_id=g.caller.person_id, now=now)
    return _shown()


def _shown() -> Document:
    shown = queries.shown_member(g.session, customer_id=g.caller.person_id, now=clock.now())
    # Time alone changes what is shown: what expires, becomes available or leaves the twelve months. So do open orders.
    stars, tier = shown["stars"], shown["tier"]
    parts = (shown["version"], shown["programme_version"], stars["available"], stars["pending"], _mark_of(shown))
    day = f"{tier['since']:%Y%m%d}"
    return Document(shown, version="-".join([*map(str, parts), day, str(len(shown["promotions"]))]))


def _mark_of(shown: dict[str, Any]) -> str:
    """Return what tells the open orders of one answer from those of another."""
    told = repr([(each["order_id"], each["programme_version"], each["rules"]) for each in shown["open_orders"]])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


@membership.get("")
@customer_only
@membership.response(200, schemas.LoyaltyMembershipSchema, versioned=True)
@membership.refuses(NotJoined, NotFound)
def show_loyalty() -> Document:
    """Show your stars, your tier and the promotions"""
    return _shown()


@membership.delete("")
@customer_only
@membership.arguments(schemas.LeaveSchema, location="query")
@membership.idempotent
@membership.response(200, schemas.LeavingStatementSchema)
@membership.refuses(NotJoined, StarsLeft, NotEnoughStars, RewardsGone, NotFound)
def leave_loyalty(query: dict[str, Any]) -> Document:
    """Leave the programme, and say what becomes of your stars"""
    return Document(actions.leave(g.session, customer_id=g.caller.person_id, now=clock.now(), **query))


@membership.put("/promotions/<string(maxlength=40):promotion>")
@customer_only
@membership.response(200, schemas.LoyaltyMembershipSchema, versioned=True)
@membership.refuses(NotJoined)
def opt_in(promotion: str) -> Document:
    """Be in a promotion from now on"""
    actions.opt_in(g.session, customer_id=g.caller.person_id, promotion=promotion, now=clock.now())
    return _shown()


@membership.delete("/promotions/<string(maxlength=40):promotion>")
@customer_only
@membership.response(204)
@membership.refuses(NotJoined)
def opt_out(promotion: str) -> None:
    """Be in a promotion no more; what it gave stays yours"""
    actions.opt_out(g.session, customer_id=g.caller.person_id, promotion=promotion, now=clock.now())
