"""Saving, changing and forgetting a usual. What its customer orders never touches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from ...errors import Invalid, NotFound, Refusal, VersionMismatch
from ...menu import queries as menu
from ...menu.errors import InvalidChoice
from ...menu.rules import line_requests, resolve_line
from ...stores import queries as stores
from ..errors import TooManyUsuals
from ..models import Usual
from ..queries.said import said_by
from ..rules import Filling
from ..rules.alias import check_alias
from ..rules.usuals import MOST_USUALS, as_it_was, in_place
from .facts import UsualChanged


def save_usual(
    session: Session,
    *,
    customer_id: UUID,
    name: str,
    store_id: UUID | None,
    basket: Mapping[str, Any],
    price_ceiling: Mapping[str, Any] | None,
    position: int | None,
    now: datetime,
) -> UUID:
    """Keep a basket under the customer's own name for it, the last in their list unless a position is named.

    What its lines hold and cost now is kept beside it, where it names a store. Raises Invalid, InvalidChoice,
    TooManyUsuals.
    """
    saved = _saved(session, customer_id, store_id, basket, now)
    mine = session.execute(_list_of(customer_id)).all()
    free = sorted(set(range(1, MOST_USUALS + 1)) - {each.number for each in mine})
    if not free:
        raise TooManyUsuals(MOST_USUALS)
    usual_id = new_id()
    session.add(
        Usual(
            id=usual_id,
            customer_id=customer_id,
            number=free[0],  # where another took it meanwhile, the unique key says so, and this runs again
            place=max((each.place for each in mine), default=0) + 1,
            name=name,
            store_id=store_id,
            basket=_plain(basket),
            price_ceiling=price_ceiling,
            saved=saved,
            version=1,
            created_at=now,
            updated_at=now,
        )
    )
    session.flush()  # the new one is one of those put in their places
    _put_in_place(session, [each.id for each in mine], usual_id, position)
    return usual_id


def change_usual(
    session: Session,
    *,
    customer_id: UUID,
    usual_id: UUID,
    name: str,
    store_id: UUID | None,
    basket: Mapping[str, Any],
    price_ceiling: Mapping[str, Any] | None,
    position: int | None,
    expected_version: int,
    now: datetime,
) -> None:
    """Say the customer's usual anew; what its lines hold and cost now is what it will be compared with.

    Raises NotFound, VersionMismatch, Invalid, InvalidChoice.
    """
    usual = _locked(session, customer_id, usual_id, expected_version)
    usual.saved = _saved(session, customer_id, store_id, basket, now)
    usual.name, usual.store_id, usual.basket = name, store_id, _plain(basket)
    usual.price_ceiling = dict(price_ceiling) if price_ceiling is not None else None
    usual.version, usual.updated_at = usual.version + 1, now
    if position is not None:
        session.flush()  # before the places are written beside it
        mine = session.execute(_list_of(customer_id)).all()
        _put_in_place(session, [each.id for each in mine], usual_id, position)
    _tell(session, usual, now, is_forgotten=False)


def forget_usual(session: Session, *, customer_id: UUID, usual_id: UUID, expected_version: int, now: datetime) -> None:
    """Forget the customer's usual. Raises NotFound, VersionMismatch."""
    usual = _locked(session, customer_id, usual_id, expected_version)
    session.delete(usual)
    _tell(session, usual, now, is_forgotten=True)


def _locked(session: Session, customer_id: UUID, usual_id: UUID, expected_version: int) -> Usual:
    # Locked: two changes made from the same version must not both find it.
    usual = session.get(Usual, usual_id, with_for_update=True, populate_existing=True)
    if usual is None or usual.customer_id != customer_id:
        raise NotFound("usual")
    if usual.version != expected_version:
        raise VersionMismatch(usual.version)
    return usual


def _list_of(customer_id: UUID) -> sa.Select[UUID, int, int]:
    return (
        sa.select(Usual.id, Usual.number, Usual.place)
        .where(Usual.customer_id == customer_id)
        .order_by(Usual.place, Usual.id)
    )


def _put_in_place(session: Session, order: Sequence[UUID], moved: UUID, position: int | None) -> None:
    if position is None:
        return
    places = [{"usual_id": each, "at": at} for at, each in enumerate(in_place(order, moved, position), start=1)]
    table: Any = Usual.__table__
    moving = sa.update(table).where(table.c.id == sa.bindparam("usual_id")).values(place=sa.bindparam("at"))
    # In primary-key order: two changes of the list never wait for each other in a ring.
    session.connection().execute(moving, sorted(places, key=lambda each: str(each["usual_id"])))


def _saved(
    session: Session, customer_id: UUID, store_id: UUID | None, basket: Mapping[str, Any], now: datetime
) -> dict[str, Any] | None:
    """Return what the lines hold and cost now. Raises Invalid, InvalidChoice."""
    check_alias(basket["pickup"].get("alias"))
    _require_known(session, store_id, basket["lines"])
    if store_id is None:
        return None
    store, its_menu = menu.store_and_menu(session, store_id)
    where = {"timezone": store.timezone, "country": store.country}
    fills = Filling(said_by(session, customer_id=customer_id), its_menu, at=now, **where)
    held: list[dict[str, Any] | None] = []
    invalid: dict[str, list[str]] = {}
    for index, request in enumerate(line_requests(basket["lines"])):
        try:
            held.append(as_it_was(resolve_line(its_menu, request, at=now, fills=fills, **where)))
        except InvalidChoice as refusal:
            invalid |= {f"lines.{index}.{path}": texts for path, texts in refusal.errors.items()}
        except Refusal:  # not to be had just now: that is for the day when it is ordered
            held.append(None)
    if invalid:
        raise InvalidChoice(invalid)
    return {"at": now.isoformat(), "currency": store.currency, "lines": held}


def _require_known(session: Session, store_id: UUID | None, lines: Sequence[Mapping[str, Any]]) -> None:
    items = {line["item_id"] for line in lines}
    known = menu.known_items(session, items)
    wrong = {
        f"lines.{index}.item_id": ["There is none with this id."]
        for index, line in enumerate(lines)
        if line["item_id"] not in known
    }
    if store_id is not None and store_id not in stores.known_stores(session, {store_id}):
        wrong["store_id"] = ["There is none with this id."]
    if wrong:
        raise Invalid(wrong)


def _plain(basket: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = orjson.loads(orjson.dumps(basket, option=orjson.OPT_UTC_Z))
    return plain


def _tell(session: Session, usual: Usual, now: datetime, *, is_forgotten: bool) -> None:
    session.flush()  # whoever reacts finds it as it is now
    events.record(
        session,
        UsualChanged(
            subject_id=usual.id,
            happened_at=now,
            customer_id=usual.customer_id,
            version=usual.version,
            is_forgotten=is_forgotten,
        ),
    )
