"""Stars for others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from service.loyalty import actions
from service.loyalty.models import StarLot

from ..model import Consent, Given, Not
from .asked import gift_endings, one_of, somebody
from .life import Life


class Sharing(Life):
    """Stars are given, taken and come back; a pool is made, entered and left."""

    @rule(who=somebody, stars=st.integers(1, 30), to=somebody, then=st.none() | gift_endings)
    def give(self, who: int, stars: int, to: int, then: str | None) -> None:
        """Somebody offers stars, and perhaps they are taken at once."""
        try:
            if not self.model.people[who].is_in:
                raise Not
            parts = self.model.gift(who, stars)
        except Not:
            parts = None
        asked = {"customer_id": self.ids[who], "stars": stars, "message": None}
        gift = self.do(parts is not None, actions.offer_gift, **asked)
        self._offered(who, parts, gift)
        if gift is not None and then is not None:
            self._end_gift(gift["id"], then, to)

    def _offered(self, who: int, parts: dict[UUID, int] | None, gift: Any) -> None:
        if parts is not None:
            self.model.gifts[gift["id"]] = Given(who, gift["token"], parts, self.model.gift_ends_at(parts))

    @precondition(lambda self: self.model.gifts)
    @rule(which=one_of, how=gift_endings, who=somebody)
    def end_gift(self, which: int, how: str, who: int) -> None:
        """A gift is taken, turned down or taken back, each twice; or it is too late for it."""
        self._end_gift(list(self.model.gifts)[which % len(self.model.gifts)], how, who)

    def _end_gift(self, gift_id: UUID, how: str, who: int) -> None:
        gift = self.model.gifts[gift_id]
        is_open = gift.ends_at > self.model.now
        asked: dict[str, Any] = {"token": gift.token}
        action: Callable[..., Any] = actions.refuse_gift
        if how == "accept":
            is_open = is_open and who != gift.giver and self.model.people[who].is_in
            action, asked = actions.accept_gift, asked | {"customer_id": self.ids[who]}
        elif how == "take_back":
            is_open = is_open and self.model.people[gift.giver].is_in
            action, asked = actions.take_back_gift, {"customer_id": self.ids[gift.giver], "gift_id": gift_id}
        self.do(is_open, action, **asked)
        if is_open:
            self.do(False, action, **asked)
            del self.model.gifts[gift_id]
            if how == "accept":
                self.model.hand_over(gift.parts, who, self._received(who))
            else:
                self.model.put_back(gift.parts, by_store=False)

    def _received(self, who: int) -> dict[UUID, UUID]:
        """Return the new lots of somebody's, by the lots that their stars come from."""
        mine = sa.select(StarLot.from_lot_id, StarLot.id).where(StarLot.member_id == self.members[who])
        rows = self.session.execute(mine.where(StarLot.from_lot_id.is_not(None)))
        return {row.from_lot_id: row.id for row in rows if row.id not in self.model.lots}

    @rule()
    def carry(self) -> None:
        """The worker lets go back what nobody took in time; twice."""
        due = {gift_id for gift_id, gift in self.model.gifts.items() if gift.ends_at <= self.model.now}
        assert set(actions.due_gifts(self.session, now=self.model.now)) == due
        for gift_id in sorted(due):
            assert self.do(True, actions.return_gift, gift_id=gift_id)
            assert not self.do(True, actions.return_gift, gift_id=gift_id)
            self.model.put_back(self.model.gifts.pop(gift_id).parts, by_store=False)
        for member in actions.due_expiries(self.session, now=self.model.now):
            assert self.do(True, actions.expire_stars, member_id=member)
            assert not self.do(True, actions.expire_stars, member_id=member)

    @rule(who=somebody, cap=st.none() | st.integers(0, 25))
    def pool(self, who: int, cap: int | None) -> None:
        """Somebody makes the pool, comes into it, lets others spend more or fewer, or leaves with their own lots."""
        model, person = self.model, self.model.people[who]
        asked: dict[str, Any] = {"customer_id": self.ids[who], "pool_id": self.pool_id}
        if person.consent is None:
            self._enter_pool(who, cap or 5)
        elif cap is None:
            self.do(True, actions.leave_pool, **asked)
            self.do(False, actions.leave_pool, **asked)
            model.leave_pool(who)
        else:
            self.do(cap >= person.consent.used, actions.change_cap, cap=cap, **asked)
            person.consent.cap = cap if cap >= person.consent.used else person.consent.cap

    def _enter_pool(self, who: int, cap: int) -> None:
        model, person = self.model, self.model.people[who]
        inside = [each for each, other in enumerate(model.people) if other.consent is not None]
        asked: dict[str, Any] = {"customer_id": self.ids[who], "called": "Me", "cap": cap}
        if not inside:
            self.pool_id = self.do(person.is_in, actions.make_pool, name="Us", **asked)
            self.do(False, actions.make_pool, name="Us", **asked)
        else:
            host = {"customer_id": self.ids[inside[0]], "pool_id": self.pool_id}
            token, _ = self.do(True, actions.invite, **host)
            self.do(person.is_in, actions.join_pool, token=token, **asked)
            self.do(False, actions.join_pool, token=token, **asked)
        if person.is_in:
            model.entered += 1
            person.consent, person.entered = Consent(cap), model.entered
