"""Being a member."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from service.loyalty import actions

from ..model import Gone, Not, Redeemed
from .asked import rewards, somebody
from .sharing import Sharing


class Membership(Sharing):
    """Members opt into the promotion, leave with what they want done with their stars, and come again."""

    @rule(who=somebody, is_in=st.booleans())
    def opt(self, who: int, is_in: bool) -> None:
        """Somebody opts into the promotion, or out of it; twice."""
        person, known = self.model.people[who], self.model.terms().has_promotion
        asked = {"customer_id": self.ids[who], "promotion": "white"}
        expected = person.is_in and (known or (person.is_promoted and not is_in))
        action = actions.opt_in if is_in else actions.opt_out
        self.do(expected, action, **asked)
        if expected:
            self.do(known, action, **asked)
            person.is_promoted = is_in

    @rule(who=somebody, stars=st.sampled_from([None, "redeem", "give", "pool", "let_go"]), reward=rewards)
    def leave_or_join(self, who: int, stars: Any, reward: str) -> None:
        """Somebody leaves, and says what becomes of their stars; or comes again, to what they had."""
        model, person = self.model, self.model.people[who]
        if not person.is_in:
            for _ in range(2):
                self.do(True, actions.join, customer_id=self.ids[who])
            person.is_in = True
            return
        total = sum(lot.left for lot in model.lots.values() if lot.owner == who)
        redeemed: list[Redeemed] = []
        expected = not total or (
            stars is not None
            and not (stars == "pool" and not model.beside(who))
            and not (stars == "redeem" and not self._redeem_all(who, reward, redeemed))
        )
        heir = model.beside(who)[0] if stars == "pool" and expected and total else None
        told = self.do(expected, actions.leave, customer_id=self.ids[who], stars=stars, reward=reward)
        if not expected:
            return
        assert told["stars"] == total
        model.redemptions |= dict(zip(told["redemptions"], redeemed, strict=True))
        if stars == "give" and total:
            self._offered(who, model.all_of(who), told["gift"])
        if heir is not None:
            assert told["pooled"] == total
            model.hand_over(model.all_of(who), heir, self._received(heir))
        let_go = sum(model.all_of(who).values())
        assert told["let_go"] == let_go
        model.let_go += let_go
        model.leave_pool(who)
        person.is_in, person.is_promoted = False, False

    def _redeem_all(self, who: int, reward: str, redeemed: list[Redeemed]) -> bool:
        """Redeem as often as the stars suffice; where it can't be done, take it back in the model, too."""
        model = self.model
        try:
            while True:
                redeemed.append(model.redeem(who, reward, lots=None, from_pool=False))
        except Gone:
            for each in redeemed:
                for lot_id, part in each.parts.items():
                    model.lots[lot_id].left += part
                if each.is_limited:
                    model.units_left[reward] += 1
                    model.out[reward] -= 1
            redeemed.clear()
        except Not:
            pass
        return bool(redeemed)
