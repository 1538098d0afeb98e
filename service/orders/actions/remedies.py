"""Saying in a quote what a missed promise gives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...accounts import queries as accounts
from ...loyalty.rules.earning import Membership
from ...preferences.rules import Said, order_fields
from ...stores.rules import StoreFacts
from ..rules import remedies as rules
from ..rules.basket import Priced


def remedy_of(
    session: Session,
    basket: Mapping[str, Any],
    said: Said,
    store: StoreFacts,
    priced: Priced,
    *,
    customer_id: UUID,
    member: Membership | None,
    now: datetime,
) -> dict[str, Any]:
    """Return the remedy that a basket's customer chose, with what it would give them. Raises Invalid."""
    chosen = basket.get("remedy")
    filled = order_fields.remedy(chosen, said)
    stars, amounts = 0, []
    if filled.value == rules.STARS and member is not None:
        stars = member.remedy_stars(now)
    if filled.value == rules.MONEY and store.remedy_table and not accounts.is_guest(session, person_id=customer_id):
        total_minor = priced.totals.total_minor
        amounts = rules.amounts_shown(store.remedy_table, total_minor=total_minor, currency=store.currency)
    return rules.remedy_shown(filled, chosen=chosen is not None, stars=stars, amounts=amounts)
