"""What a basket earns: every rule by itself, in whole stars, from what is left of the lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...menu.rules import is_open_at
from .programme import Accrual, Programme, in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketLine:
    """A line that earns: pieces, and what is paid for them in minor units, tips and what was given back apart.
    `category_ids` are the item's category and those above it."""

    item_id: UUID
    category_ids: frozenset[UUID]
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """What was ordered: `at` is when, which says under which version and in which daypart."""

    currency: str
    tender: str
    at: datetime
    timezone: str
    country: str
    lines: tuple[BasketLine, ...]


@dataclass(frozen=True, slots=True)
class Earned:
    """Stars that one rule gives; `qualifying` of them count towards a tier."""

    rule: str
    label: str
    stars: int
    qualifying: int


@dataclass(frozen=True, slots=True)
class Posted:
    """Stars that were posted for an order by one rule, and how many of them were reversed since; no
    `programme_version` where no rule of the programme gave them."""

    rule: str
    stars: int
    reversed: int
    programme_version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What an order was shown to earn when it was quoted: under which version, in which promotions, how many stars by
    each rule."""

    programme_version: int
    promotions: frozenset[str]
    stars: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody's place in the programme: its versions, the oldest first, and the promotions that they are in."""

    programmes: Sequence[Programme]
    promotions: frozenset[str]

    def remedy_stars(self, at: datetime) -> int:
        """Return how many stars a missed promise gives to who chose them, 0 where there is no programme then."""
        programme = in_force(self.programmes, at)
        return programme.remedy_stars if programme is not None else 0

    def preview(self, basket: Basket) -> Preview | None:
        """Return what a basket will earn, None where there is no programme then."""
        programme = in_force(self.programmes, basket.at)
        if programme is None:
            return None
        return Preview(programme.version, earn(programme, basket, self.promotions))


@dataclass(frozen=True, slots=True)
class Preview:
    """What an order will earn at its pickup: by rule, and under which version of the programme."""

    programme_version: int
    earned: tuple[Earned, ...]

    @property
    def stars(self) -> int:
        """All of them."""
        return sum(each.stars for each in self.earned)


def earn(programme: Programme, basket: Basket, opted_in: Collection[str]) -> tuple[Earned, ...]:
    """Return what each rule gives for a basket: the programme's own, and the promotions that the member is in.

    Whatever is taken out of the basket, a rule gives no more than before; for nothing it gives nothing. So what is
    reversed is the difference, however many steps it took.
    """
    running = [
        each.accrual
        for each in programme.promotions.values()
        if each.key in opted_in and each.starts_at <= basket.at < each.ends_at
    ]
    found = [(rule, _stars(rule, basket)) for rule in (*programme.accruals, *running)]
    return tuple(Earned(rule.key, rule.label, stars, stars * rule.qualifies) for rule, stars in found if stars)


def _stars(rule: Accrual, basket: Basket) -> int:
    if rule.tender is not None and rule.tender != basket.tender:
        return 0
    if rule.daypart is not None and not is_open_at(
        rule.daypart, basket.at, timezone=basket.timezone, country=basket.country
    ):
        return 0
    lines = [line for line in basket.lines if rule.things.has(line.item_id, line.category_ids)]
    if rule.kind == "per_item":
        return rule.stars * sum(line.quantity for line in lines)
    if rule.currency != basket.currency or rule.per_minor is None:
        return 0
    return sum(line.amount_minor for line in lines) * rule.stars // rule.per_minor
