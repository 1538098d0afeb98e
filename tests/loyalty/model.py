"""What should become of members' stars, in the plainest words: dictionaries that reckon by themselves."""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

LONG_AGO, NEVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)


class Not(Exception):
    """The service should refuse this."""


class Gone(Not):
    """The stars would suffice, but there is none left."""


@lru_cache(10_000)
def end_of(day: date, zone: str) -> datetime:
    """Return the first second at which it is a later day in the zone, looked for in halves."""
    low = datetime.combine(day, time(), UTC) - timedelta(hours=15)
    high = low + timedelta(hours=60)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (low, middle) if middle.astimezone(ZoneInfo(zone)).date() > day else (middle, high)
    return high


def later(day: date, months: int) -> date:
    """Return the same day so many months later, or that month's last."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True)
class Terms:
    """A version of the programme. `prices` of its rewards; `months` None: stars never expire."""

    number: int = 1
    begins_at: datetime = LONG_AGO
    per_dollar: int = 2
    per_piece: int = 1
    prices: tuple[tuple[str, int], ...] = (("off-1", 10), ("last", 5))
    stock: int | None = 3
    months: int | None = 13
    grace_days: int = 14
    pending_days: int = 0
    gift_days: int = 7
    lark: int = 20
    has_promotion: bool = True

    def earn(self, cents: int, pieces: int, promoted: bool) -> dict[str, int]:
        """Return what each rule gives."""
        found = {"base": cents * self.per_dollar // 100, "piece": pieces * self.per_piece}
        found["white"] = pieces * 10 if promoted and self.has_promotion else 0
        return {rule: stars for rule, stars in found.items() if stars}


@dataclass
class Lot:
    """Stars of one rule and order, or those that came with a gift."""

    id: UUID
    owner: int
    terms: Terms
    rule: str
    stars: int
    left: int
    earned_at: datetime
    available_at: datetime
    expires_at: datetime | None
    order: UUID | None = None
    reversed: int = 0
    owed: int = 0
    had_grace: bool = False
    is_pooled: bool = False
    is_done: bool = False

    def is_usable(self, now: datetime) -> bool:
        """Tell whether its stars can be spent."""
        return self.left > 0 and self.available_at <= now


@dataclass
class Consent:
    """What somebody in the pool lets the others spend."""

    cap: int
    used: int = 0


@dataclass
class Person:
    """A member; `order` numbers who came into the pool first."""

    is_in: bool = True
    is_promoted: bool = False
    consent: Consent | None = None
    entered: int = 0


@dataclass
class Redeemed:
    """A redemption: which lots paid, and whose consent for how much."""

    owner: int
    reward: str
    is_limited: bool
    parts: dict[UUID, int]
    shares: list[tuple[Consent, int]]
    is_used: bool = False


@dataclass
class Given:
    """A gift that nobody took yet."""

    giver: int
    token: str
    parts: dict[UUID, int]
    ends_at: datetime


@dataclass
class Model:
    """Everybody's stars. Whoever opens lots says which ids they have (`ids`), since the database makes them."""

    now: datetime
    zone: str
    versions: list[Terms]
    people: list[Person]
    promotion_ends_at: datetime
    lots: dict[UUID, Lot] = field(default_factory=dict)
    redemptions: dict[UUID, Redeemed] = field(default_factory=dict)
    gifts: dict[UUID, Given] = field(default_factory=dict)
    expired: list[tuple[UUID, int, datetime]] = field(default_factory=list)
    units_left: dict[str, int] = field(default_factory=dict)
    out: dict[str, int] = field(default_factory=dict)
    entered: int = 0
    given: int = 0
    reversed: int = 0
    let_go: int = 0

    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.zone)).date()

    def terms(self) -> Terms:
        return [each for each in self.versions if each.begins_at <= self.now][-1]

    def of(self, who: int) -> list[Lot]:
        """Return somebody's lots that can be spent, in the order in which they pay."""
        mine = [lot for lot in self.lots.values() if lot.owner == who and lot.is_usable(self.now)]
        return sorted(mine, key=lambda lot: (lot.expires_at or NEVER, lot.id))

    def publish(self, terms: Terms) -> None:
        self.versions.append(terms)
        for reward, _ in terms.prices:
            if reward != "last" or terms.stock is None:
                self.units_left.pop(reward, None)
            else:
                self.units_left[reward] = max(0, terms.stock - self.out.get(reward, 0))

    def move_to(self, now: datetime) -> None:
        """Let time pass; what ends in it ends at its own instant."""
        self.now = now
        for lot in self.lots.values():
            self.expire(lot, lot.expires_at)

    def expire(self, lot: Lot, at: datetime | None) -> None:
        if lot.left and lot.expires_at is not None and at is not None and lot.expires_at <= self.now:
            self.expired.append((lot.id, lot.left, at))
            lot.left = 0

    def open(self, lot_id: UUID, who: int, rule: str, stars: int, terms: Terms, order: UUID | None, days: int) -> None:
        months = terms.months
        expires_at = end_of(later(self.today(), months), self.zone) if months is not None else None
        available_at = end_of(self.today() + timedelta(days=days - 1), self.zone) if days else self.now
        self.lots[lot_id] = Lot(lot_id, who, terms, rule, stars, stars, self.now, available_at, expires_at, order=order)
        self.given += stars

    def reverse(self, order: UUID, keeps: Callable[[Terms], dict[str, int]]) -> None:
        for lot in [each for each in self.lots.values() if each.order == order]:
            more = max(0, lot.stars - keeps(lot.terms).get(lot.rule, 0) - lot.reversed)
            there = min(more, lot.left)
            lot.reversed, lot.left, lot.owed = lot.reversed + more, lot.left - there, lot.owed + more - there
            self.reversed += there

    def price(self, reward: str, lot: Lot) -> int | None:
        """Return what the reward costs in such stars: now or when they were earned, whichever is less."""
        known = [dict(terms.prices).get(reward) for terms in (self.terms(), lot.terms)]
        return min([price for price in known if price is not None], default=None)

    def redeem(self, who: int, reward: str, *, lots: Sequence[UUID] | None, from_pool: bool) -> Redeemed:
        """Take a reward's stars. Raises Not."""
        if all(reward not in dict(each.prices) for each in self.versions if each.begins_at <= self.now):
            raise Not
        own = self.of(who)
        if lots is not None:
            if not {*lots} <= {lot.id for lot in own}:
                raise Not
            own = [self.lots[lot_id] for lot_id in lots]
        taken, shares = self._pay(who, reward, [*own, *(self.shared_with(who) if from_pool else ())])
        if self.units_left.get(reward) == 0:
            raise Gone
        self._take(taken)
        if reward in self.units_left:
            self.units_left[reward] -= 1
            self.out[reward] = self.out.get(reward, 0) + 1
        found = [(self._consent(each), stars) for each, stars in shares.items()]
        for consent, stars in found:
            consent.used += stars
        return Redeemed(who, reward, reward in self.units_left, taken, found)

    def _pay(self, who: int, reward: str, lots: Sequence[Lot]) -> tuple[dict[UUID, int], dict[int, int]]:
        """Return what each lot pays, and how much of it is of whose consent. Raises Not."""
        due = Fraction(1)
        taken: dict[UUID, int] = {}
        shares: dict[int, int] = {}
        for lot in lots:
            price, is_shared, most = self.price(reward, lot), lot.owner != who and not lot.is_pooled, lot.left
            if is_shared:
                consent = self._consent(lot.owner)
                most = min(most, consent.cap - consent.used - shares.get(lot.owner, 0))
            if price is not None and due > 0 and most > 0:
                taken[lot.id] = min(most, math.ceil(due * price))
                due -= Fraction(taken[lot.id], price)
                if is_shared:
                    shares[lot.owner] = shares.get(lot.owner, 0) + taken[lot.id]
        if due > 0:
            raise Not
        return taken, shares

    def _consent(self, who: int) -> Consent:
        consent = self.people[who].consent
        assert consent is not None
        return consent

    def shared_with(self, who: int) -> list[Lot]:
        """Return the others' lots of somebody's pool, in the order in which they pay."""
        found = [lot for other in self.beside(who) for lot in self.of(other)]
        return sorted(found, key=lambda lot: (lot.expires_at or NEVER, lot.id))

    def beside(self, who: int) -> list[int]:
        """Return who else is in the pool with somebody, whoever came first first."""
        if self.people[who].consent is None:
            return []
        inside = [each for each, person in enumerate(self.people) if each != who and person.consent is not None]
        return sorted(inside, key=lambda each: self.people[each].entered)

    def _take(self, parts: dict[UUID, int]) -> None:
        for lot_id, stars in parts.items():
            self.lots[lot_id].left -= stars

    def give_back(self, redemption: UUID, *, by_store: bool) -> None:
        over = self.redemptions.pop(redemption)
        self.put_back(over.parts, by_store=by_store)
        for consent, stars in over.shares:
            consent.used -= stars
        if over.is_limited:
            self.out[over.reward] -= 1
            if over.reward in self.units_left:
                self.units_left[over.reward] += 1

    def put_back(self, parts: dict[UUID, int], *, by_store: bool) -> None:
        for lot_id, stars in parts.items():
            lot = self.lots[lot_id]
            until = end_of(self.today() + timedelta(days=lot.terms.grace_days), self.zone)
            if lot.expires_at is not None and until > lot.expires_at and (by_store or not lot.had_grace):
                lot.expires_at, lot.had_grace = until, True
            settled = min(stars, lot.owed)
            lot.owed, lot.left = lot.owed - settled, lot.left + stars - settled
            self.reversed += settled
        for lot_id in parts:
            self.expire(self.lots[lot_id], self.now)

    def gift(self, who: int, stars: int) -> dict[UUID, int]:
        """Return which lots give so many stars, taken out of them. Raises Not."""
        parts = {}
        for lot in self.of(who):
            if stars:
                parts[lot.id] = min(lot.left, stars)
                stars -= parts[lot.id]
        if stars:
            raise Not
        self._take(parts)
        return parts

    def all_of(self, who: int) -> dict[UUID, int]:
        """Return all of somebody's stars, taken out of their lots."""
        parts = {lot.id: lot.left for lot in self.lots.values() if lot.owner == who and lot.left}
        self._take(parts)
        return parts

    def gift_ends_at(self, parts: dict[UUID, int]) -> datetime:
        ends = [end_of(self.today() + timedelta(days=self.terms().gift_days), self.zone)]
        return min(ends + [at for at in (self.lots[lot_id].expires_at for lot_id in parts) if at is not None])

    def hand_over(self, parts: dict[UUID, int], to: int, ids: dict[UUID, UUID]) -> None:
        """Let stars be another's, in lots like those they came from."""
        for lot_id, stars in parts.items():
            fresh: dict[str, Any] = {"order": None, "reversed": 0, "owed": 0, "is_pooled": False, "is_done": False}
            self.lots[ids[lot_id]] = replace(
                self.lots[lot_id], id=ids[lot_id], owner=to, stars=stars, left=stars, **fresh
            )

    def leave_pool(self, who: int) -> None:
        self.people[who].consent = None
        for lot in self.lots.values():
            lot.is_pooled = lot.is_pooled and lot.owner != who

    def qualifying(self, who: int, *, on: date | None = None) -> int:
        """Return what counts towards somebody's tier on a day."""
        return sum(
            lot.stars - lot.reversed
            for lot in self.lots.values()
            if lot.owner == who
            and lot.order is not None
            and lot.rule in {"base", "piece"}
            and self.counts(lot, on or self.today())
        )

    def counts(self, lot: Lot, on: date) -> bool:
        """Tell whether a lot was earned on the same day a year before, or later; on Feb 29, the 28th."""
        year_ago = on.replace(year=on.year - 1) if (on.month, on.day) != (2, 29) else date(on.year - 1, 2, 28)
        return lot.earned_at.astimezone(ZoneInfo(self.zone)).date() >= year_ago

    def leaves_at(self, lot: Lot) -> datetime:
        """Return the first instant at which a lot counts towards no tier any more."""
        day = lot.earned_at.astimezone(ZoneInfo(self.zone)).date() + timedelta(days=364)
        while self.counts(lot, day):
            day += timedelta(days=1)
        return end_of(day - timedelta(days=1), self.zone)

    def spent(self) -> int:
        return sum(sum(each.parts.values()) for each in self.redemptions.values())

    def on_the_way(self) -> int:
        return sum(sum(each.parts.values()) for each in self.gifts.values())

    def check_sum(self) -> int:
        """Return what is left, spent, on the way, expired, reversed and let go: all that was given."""
        left = sum(lot.left for lot in self.lots.values())
        gone = sum(stars for _, stars, _ in self.expired) + self.reversed + self.let_go
        return left + self.spent() + self.on_the_way() + gone
