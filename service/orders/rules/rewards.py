"""Rewards in a basket: which lines each of them makes cheaper, and by how much (docs/pricing.md, "Rewards")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ...loyalty.rules.programme import Reward
from ...money import allocate
from .basket import money


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardInBasket:
    """A reward that a customer puts into a basket: one that they redeemed (`redemption_id`), or one that placing
    redeems, with the stars that each lot pays for it."""

    reward: Reward
    document: Mapping[str, Any]
    stars: int
    redemption_id: UUID | None
    lots: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A line that rewards can make cheaper: what one and all of it cost, before tax that comes on top."""

    item_id: UUID
    category_ids: frozenset[UUID]
    quantity: int
    unit_minor: int


@dataclass(frozen=True, slots=True)
class Discounts:
    """What each reward takes off each line, in their orders."""

    by_reward: tuple[tuple[int, ...], ...] = ()

    def of_lines(self, count: int) -> list[int]:
        """Return what is taken off each of so many lines."""
        return [sum(each[index] for each in self.by_reward) for index in range(count)]


def discounts(lines: Sequence[Piece], rewards: Sequence[Reward], currency: str) -> Discounts:
    """Return what the rewards take off: first those for one piece, each off the dearest that is left, then those for an
    amount, off all of their lines in proportion to what is left of each. Never more than their amount, or than the
    lines cost; one that finds nothing takes nothing."""
    left = [line.unit_minor * line.quantity for line in lines]
    pieces = [line.quantity for line in lines]
    found: dict[int, tuple[int, ...]] = {}
    for place, reward in sorted(enumerate(rewards), key=lambda each: each[1].kind != "item"):
        eligible = [reward.things.has(line.item_id, line.category_ids) for line in lines]
        most = reward.amounts.get(currency, 0)
        if reward.kind == "item":
            off = _off_a_piece(lines, eligible, pieces, left, most)
        else:
            weights = [rest if mine else 0 for rest, mine in zip(left, eligible, strict=True)]
            off = allocate(min(most, sum(weights)), weights)
        left = [rest - part for rest, part in zip(left, off, strict=True)]
        found[place] = tuple(off)
    return Discounts(tuple(found[place] for place in range(len(rewards))))


def _off_a_piece(
    lines: Sequence[Piece], eligible: Sequence[bool], pieces: list[int], left: Sequence[int], most: int
) -> list[int]:
    off = [0] * len(lines)
    having = [index for index, mine in enumerate(eligible) if mine and pieces[index]]
    if having:
        dearest = max(having, key=lambda index: (lines[index].unit_minor, -index))
        pieces[dearest] -= 1
        off[dearest] = min(lines[dearest].unit_minor, most, left[dearest])
    return off


def rewards_document(rewards: Sequence[RewardInBasket], given: Discounts, currency: str) -> list[dict[str, Any]]:
    """Return the rewards as a quote shows them: what each takes off which lines."""
    return [
        {
            "redemption_id": str(each.redemption_id) if each.redemption_id is not None else None,
            "reward": each.document["key"],
            "label": each.document["label"],
            "stars": each.stars,
            "discount": money(sum(off), currency),
            "lines": [
                {"position": position, "discount": money(part, currency)}
                for position, part in enumerate(off, start=1)
                if part
            ],
            "lots": [{"lot_id": str(lot["lot_id"]), "stars": lot["stars"]} for lot in each.lots],
        }
        for each, off in zip(rewards, given.by_reward, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class LineLeft:
    """A line of an order, and whether anything is left of it: neither taken out nor given back whole."""

    position: int
    is_left: bool


def rewards_over(kept: Sequence[Mapping[str, Any]], lines: Sequence[LineLeft]) -> list[UUID]:
    """Return the redemptions in an order of whose lines nothing is left any more."""
    left = {line.position for line in lines if line.is_left}
    return [UUID(each["redemption_id"]) for each in kept if not left & {line["position"] for line in each["lines"]}]
