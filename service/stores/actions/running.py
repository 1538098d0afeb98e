"""Running a store day by day: the pause, the hours, the notice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...errors import Invalid, NotFound, VersionMismatch
from ..models import HoursException, Store
from ..rules import InvalidHours, check_exception, check_hours
from ..rules.remedies import remedy_document, remedy_steps, require_fair
from .facts import (
    BusyEnded,
    BusyReported,
    HoursChanged,
    OrderingPaused,
    OrderingResumed,
    RemedyTableChanged,
    WalkInShareChanged,
)

_STORE: sa.Table = Store.__table__  # type: ignore[assignment]


def pause_ordering(
    session: Session, *, store_id: UUID, until: datetime | None, reason: str | None, now: datetime
) -> int:
    """Take no orders for before `until`, or none at all without it; return the store's new version.

    Pausing again replaces the pause; the same pause again changes nothing. Raises NotFound, Invalid.
    """
    if until is not None and until <= now:
        raise Invalid({"until": ["Name a time that is still to come."]})
    store = _locked(session, store_id)
    if store.paused_at is not None and (store.paused_until, store.pause_reason) == (until, reason):
        return int(store.version)
    version = _change(session, store_id, {"paused_at": now, "paused_until": until, "pause_reason": reason})
    events.record(
        session, OrderingPaused(subject_id=store_id, happened_at=now, until=until, reason=reason, version=version)
    )
    return version


def resume_ordering(session: Session, *, store_id: UUID, now: datetime) -> int:
    """End the pause; return the store's version. Where there is no pause nothing changes. Raises NotFound."""
    store = _locked(session, store_id)
    if store.paused_at is None:
        return int(store.version)
    version = _change(session, store_id, {"paused_at": None, "paused_until": None, "pause_reason": None})
    events.record(session, OrderingResumed(subject_id=store_id, happened_at=now, version=version))
    return version


def report_busy(
    session: Session, *, store_id: UUID, extra_minutes: int, until: datetime | None, reason: str | None, now: datetime
) -> int:
    """Add minutes to the store's lead until a time, or until further notice; return the store's new version.

    Orders that are placed keep their promise. Saying the same again changes nothing. Raises NotFound, Invalid.
    """
    if until is not None and until <= now:
        raise Invalid({"until": ["Name a time that is still to come."]})
    store = _locked(session, store_id)
    if (store.busy_minutes, store.busy_until, store.busy_reason) == (extra_minutes, until, reason):
        return int(store.version)
    version = _change(session, store_id, {"busy_minutes": extra_minutes, "busy_until": until, "busy_reason": reason})
    events.record(
        session,
        BusyReported(
            subject_id=store_id,
            happened_at=now,
            version=version,
            extra_minutes=extra_minutes,
            until=until,
            reason=reason,
        ),
    )
    return version


def end_busy(session: Session, *, store_id: UUID, now: datetime) -> int:
    """Let orders take as long as usual; return the store's version. Where nothing holds nothing changes.

    Raises NotFound.
    """
    store = _locked(session, store_id)
    if not store.busy_minutes:
        return int(store.version)
    version = _change(session, store_id, {"busy_minutes": 0, "busy_until": None, "busy_reason": None})
    events.record(session, BusyEnded(subject_id=store_id, happened_at=now, version=version))
    return version


def change_walk_in_share(session: Session, *, store_id: UUID, percent: int, now: datetime) -> int:
    """Keep so much of every slot to come free for walk-ins; return the store's new version.

    What is claimed or quoted already stays. Saying the same again changes nothing. Raises NotFound.
    """
    store = _locked(session, store_id)
    if store.walk_in_percent == percent:
        return int(store.version)
    version = _change(session, store_id, {"walk_in_percent": percent})
    events.record(session, WalkInShareChanged(subject_id=store_id, happened_at=now, version=version, percent=percent))
    return version


def change_remedy_table(
    session: Session, *, store_id: UUID, expected_version: int, steps: list[dict[str, int]], now: datetime
) -> int:
    """Say what a missed promise gives in money (`late_minutes`, `percent`, `most_minor`); return the store's new
    version. Quotes and orders keep what they were shown. Raises NotFound, VersionMismatch, Invalid."""
    table = remedy_steps(steps)
    require_fair(table)
    store = _locked(session, store_id)
    if store.version != expected_version:
        raise VersionMismatch(store.version)
    version = _change(session, store_id, {"remedy_table": remedy_document(table)})
    events.record(session, RemedyTableChanged(subject_id=store_id, happened_at=now, version=version))
    return version


def change_hours(
    session: Session,
    *,
    store_id: UUID,
    expected_version: int,
    hours: str,
    exceptions: Mapping[date, str],
    notice: str | None,
    now: datetime,
) -> int:
    """Replace the hours, all dated exceptions and the notice; return the store's new version.

    Raises NotFound, VersionMismatch, Invalid naming `hours` or `exceptions.<n>.hours`.
    """
    hours, exceptions = _checked(hours, exceptions)
    store = _locked(session, store_id)
    if store.version != expected_version:
        raise VersionMismatch(store.version)
    version = _change(session, store_id, {"hours": hours, "notice": notice})
    session.execute(sa.delete(HoursException).where(HoursException.store_id == store_id))
    if exceptions:
        rows = [{"store_id": store_id, "on_date": day, "hours": text} for day, text in exceptions.items()]
        session.execute(sa.insert(HoursException), rows)
    events.record(session, HoursChanged(subject_id=store_id, happened_at=now, version=version))
    return version


def _checked(hours: str, exceptions: Mapping[date, str]) -> tuple[str, dict[date, str]]:
    errors: dict[str, list[str]] = {}
    try:
        hours = check_hours(hours)
    except InvalidHours as error:
        errors["hours"] = [str(error)]
    checked: dict[date, str] = {}
    for place, (day, text) in enumerate(exceptions.items()):
        try:
            checked[day] = check_exception(text)
        except InvalidHours as error:
            errors[f"exceptions.{place}.hours"] = [str(error)]
    if errors:
        raise Invalid(errors)
    return hours, checked


def _locked(session: Session, store_id: UUID) -> Any:
    # Locked, so that two changes at once get two versions and two facts in the same order.
    row = session.execute(sa.select(_STORE).where(_STORE.c.id == store_id).with_for_update()).first()
    if row is None:
        raise NotFound("store")
    return row


def _change(session: Session, store_id: UUID, values: dict[str, Any]) -> int:
    change = sa.update(_STORE).where(_STORE.c.id == store_id).values(**values, version=_STORE.c.version + 1)
    return int(session.execute(change.returning(_STORE.c.version)).scalar_one())
