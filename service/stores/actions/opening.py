"""Opening a store: adding it with its stations and taxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ...db import new_id
from ..models import HoursException, Station, Store, TaxRate
from ..rules import WALK_IN_PERCENT


def open_store(
    session: Session,
    *,
    number: str,
    name: str,
    country: str,
    currency: str,
    timezone: str,
    latitude: float,
    longitude: float,
    hours: str,
    now: datetime,
    city: str | None = None,
    street: str | None = None,
    state: str | None = None,
    postcode: str | None = None,
    phone: str | None = None,
    ownership: str | None = None,
    notice: str | None = None,
    lead_minutes: int = 0,
    cutoff_minutes: int = 0,
    walk_in_percent: int = WALK_IN_PERCENT,
    pickup_methods: Sequence[str] = ("counter",),
    exceptions: Mapping[date, str] | None = None,
    stations: Mapping[str, int] | None = None,
    tax_rates: Mapping[str, int] | None = None,
    tax_inclusive: bool = False,
) -> Store:
    """Add a store with its stations (kind → parallel makers) and tax rates (category → basis points)."""
    store = Store(
        id=new_id(),
        number=number,
        name=name,
        search_name=search_text(name),
        ownership=ownership,
        street=street,
        city=city,
        search_city=search_text(city) if city else None,
        state=state,
        country=country,
        postcode=postcode,
        phone=phone,
        latitude=latitude,
        longitude=longitude,
        timezone=timezone,
        currency=currency,
        hours=hours,
        lead_minutes=lead_minutes,
        cutoff_minutes=cutoff_minutes,
        walk_in_percent=walk_in_percent,
        pickup_methods=list(pickup_methods),
        notice=notice,
        tax_inclusive=tax_inclusive,
        version=1,
        created_at=now,
    )
    session.add(store)
    session.flush()  # its parts refer to it
    _add_parts(session, store.id, exceptions or {}, stations or {}, {"standard": 0} | dict(tax_rates or {}))
    return store


def _add_parts(
    session: Session,
    store_id: UUID,
    exceptions: Mapping[date, str],
    stations: Mapping[str, int],
    tax_rates: Mapping[str, int],
) -> None:
    session.add_all(HoursException(store_id=store_id, on_date=day, hours=text) for day, text in exceptions.items())
    session.add_all(Station(store_id=store_id, kind=kind, makers=count) for kind, count in stations.items())
    session.add_all(TaxRate(store_id=store_id, category=category, rate_bps=bps) for category, bps in tax_rates.items())
    session.flush()  # so that a broken constraint is told here


def search_text(text: str) -> str:
    """Return text as it is sorted and found: without case."""
    return text.casefold()
