"""What the routes of orders share: their blueprint, who may act, how an order is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from flask import current_app, g
from sqlalchemy.orm import Session

from ... import clock
from ...accounts.rules.grants import Acting
from ...config import Settings
from ...http import Blueprint, Document, answer_after_commit, committed
from ...loyalty.errors import NotEnoughStars, NotJoined, RedemptionOver, RewardsGone
from ...menu.errors import InvalidChoice, NotAvailableNow, SoldOut
from ...payments import driver
from ...preferences.errors import Avoided, CeilingExceeded, DietNotStated
from ...sources import unexplained
from ...stores.errors import PickupTooSoon, StoreClosed, StorePaused
from .. import actions, errors, queries
from ..rules.declined import without_banks
from ..rules.stars import without_stars
from ..rules.states import State, next_actions
from ..rules.tenders import PENDING

orders = Blueprint(
    "orders",
    __name__,
    url_prefix="/v1/orders",
    template_folder="../templates",
    description="Orders, from placing to pickup.",
)

MAKERS = ("barista", "manager")
"""Who may move and refund a store's orders; the rest of its staff may look."""

NOT_TO_BE_HAD = (
    InvalidChoice,
    Avoided,
    DietNotStated,
    CeilingExceeded,
    SoldOut,
    NotAvailableNow,
    StoreClosed,
    StorePaused,
    PickupTooSoon,
    errors.WindowFull,
    errors.NoWindow,
    errors.CannotBeMadeHere,
)
"""Why a basket can't be had, for the asked time or at all."""

REWARDS_OVER = (NotJoined, NotEnoughStars, RedemptionOver, RewardsGone)
"""Why a reward in a basket can't be used."""

NOT_UNDER_THE_GRANT = (errors.DailyLimitReached, errors.OtherCurrency)
"""Why something that costs more can't be done under a grant."""


def acting() -> Acting | None:
    """Return under which grant the caller acts, None where they act for themselves."""
    return cast(Acting | None, g.acting)


def customer_id() -> UUID:
    """Return whose orders the request is about: the giver of the grant that it names, or the caller."""
    under = acting()
    person_id: UUID = g.caller.person_id if under is None else under.giver_id
    return person_id


def grant_id() -> UUID | None:
    """Return the grant that the request names, None for none."""
    under = acting()
    return under.grant_id if under is not None else None


def quote_seconds() -> int:
    """Return for how long a quote holds."""
    settings: Settings = current_app.extensions["sayso.settings"]
    return settings.quote_seconds


def order_answer(document: dict[str, Any]) -> Document:
    """Return an order with the ETag of its version."""
    seen = as_seen(document)
    return Document(seen, version=order_version(seen))


def paid_answer(document: dict[str, Any]) -> Document:
    """Return an order; where a bank is still to be asked, that is done right after the commit, and answered."""
    asked = [each["payment_id"] for each in document.get("tenders", ()) if each["state"] == PENDING]

    def ask() -> None:
        for payment_id in asked:
            driver().drive(payment_id, now=clock.now())

    if asked:
        answer_after_commit(ask, _shown(document["id"]))
    return order_answer(document)


def changed_answer(document: dict[str, Any]) -> Document:
    """Return an order that was changed; where a card's bank is asked first, that is done right after the commit, and
    what came of the change is answered, or refused."""
    pending = document.get("pending_change")
    if pending is None:
        return paid_answer(document)
    order_id, quote_id, seconds = document["id"], UUID(pending["quote_id"]), quote_seconds()

    def settle() -> None:
        for payment_id in pending["payment_ids"]:
            driver().drive(UUID(payment_id), now=clock.now())
        refusal = committed(
            lambda session: actions.answer_change(
                session, order_id=order_id, quote_id=quote_id, quote_seconds=seconds, now=clock.now()
            )
        )
        if refusal is not None:
            raise refusal

    answer_after_commit(settle, _shown(order_id))
    return order_answer(document)


def _shown(order_id: UUID) -> Callable[[Session], Document]:
    whose = customer_id()
    return lambda session: order_answer(queries.order_of_customer(session, order_id=order_id, customer_id=whose))


def as_seen(document: dict[str, Any]) -> dict[str, Any]:
    """Return a quote or an order as the caller may see it: who acts for another isn't told what that one said when, nor
    what their bank did."""
    seen: dict[str, Any] = document if acting() is None else without_stars(without_banks(unexplained(document)))
    return seen


def order_version(order: dict[str, Any]) -> str:
    """Return what the ETag says: the order's version, with its posted stars, where the customer is told of any, and the
    caller's actions where they aren't the customer's own."""
    actions, posted = order["next_actions"], order.get("stars_posted")
    is_customers = actions == next_actions("customer", State(order["state"]))
    # A claim that is granted later changes its stars, and nothing else of the order.
    stars = [f"{posted['posted']}.{posted['reversed']}"] if posted is not None else []
    return "-".join([str(order["version"]), *stars, *([] if is_customers else actions)])
