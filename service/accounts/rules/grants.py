"""Grants: what one customer may do for another, until when, and what a day of it may cost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

Scope = Literal["place_orders", "pick_up_orders"]
GrantState = Literal["offered", "active", "declined", "revoked", "given_up", "expired"]

PLACE_ORDERS: Scope = "place_orders"
PICK_UP_ORDERS: Scope = "pick_up_orders"
SCOPES: tuple[Scope, ...] = (PLACE_ORDERS, PICK_UP_ORDERS)
STATES: tuple[GrantState, ...] = ("offered", "active", "declined", "revoked", "given_up", "expired")

OFFER_HOLDS = timedelta(days=7)
"""For how long the token of an offer can be used."""
LONGEST = timedelta(days=366)
MOST_OPEN = 20
"""How many grants of one giver may be open (offered or active) at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What may be ordered on one day of the zone, in minor units of the currency."""

    amount_minor: int
    currency: str
    timezone: str

    def day_of(self, at: datetime) -> tuple[datetime, datetime]:
        """Return when the day of the instant begins and when the next one does."""
        zone = ZoneInfo(self.timezone)
        today = at.astimezone(zone).date()
        return _midnight(today, zone), _midnight(today + timedelta(days=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # Where the clocks skip midnight, fold 0 reads it by the offset before: the moment at which they jump. Where it
    # comes twice, that is its first coming.
    return datetime.combine(day, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """A person who acts for another, under a grant that is active; `limit` is None where it allows no ordering."""

    grant_id: UUID
    giver_id: UUID
    person_id: UUID
    scopes: frozenset[Scope]
    limit: Limit | None


def state_of(
    *,
    accepted_at: datetime | None,
    declined_at: datetime | None,
    ended_by: str | None,
    offer_ends_at: datetime,
    expires_at: datetime,
    now: datetime,
) -> GrantState:
    """Return what has become of a grant."""
    if declined_at is not None:
        return "declined"
    if ended_by is not None:
        return "revoked" if ended_by == "giver" else "given_up"
    if now >= (offer_ends_at if accepted_at is None else expires_at):
        return "expired"
    return "offered" if accepted_at is None else "active"


def faults_of(
    *, scopes: Collection[str], amount_minor: int | None, timezone: str | None, expires_at: datetime, now: datetime
) -> dict[str, list[str]]:
    """Return why a grant can't be offered like this, by field; empty where it can."""
    faults: dict[str, list[str]] = {}
    if len(set(scopes)) < len(scopes):
        faults["scopes"] = ["Name each once."]
    orders = PLACE_ORDERS in scopes
    for field, value in (("daily_limit", amount_minor), ("timezone", timezone)):
        if orders and value is None:
            faults[field] = ["Needed to let someone order for you."]
        if not orders and value is not None:
            faults[field] = ["Only who may order has a limit, and a day."]
    if not now < expires_at <= now + LONGEST:
        faults["expires_at"] = [f"Choose an instant within the next {LONGEST.days} days."]
    return faults
