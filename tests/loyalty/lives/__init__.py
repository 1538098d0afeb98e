"""Random lives of three members, step by step in the service and in the plain model (hypothesis)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from service.loyalty import actions, queries
from service.loyalty.models import RewardStock, StarEntry, StarMovement

from ..model import Lot, Model, Person, Terms, end_of
from .asked import PEOPLE
from .membership import Membership
from .ordering import Ordering
from .passing import Passing
from .redeeming import Redeeming

# Zones ahead and behind, and one whose clocks skip midnight; days before both changes, and before and on a Feb 29.
BEGINNINGS = [
    ("America/New_York", datetime(2026, 2, 5, 20, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 9, 28, 3, tzinfo=UTC)),
    ("Pacific/Chatham", datetime(2026, 3, 30, 10, 30, tzinfo=UTC)),
    ("Pacific/Chatham", datetime(2028, 2, 28, 10, 10, tzinfo=UTC)),
    ("Pacific/Chatham", datetime(2027, 2, 27, 12, tzinfo=UTC)),
    ("America/Santiago", datetime(2026, 8, 5, 3, 59, 59, tzinfo=UTC)),
    ("Europe/London", datetime(2028, 2, 28, 23, 59, tzinfo=UTC)),
]
PROMOTED_DAYS = 200


class Lives(Ordering, Redeeming, Membership, Passing):
    """Three members; whatever is done is done in the model, too, and told twice where it can be."""

    @initialize(beginning=st.sampled_from(BEGINNINGS))
    def begin(self, beginning: tuple[str, datetime]) -> None:
        """A programme, and three who joined it, each with an order."""
        self.writing = self.app.database.writing()
        self.session = self.writing.__enter__()
        zone, now = beginning
        people = [Person() for _ in range(PEOPLE)]
        self.model = Model(now, zone, [], people, now)
        day = self.model.today()
        self.promotion_ends_on = day + timedelta(days=PROMOTED_DAYS)
        self.model.promotion_ends_at = end_of(self.promotion_ends_on, zone)
        self._publish(Terms(), day - timedelta(days=3))
        self.ids = [uuid4() for _ in range(PEOPLE)]
        self.orders = {}
        self.pool_id = None
        self.members = []
        for who in range(PEOPLE):
            self.do(True, actions.join, customer_id=self.ids[who])
            self.members.append(queries.member_of(self.session, customer_id=self.ids[who]).id)
            self.order(who, 600 + who * 400, 3, "pick_up")
            if who:
                self._enter_pool(who, 9)

    def teardown(self) -> None:
        """At the end everything that is due is done, and the ledger is whole; then it is taken back."""
        if hasattr(self, "writing"):
            try:
                if hasattr(self, "members"):
                    self._end()
            finally:
                self.session.rollback()
                self.writing.__exit__(None, None, None)

    def _end(self) -> None:
        for member in self.members:
            actions.expire_stars(self.session, member_id=member, now=self.model.now)
        self.session.flush()
        assert queries.audit(self.session) == []
        ended = sa.select(StarMovement.lot_id, -StarMovement.stars, StarEntry.happened_at).join(
            StarEntry,
            sa.and_(StarEntry.member_id == StarMovement.member_id, StarEntry.number == StarMovement.number),
        )
        found = [tuple(row) for row in self.session.execute(ended.where(StarEntry.kind == "expired"))]
        assert sorted(found) == sorted(self.model.expired)  # each at its own instant
        self._totals()

    def _totals(self) -> None:
        model = self.model
        summed = sa.select(StarEntry.kind, sa.func.sum(StarEntry.stars)).group_by(StarEntry.kind)
        said = {kind: int(stars) for kind, stars in self.session.execute(summed)}
        kinds = [said.get(kind, 0) for kind in ("earned", "granted", "expired", "reversed", "let_go")]
        gone = sum(stars for _, stars, _ in model.expired)
        assert kinds[0] + kinds[1] == model.given
        assert kinds[2:] == [-gone, -model.reversed, -model.let_go]
        assert said.get("redeemed", 0) + said.get("returned", 0) == -model.spent()
        assert said.get("given", 0) + said.get("given_back", 0) + said.get("received", 0) == -model.on_the_way()

    @invariant()
    def everybody_has_what_the_model_says(self) -> None:
        """Lots, stars that can be spent, tiers, stock: all as the model reckons; and nothing is made or lost."""
        model = self.model
        assert model.check_sum() == model.given
        found: dict[UUID, Any] = {}
        for who, member in enumerate(self.members):
            lots = queries.shown_lots(self.session, member_id=member, before=None, limit=500, now=model.now)
            found |= {lot["id"]: (who, _as_shown(lot)) for lot in lots}
            if model.people[who].is_in:
                self._shown(who)
        assert found == {lot.id: (lot.owner, _as_reckoned(lot)) for lot in model.lots.values()}
        units = dict(self.session.execute(sa.select(RewardStock.reward_key, RewardStock.units_left)).all())
        assert units == model.units_left

    def _shown(self, who: int) -> None:
        model = self.model
        shown = queries.shown_member(self.session, customer_id=self.ids[who], now=model.now)
        assert shown["stars"]["available"] == sum(lot.left for lot in model.of(who))
        mine = sum(lot.left for lot in model.lots.values() if lot.owner == who)
        assert shown["stars"]["available"] + shown["stars"]["pending"] == mine
        month = f"{model.now.astimezone(ZoneInfo(model.zone)):%Y-%m}"
        told = queries.statement(self.session, member_id=self.members[who], month=month, now=model.now)
        assert told["closing_stars"] == mine  # though nobody has entered yet what has just expired
        qualifying = model.qualifying(who)
        assert shown["tier"]["qualifying_stars"] == qualifying
        assert shown["tier"]["current"]["key"] == ("lark" if qualifying >= model.terms().lark else "chick")


def _as_shown(lot: dict[str, Any]) -> tuple[Any, ...]:
    names = ("stars", "owed", "reversed", "programme_version", "available_at", "expires_at", "is_pooled")
    return lot["remaining"] if lot["state"] != "expired" else 0, *(lot[name] for name in names)


def _as_reckoned(lot: Lot) -> tuple[Any, ...]:
    ends = (lot.terms.number, lot.available_at, lot.expires_at, lot.is_pooled)
    return lot.left, lot.stars, lot.owed, lot.reversed, *ends
