"""Who pays a day of a standing order: as it says itself, else as its customer says of every order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ....errors import Invalid, NotFound
from ....preferences.rules import Said, order_fields
from ...models import StandingOrder
from ...rules.tenders import AT_PICKUP
from ..keeping import Draft
from ..tendering import tenders_shown


def said_of_paying(standing: StandingOrder) -> dict[str, Any]:
    """Return the part of a basket that the standing order says itself; what it leaves open is filled as in a quote."""
    said = {"tenders": standing.tenders, "tip": standing.tip}
    return {name: value for name, value in said.items() if value is not None}


def as_said(session: Session, made: Draft, said: Said, basket: Mapping[str, Any], *, customer_id: UUID) -> Draft | None:
    """Return the draft with who pays it; None where that isn't who its customer said, such as a card that is gone.

    Raises InsufficientBalance.
    """
    try:
        paid = tenders_shown(
            session, made.document, said, basket, customer_id=customer_id, replaces_order_id=None, grant_id=None
        )
    except (Invalid, NotFound):
        return None
    asked = order_fields.tenders(basket.get("tenders"), said) or order_fields.AT_PICKUP
    pays, named = ({each["kind"] for each in tenders} for tenders in (paid.get("tenders", ()), asked.value))
    if AT_PICKUP in pays - named:  # a quote would show who pays instead, but here nobody looks
        return None
    return replace(made, document=made.document | paid)
