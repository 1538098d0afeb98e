"""Stars for rewards."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy.orm import Session

from service.loyalty import actions

from ..model import Not, Redeemed
from .asked import endings, one_of, rewards, somebody
from .life import Life


class Redeeming(Life):
    """Rewards are redeemed, used in orders, and given back."""

    @rule(
        who=somebody,
        reward=rewards,
        from_pool=st.booleans(),
        chosen=st.none() | st.lists(one_of, max_size=4),
        then=st.none() | endings,
    )
    def redeem(self, who: int, reward: str, from_pool: bool, chosen: list[int] | None, then: str | None) -> None:
        """Somebody redeems, with lots they choose or those that expire first, with or without the pool."""
        own = self.model.of(who)
        lots = list(dict.fromkeys(own[each % len(own)].id for each in chosen)) if chosen and own else None
        try:
            if not self.model.people[who].is_in:
                raise Not
            redeemed = self.model.redeem(who, reward, lots=lots, from_pool=from_pool)
        except Not:
            redeemed = None
        asked = {"customer_id": self.ids[who], "reward": reward, "lots": lots, "from_pool": from_pool}
        redemption_id = self.do(redeemed is not None, actions.redeem, **asked)
        if redeemed is not None:
            self.model.redemptions[redemption_id] = redeemed
            if then is not None:
                self._end_redemption(redemption_id, redeemed, then)

    @precondition(lambda self: self.model.redemptions)
    @rule(which=one_of, how=endings)
    def end_redemption(self, which: int, how: str) -> None:
        """A redemption is cancelled, or stands in an order that is picked up, given back, or both; each told twice."""
        redemption_id, redeemed = list(self.model.redemptions.items())[which % len(self.model.redemptions)]
        self._end_redemption(redemption_id, redeemed, how)

    def _end_redemption(self, redemption_id: UUID, redeemed: Redeemed, how: str) -> None:
        order, asked = uuid4(), {"customer_id": self.ids[redeemed.owner], "redemption_id": redemption_id}
        if how == "cancel":
            expected = not redeemed.is_used and self.model.people[redeemed.owner].is_in
            self.do(expected, actions.cancel_redemption, **asked)
            if expected:
                self.do(False, actions.cancel_redemption, **asked)
                self.model.give_back(redemption_id, by_store=False)
            return

        def reserve(session: Session, *, now: datetime, **asked: Any) -> None:
            actions.reserve_reward(session, **asked)

        self.do(not redeemed.is_used, reserve, **asked, order_id=order)
        if redeemed.is_used:
            return
        self.do(False, reserve, **asked, order_id=uuid4())  # it is in one order alone
        if "use" in how:
            for _ in range(2):
                self.do(True, actions.use_rewards, order_id=order)
            redeemed.is_used = True
        if "return" in how:
            for _ in range(2):
                self.do(True, actions.return_rewards, order_id=order)
            self.model.give_back(redemption_id, by_store=True)
