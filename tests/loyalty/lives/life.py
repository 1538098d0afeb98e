"""A life: what is done in the service and in the model, side by side."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy.orm import Session

from service.errors import Refusal
from service.http.edge import Edge
from service.loyalty import actions
from service.loyalty.rules.earning import Agreed
from service.loyalty.schemas import read_programme

from ..club import NAMES_NOTHING, programme
from ..model import Model, Terms, end_of


@dataclass
class Order:
    """An order that was placed: as it was shown, and whether it was picked up."""

    id: UUID
    who: int
    cents: int
    pieces: int
    at: datetime
    shown: Agreed | None
    is_done: bool = False


def document_of(wanted: Terms, effective_on: date, zone: str, promotion_ends_on: date) -> dict[str, Any]:
    """Return the programme as the operator writes it."""
    document = programme(**copy.deepcopy(NAMES_NOTHING), effective_on=effective_on.isoformat(), timezone=zone)
    document["accruals"][0]["stars"] = wanted.per_dollar
    piece = {"key": "piece", "label": "A piece", "kind": "per_item", "stars": wanted.per_piece}
    document["accruals"].append(piece)
    document["tiers"][1]["threshold"] = wanted.lark
    document["promotions"][0] |= {"ends_on": promotion_ends_on.isoformat()}
    document["promotions"] = document["promotions"] if wanted.has_promotion else []
    offered = {each["key"]: {**each, "skus": []} for each in document["rewards"]}
    document["rewards"] = [offered[key] | {"stars": stars} for key, stars in wanted.prices]
    for reward in document["rewards"]:
        reward["stock"] = wanted.stock if reward["key"] == "last" else None
    document["expiry"] = {"months": wanted.months, "grace_days": wanted.grace_days}
    return document | {"pending_days": wanted.pending_days, "gift_days": wanted.gift_days}


class Life(RuleBasedStateMachine):
    """Some members of a programme, and the model that reckons for them."""

    app: Edge
    session: Session
    model: Model
    promotion_ends_on: date
    ids: list[UUID]  # the customers', and their members', in the model's order
    members: list[UUID]
    orders: dict[UUID, Order]
    pool_id: UUID | None

    def do(self, expected: bool, action: Callable[..., Any], **asked: Any) -> Any:
        """Do something, and compare whether it was done; what is refused leaves nothing."""
        part = self.session.begin_nested()
        try:
            result = action(self.session, **{"now": self.model.now, **asked})
            self.session.flush()
        except Refusal:
            part.rollback()
            assert not expected, f"{action.__name__} was refused, and should have been done"
            return None
        except Exception:
            part.rollback()
            raise
        part.commit()
        assert expected, f"{action.__name__} was done, and should have been refused"
        return result

    def _publish(self, wanted: Terms, day: date) -> None:
        number, begins_at = len(self.model.versions) + 1, end_of(day - timedelta(days=1), self.model.zone)
        document = document_of(wanted, day, self.model.zone, self.promotion_ends_on)
        actions.publish_programme(self.session, document=read_programme(document), now=self.model.now)
        self.model.publish(replace(wanted, number=number, begins_at=begins_at))
