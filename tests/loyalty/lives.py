"""Random lives of three members, step by step in the service and in the plain model (hypothesis)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy.orm import Session

from service.errors import Refusal
from service.http.edge import Edge
from service.loyalty import actions, queries
from service.loyalty.models import RewardStock, StarEntry, StarLot, StarMovement
from service.loyalty.rules.earning import Agreed, Basket, BasketLine
from service.loyalty.schemas import read_programme

from .club import NAMES_NOTHING, programme
from .model import Consent, Given, Gone, Lot, Model, Not, Person, Redeemed, Terms, end_of

PEOPLE = 3
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
somebody = st.integers(0, PEOPLE - 1)
one_of = st.integers(0, 20)
rewards = st.sampled_from(["off-1", "off-1", "last", "last", "nothing"])
endings = st.sampled_from(["cancel", "use", "return", "use and return"])
gift_endings = st.sampled_from(["accept", "accept", "refuse", "take_back"])
terms = st.fixed_dictionaries(
    {
        "per_dollar": st.integers(1, 4),
        "per_piece": st.integers(1, 3),
        "prices": st.sampled_from(
            [(("off-1", 7),), (("off-1", 13), ("last", 5)), (("off-1", 10), ("last", 3)), (("last", 6),)]
        ),
        "stock": st.sampled_from([None, 0, 1, 4]),
        "months": st.sampled_from([None, 1, 2, 12, 13]),
        "grace_days": st.sampled_from([0, 1, 14]),
        "pending_days": st.sampled_from([0, 0, 1, 3]),
        "gift_days": st.sampled_from([1, 7]),
        "lark": st.sampled_from([10, 20, 40]),
        "has_promotion": st.booleans(),
    }
)


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


class Lives(RuleBasedStateMachine):
    """Three members; whatever is done is done in the model, too, and told twice where it can be."""

    app: Edge
    model: Model

    @initialize(beginning=st.sampled_from(BEGINNINGS))
    def begin(self, beginning: tuple[str, datetime]) -> None:
        """A programme, and three who joined it, each with an order."""
        self.writing = self.app.database.writing()
        self.session: Session = self.writing.__enter__()
        zone, now = beginning
        people = [Person() for _ in range(PEOPLE)]
        self.model = Model(now, zone, [], people, now)
        day = self.model.today()
        self.promotion_ends_on = day + timedelta(days=PROMOTED_DAYS)
        self.model.promotion_ends_at = end_of(self.promotion_ends_on, zone)
        self._publish(Terms(), day - timedelta(days=3))
        self.ids = [uuid4() for _ in range(PEOPLE)]
        self.orders: dict[UUID, Order] = {}
        self.pool_id: UUID | None = None
        self.members: list[UUID] = []
        for who in range(PEOPLE):
            self.do(True, actions.join, customer_id=self.ids[who])
            self.members.append(queries.member_of(self.session, customer_id=self.ids[who]).id)
            self.order(who, 600 + who * 400, 3, "pick_up")
            if who:
                self._enter_pool(who, 9)

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

    # What happens to orders.

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

    # Redeeming.

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

    # Sharing.

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

    # Being in it.

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

    # Time.

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

    # What holds always.

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
        qualifying = model.qualifying(who)
        assert shown["tier"]["qualifying_stars"] == qualifying
        assert shown["tier"]["current"]["key"] == ("lark" if qualifying >= model.terms().lark else "chick")


def _as_shown(lot: dict[str, Any]) -> tuple[Any, ...]:
    names = ("stars", "owed", "reversed", "programme_version", "available_at", "expires_at", "is_pooled")
    return lot["remaining"] if lot["state"] != "expired" else 0, *(lot[name] for name in names)


def _as_reckoned(lot: Lot) -> tuple[Any, ...]:
    ends = (lot.terms.number, lot.available_at, lot.expires_at, lot.is_pooled)
    return lot.left, lot.stars, lot.owed, lot.reversed, *ends
