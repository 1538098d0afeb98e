"""Orders, and what they earn."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import rule

from service.loyalty import actions, queries
from service.loyalty.models import StarLot
from service.loyalty.rules.earning import Agreed, Basket, BasketLine

from .asked import one_of, somebody
from .life import Life, Order


class Ordering(Life):
    """Orders are placed, picked up and given back; a remedy is given."""

    @rule(
        who=somebody,
        cents=st.integers(10, 1_500),
        pieces=st.integers(0, 3),
        then=st.sampled_from(["pick_up", "pick_up", "wait"]),
    )
    def order(self, who: int, cents: int, pieces: int, then: str) -> None:
        """Somebody orders; what is shown is what the terms of now give."""
        model = self.model
        order = Order(uuid4(), who, cents, pieces, model.now, None)
        shown = queries.preview(self.session, customer_id=self.ids[who], basket=self._basket(order))
        assert (shown is not None) == model.people[who].is_in
        if shown is not None:
            is_promoted = model.people[who].is_promoted
            stars = model.terms().earn(cents, pieces, self._promoted(order, is_promoted))
            assert {each.rule: each.stars for each in shown.earned} == stars
            promotions = frozenset({"white"} if is_promoted else ())
            order.shown = Agreed(programme_version=shown.programme_version, promotions=promotions, stars=stars)
        self.orders[order.id] = order
        if then == "pick_up":
            self._pick_up(order)

    def _promoted(self, order: Order, is_promoted: bool) -> bool:
        return is_promoted and order.at < self.model.promotion_ends_at

    def _basket(self, order: Order, *, cents: int | None = None, pieces: int | None = None) -> Basket:
        line = BasketLine(
            item_id=order.id,
            category_ids=frozenset(),
            quantity=order.pieces if pieces is None else pieces,
            amount_minor=order.cents if cents is None else cents,
        )
        return Basket(
            currency="USD", tender="at_pickup", at=order.at, timezone="Asia/Tokyo", country="JP", lines=(line,)
        )

    @rule(which=one_of)
    def pick_up(self, which: int) -> None:
        """An order is picked up, long after it was placed."""
        waiting = [order for order in self.orders.values() if not order.is_done]
        if waiting:
            self._pick_up(waiting[which % len(waiting)])

    def _pick_up(self, order: Order) -> None:
        model, person = self.model, self.model.people[order.who]
        shown, expected = order.shown, {}
        under = [each for each in model.versions if each.begins_at <= order.at][-1]
        if person.is_in and shown is not None:
            expected = dict(shown.stars)
        elif person.is_in:  # joined since: they are in no promotion as of then
            expected = under.earn(order.cents, order.pieces, False)
        for told in (sum(expected.values()), 0, 0):
            asked = {"order_id": order.id, "basket": self._basket(order), "agreed": shown}
            assert self.do(True, actions.award, customer_id=self.ids[order.who], **asked) == told
        made = sa.select(StarLot.rule, StarLot.id).where(StarLot.order_id == order.id)
        ids = {row.rule: row.id for row in self.session.execute(made)}
        for each, stars in expected.items():
            model.open(ids[each], order.who, each, stars, under, order.id, under.pending_days)
        order.is_done = True

    @rule(which=one_of, cents=st.integers(0, 900), pieces=st.integers(0, 2))
    def refund(self, which: int, cents: int, pieces: int) -> None:
        """Some of an order is given back, and told twice."""
        done = [order for order in self.orders.values() if order.is_done]
        if done:
            order = done[which % len(done)]
            cents, pieces = min(cents, order.cents), min(pieces, order.pieces)
            for _ in range(2):
                basket = self._basket(order, cents=cents, pieces=pieces)
                self.do(True, actions.reverse, order_id=order.id, basket=basket)
            self.model.reverse(order.id, lambda under: under.earn(cents, pieces, self._promoted(order, True)))

    @rule(who=somebody, stars=st.integers(1, 9))
    def grant(self, who: int, stars: int) -> None:
        """A remedy, told twice."""
        model, order = self.model, uuid4()
        for told in (stars if model.people[who].is_in else 0, 0):
            asked = {"customer_id": self.ids[who], "stars": stars, "rule": "remedy", "order_id": order}
            assert self.do(True, actions.give_stars, **asked) == told
        for lot_id in self.session.scalars(sa.select(StarLot.id).where(StarLot.order_id == order)):
            model.open(lot_id, who, "remedy", stars, model.terms(), order, 0)
            model.lots[lot_id].order = None  # nothing reverses it
