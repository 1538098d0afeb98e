"""Publishing a version of the programme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from ...menu import queries as menu
from ...menu.rules import is_parsable
from ..errors import InvalidProgramme
from ..models import ProgrammeVersion, Redemption, RewardStock
from ..rules.calendar import start_of
from ..rules.difference import broken_promises, differences
from .facts import ProgrammePublished


def publish_programme(session: Session, *, document: Mapping[str, Any], now: datetime) -> int:
    """Publish the programme's next version; it holds from the day it names on, as that begins in the programme's zone.

    What is earned until then keeps the terms of before. Publishing what holds last again changes nothing. Returns the
    version. Raises InvalidProgramme.
    """
    # The table itself is the turn: of two who publish at once one takes the version, and the other runs again.
    before = session.scalars(sa.select(ProgrammeVersion).order_by(ProgrammeVersion.version)).all()
    last = before[-1] if before else None
    terms = _with_ids(session, document)
    if last is not None and last.document == terms:
        return last.version
    effective_at = start_of(date.fromisoformat(terms["effective_on"]), terms["timezone"])
    _check(terms, before, effective_at, now)
    row = ProgrammeVersion(
        version=last.version + 1 if last is not None else 1,
        id=new_id(),
        effective_at=effective_at,
        document=terms,
        changes=differences(last.document, terms) if last is not None else [],
        published_at=now,
    )
    session.add(row)
    session.flush()  # what refers to the version comes after it
    _count_stock(session, terms["rewards"])
    published = ProgrammePublished(
        subject_id=row.id, happened_at=now, version=row.version, effective_at=effective_at.isoformat()
    )
    events.record(session, published)
    return row.version


def _with_ids(session: Session, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document with the ids of what it names beside the names. Raises InvalidProgramme."""
    naming = list(_naming(document))
    skus = menu.items_by_sku(session, {sku for _, each in naming for sku in each["skus"]})
    keys = menu.categories_by_key(session, {key for _, each in naming for key in each["categories"]})
    wrong = {}
    for path, each in naming:
        for name, known in (("skus", skus), ("categories", keys)):
            for index, wanted in enumerate(each[name]):
                if wanted not in known:
                    wrong[f"{path}.{name}.{index}"] = ["The menu has none of this name."]
    if wrong:
        raise InvalidProgramme(wrong)

    def found(each: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **each,
            "item_ids": [str(skus[sku]) for sku in each["skus"]],
            "category_ids": [str(keys[key]) for key in each["categories"]],
        }

    return {
        **document,
        "accruals": [found(each) for each in document["accruals"]],
        "rewards": [found(each) for each in document["rewards"]],
        "promotions": [{**each, "accrual": found(each["accrual"])} for each in document["promotions"]],
    }


def _naming(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for index, each in enumerate(document["accruals"]):
        yield f"accruals.{index}", each
    for index, each in enumerate(document["rewards"]):
        yield f"rewards.{index}", each
    for index, each in enumerate(document["promotions"]):
        yield f"promotions.{index}.accrual", each["accrual"]


def _check(terms: dict[str, Any], before: Sequence[ProgrammeVersion], effective_at: datetime, now: datetime) -> None:
    wrong = _repeated(terms)
    for path, each in _naming(terms):
        if each.get("daypart") and not is_parsable(each["daypart"]):
            wrong[f"{path}.daypart"] = ["Not opening hours, such as Mo-Fr 14:00-16:00."]
    if before:
        last = before[-1]
        wrong |= broken_promises([each.document for each in before], terms)
        if effective_at <= max(last.effective_at, now):
            wrong["effective_on"] = ["It must be a day to come, after that of the version before."]
        if terms["timezone"] != last.document["timezone"]:
            wrong["timezone"] = ["The programme's zone stays: members' stars expire in it."]
    if wrong:
        raise InvalidProgramme(wrong)


def _repeated(terms: Mapping[str, Any]) -> dict[str, list[str]]:
    seen: set[tuple[str, str]] = set()
    wrong = {}
    for name in ("accruals", "promotions", "rewards", "tiers"):
        kind = "rule" if name in {"accruals", "promotions"} else name  # both make entries by their key
        for index, each in enumerate(terms[name]):
            if (kind, each["key"]) in seen:
                wrong[f"{name}.{index}.key"] = ["This key is there twice."]
            seen.add((kind, each["key"]))
    return wrong


def _count_stock(session: Session, rewards: list[dict[str, Any]]) -> None:
    """Let the stock follow what is published: more or fewer by as many as the version before said less or more."""
    rows = sa.select(RewardStock).order_by(RewardStock.reward_key)
    kept = {row.reward_key: row for row in session.scalars(rows.with_for_update())}  # redemptions count it down
    limited = sa.and_(Redemption.is_limited, Redemption.state != "cancelled")
    counted = sa.select(Redemption.reward_key, sa.func.count()).where(limited).group_by(Redemption.reward_key)
    out = {row[0]: row[1] for row in session.execute(counted)}  # those can't be had back
    for reward in rewards:
        row, units = kept.get(reward["key"]), reward["stock"]
        if units is None:
            if row is not None:
                session.delete(row)
            continue
        if row is None:
            row = RewardStock(reward_key=reward["key"], units=0, units_left=0)
            session.add(row)
        gone = out.get(reward["key"], 0)
        row.units = max(units, gone)
        row.units_left = row.units - gone
