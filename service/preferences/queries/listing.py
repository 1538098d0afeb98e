"""Lists as one customer wants them: the stores that they named, and a menu sorted as they said."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from ...menu import queries as menus
from ...menu.rules import SORTS
from ...sources import STORE_DEFAULT
from ...stores import queries as stores
from ..rules.units import KIND as UNITS
from ..rules.units import units_of
from .said import said_by


def usual_stores(session: Session, *, customer_id: UUID, now: datetime) -> dict[str, Any]:
    """Return the stores that the customer named, in their order, and where they said so; none where they named none."""
    spoken = said_by(session, customer_id=customer_id).of("usual_stores")
    ids = [UUID(each) for each in spoken.value["store_ids"]] if spoken is not None else []
    found = stores.listed_stores(session, dict.fromkeys(ids), now=now) if ids else {}
    return {
        "data": [found[store_id] for store_id in ids if store_id in found],  # a closed one is in no list any more
        "sort": "mine",
        "source": spoken.source.document() if spoken is not None else None,
    }


def menu_as_said(
    session: Session, *, customer_id: UUID, store_id: UUID, at: datetime, now: datetime
) -> tuple[dict[str, Any], str]:
    """Return the store's menu, sorted as the customer said and with nutrition in their units beside the menu's own, and
    its version. Raises NotFound."""
    said = said_by(session, customer_id=customer_id)
    spoken = said.of("list_sort")
    sort, source = (spoken.value["menu"], spoken.source) if spoken is not None else (SORTS[0], STORE_DEFAULT)
    built = menus.served_menu(session, store_id=store_id, sort=sort, at=at, now=now)
    document = {"sort": sort, "source": source.document()}
    version = f"{built.etag}-{spoken.source.version if spoken is not None else 0}"
    units = units_of(said)
    if units is None:
        # The very bytes that everyone gets who asks for this sort.
        return {**document, "menu": orjson.Fragment(built.body)}, version
    told = {**said.by_kind[UNITS].value, "source": units.source.document()}
    menu = units.beside_menu(orjson.loads(built.body))
    return {**document, "units": told, "menu": menu}, f"{version}-{units.source.version}"
