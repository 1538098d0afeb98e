"""What time brings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from service.loyalty import actions
from service.loyalty.models import StarEntry

from ..model import Lot, Not, Terms
from .asked import one_of, terms
from .life import Life


class Passing(Life):
    """Time passes; the programme changes, and what is to be done before stars expire is done."""

    @rule(hours=st.integers(1, 24 * 40))
    def wait(self, hours: int) -> None:
        """Time passes."""
        self.model.move_to(self.model.now + timedelta(hours=hours))

    @rule(which=one_of, early=st.booleans())
    def wait_until(self, which: int, early: bool) -> None:
        """It is the very instant at which something ends, or the second before it."""
        model = self.model
        ends = {gift.ends_at for gift in model.gifts.values()} | {model.versions[-1].begins_at}
        for lot in model.lots.values():
            ends |= {lot.available_at, model.leaves_at(lot)} if lot.order is not None else {lot.available_at}
            if lot.left and lot.expires_at is not None:
                ends.add(lot.expires_at)
        to_come = sorted(each - timedelta(seconds=early) for each in ends)
        to_come = [each for each in to_come if each > model.now]
        if to_come:
            model.move_to(to_come[which % len(to_come)])

    @rule(wanted=terms, days=st.integers(1, 20))
    def change_programme(self, wanted: dict[str, Any], days: int) -> None:
        """The programme gets other terms, some better and some worse, from a day to come on."""
        if len(self.model.versions) < 5:
            last = self.model.versions[-1].begins_at.astimezone(ZoneInfo(self.model.zone)).date()
            self._publish(Terms(**wanted), max(self.model.today(), last) + timedelta(days=days))

    @precondition(lambda self: self.model.lots)
    @rule(
        which=one_of, policy=st.sampled_from(["redeem", "pool", "remind", "let_go"]), days=st.sampled_from([1, 30, 400])
    )
    def before_expiry(self, which: int, policy: str, days: int) -> None:
        """What somebody said is done with a lot before it expires, once."""
        model = self.model
        lot = list(model.lots.values())[which % len(model.lots)]
        said = {"do": policy, "days_before": days, "reward": "off-1"}
        due = lot.expires_at is not None and model.now >= lot.expires_at - timedelta(days=days)
        expected = due and lot.left > 0 and not lot.is_done and model.people[lot.owner].is_in
        before = set(self._redemption_ids())
        for told in (expected, False):
            assert self.do(True, actions.do_before_expiry, lot_id=lot.id, policy=said) is told
        if not expected:
            return
        lot.is_done = True
        if policy == "pool":
            lot.is_pooled = bool(model.beside(lot.owner))
        is_done = lot.is_pooled or policy == "let_go" or (policy == "redeem" and self._redeemed_before(lot, before))
        for each in model.lots.values():  # one reminder for all that end together
            is_told = (each.owner, each.expires_at) == (lot.owner, lot.expires_at) and each.left > 0
            each.is_done = each.is_done or (is_told and not is_done)

    def _redeemed_before(self, lot: Lot, before: set[UUID]) -> bool:
        """Redeem in the model what the service redeemed; tell whether the stars sufficed."""
        try:
            redeemed = self.model.redeem(lot.owner, "off-1", lots=None, from_pool=False)
        except Not:
            assert set(self._redemption_ids()) == before
            return False
        (made,) = set(self._redemption_ids()) - before
        self.model.redemptions[made] = redeemed
        return True

    def _redemption_ids(self) -> set[UUID]:
        entries = sa.select(StarEntry.reference_id).where(StarEntry.kind == "redeemed")
        return {each for each in self.session.scalars(entries) if each is not None}
