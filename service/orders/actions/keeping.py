"""Keeping a quote, so that it can be placed as it was shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import delete_some, new_id, send_with_commit
from ...menu.rules import Menu
from ...preferences.rules import Said
from ...stores.rules import StoreFacts
from ..models import Quote
from ..rules import basket as rules
from ..rules.promise import Promise
from .tendering import tenders_shown

INSERT_QUOTE = sa.insert(Quote.__table__)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a quote will say, before it is kept; `plan` is what is kept beside it and nobody is shown."""

    document: dict[str, Any]
    priced: rules.Priced
    promise: Promise
    make_seconds_ahead: int
    plan: Mapping[str, Any]


def keep(
    session: Session,
    made: Draft,
    store: StoreFacts,
    menu: Menu,
    said: Said,
    basket: Mapping[str, Any],
    *,
    customer_id: UUID,
    replaces_order_id: UUID | None,
    grant_id: UUID | None,
    quote_seconds: int,
    now: datetime,
) -> dict[str, Any]:
    """Keep the draft as a quote; return its document. The transaction's last step. Raises InsufficientBalance."""
    paid = tenders_shown(
        session,
        made.document,
        said,
        basket,
        customer_id=customer_id,
        replaces_order_id=replaces_order_id,
        grant_id=grant_id,
    )
    made = replace(made, document=made.document | paid) if paid else made
    row = quote_row(
        made,
        store,
        menu,
        said,
        basket,
        customer_id=customer_id,
        replaces_order_id=replaces_order_id,
        grant_id=grant_id,
        expires_at=now + timedelta(seconds=quote_seconds),
        now=now,
    )
    send_with_commit(session)
    session.connection().execute(INSERT_QUOTE, row)
    document: dict[str, Any] = row["document"]
    return document


def quote_row(
    made: Draft,
    store: StoreFacts,
    menu: Menu,
    said: Said,
    basket: Mapping[str, Any],
    *,
    customer_id: UUID,
    replaces_order_id: UUID | None,
    grant_id: UUID | None,
    expires_at: datetime,
    now: datetime,
) -> dict[str, Any]:
    """Return the columns of the draft as a quote."""
    quote_id = new_id()
    return {
        "id": quote_id,
        "customer_id": customer_id,
        "store_id": store.id,
        "replaces_order_id": replaces_order_id,
        "grant_id": grant_id,
        "menu_version": menu.version,
        "store_version": store.version,
        "said_revision": said.revision,
        "basket": basket,
        "document": {
            "id": str(quote_id),
            **made.document,
            "hash": rules.fingerprint(made.document),
            "make_seconds_ahead": made.make_seconds_ahead,
            "expires_at": expires_at,
        },
        "plan": _plan(made, store),
        "created_at": now,
        "expires_at": expires_at,
    }


def _plan(made: Draft, store: StoreFacts) -> dict[str, Any]:
    """What placing needs and nobody is shown."""
    work = made.priced.work()
    return {
        "fire_at": made.promise.fire_at,
        "work": work.seconds,
        "longest": work.longest,
        "makers": dict(store.stations),
        "walk_in_percent": store.walk_in_percent,
        "claims": [
            [claim.station, claim.slot_at, claim.seconds, claim.capacity_seconds] for claim in made.promise.claims
        ],
        **stock_plan(made.priced),
        **made.plan,
    }


def stock_plan(priced: rules.Priced) -> dict[str, Any]:
    """Return the part of a plan that says what it takes off the counted stock, and what work each line is."""
    return {
        "stock": {str(item_id): units for item_id, units in priced.stock().items()},
        "counted": [line.counted_stock for line in priced.lines],
        "line_work": [rules.line_work(line) for line in priced.lines],
    }


def forget_old_quotes(session: Session, *, before: datetime) -> int:
    """Delete up to 1,000 of the quotes that expired before the instant; return how many."""
    return delete_some(session, Quote, Quote.expires_at < before, oldest=Quote.expires_at)
