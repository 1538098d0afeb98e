"""The programme's terms, read from its document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from .calendar import start_of

AccrualKind = Literal["per_amount", "per_item"]
RewardKind = Literal["value", "item"]
ACCRUAL_KINDS: tuple[AccrualKind, ...] = ("per_amount", "per_item")
TENDERS = ("wallet", "card", "pay_at_pickup", "split")
"""The words for how an order is paid: by one alone, or by several that its customer named, whoever of them pays in the
end."""
REWARD_KINDS: tuple[RewardKind, ...] = ("value", "item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """What a rule or a reward is for: items, or categories with all below them; neither: everything."""

    item_ids: frozenset[UUID] = frozenset()
    category_ids: frozenset[UUID] = frozenset()

    def has(self, item_id: UUID, category_ids: frozenset[UUID]) -> bool:
        """Tell whether an item in these categories is one of them."""
        if not self.item_ids and not self.category_ids:
            return True
        return item_id in self.item_ids or bool(self.category_ids & category_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrual:
    """How stars are earned: `stars` for every `per_minor` of `currency` (`per_amount`), or for every piece
    (`per_item`); only of `things`, with a tender, in a daypart, where it names them. `qualifies`: towards tiers."""

    key: str
    label: str
    kind: AccrualKind
    stars: int
    per_minor: int | None = None
    currency: str | None = None
    things: Things = Things()
    tender: str | None = None
    daypart: str | None = None
    qualifies: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """An accrual that everyone sees who is a member, for those who opted in; between two instants."""

    key: str
    label: str
    terms: str
    starts_at: datetime
    ends_at: datetime
    accrual: Accrual


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A tier, from so many qualifying stars of the last twelve months on; its benefits in words."""

    key: str
    label: str
    threshold: int
    benefits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """What stars can be redeemed for: up to an amount off the order (`value`), or one piece of `things`, up to the
    amount (`item`). `amounts` in minor units by currency."""

    key: str
    label: str
    stars: int
    kind: RewardKind
    amounts: Mapping[str, int]
    things: Things = Things()
    stock: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """One version of the programme. `expiry_months` None: stars don't expire."""

    version: int
    effective_at: datetime
    timezone: str
    accruals: tuple[Accrual, ...]
    tiers: tuple[Tier, ...]
    rewards: Mapping[str, Reward]
    promotions: Mapping[str, Promotion]
    expiry_months: int | None
    grace_days: int
    pending_days: int
    gift_days: int
    claim_days: int
    remedy_stars: int = 0

    def labels(self) -> dict[str, str]:
        """Return the label of each rule that makes entries, by its key."""
        found = {each.key: each.label for each in self.accruals}
        return found | {each.accrual.key: each.label for each in self.promotions.values()}


def programme_of(version: int, effective_at: datetime, document: Mapping[str, Any]) -> Programme:
    """Read a kept document."""
    zone, expiry = document["timezone"], document["expiry"]
    return Programme(
        version=version,
        effective_at=effective_at,
        timezone=zone,
        accruals=tuple(_accrual(each) for each in document["accruals"]),
        tiers=tuple(
            Tier(key=each["key"], label=each["label"], threshold=each["threshold"], benefits=tuple(each["benefits"]))
            for each in document["tiers"]
        ),
        rewards={each["key"]: reward_of(each) for each in document["rewards"]},
        promotions={each["key"]: _promotion(each, zone) for each in document["promotions"]},
        expiry_months=expiry["months"],
        grace_days=expiry["grace_days"],
        pending_days=document["pending_days"],
        gift_days=document["gift_days"],
        claim_days=document["claim_days"],
        remedy_stars=document.get("remedy_stars", 0),
    )


def _accrual(document: Mapping[str, Any]) -> Accrual:
    names = ("key", "label", "kind", "stars", "per_minor", "currency", "tender", "daypart", "qualifies")
    return Accrual(**{name: document[name] for name in names}, things=_things(document))


def _promotion(document: Mapping[str, Any], timezone: str) -> Promotion:
    accrual = _accrual({**document["accrual"], "key": document["key"], "label": document["label"]})
    return Promotion(
        key=document["key"],
        label=document["label"],
        terms=document["terms"],
        starts_at=start_of(date.fromisoformat(document["starts_on"]), timezone),
        ends_at=start_of(date.fromisoformat(document["ends_on"]), timezone, days_after=1),
        accrual=accrual,
    )


def reward_of(document: Mapping[str, Any]) -> Reward:
    """Read a reward of a kept document."""
    return Reward(
        key=document["key"],
        label=document["label"],
        stars=document["stars"],
        kind=document["kind"],
        amounts={each["currency"]: each["amount_minor"] for each in document["amounts"]},
        things=_things(document),
        stock=document["stock"],
    )


def _things(document: Mapping[str, Any]) -> Things:
    return Things(
        item_ids=frozenset(UUID(each) for each in document["item_ids"]),
        category_ids=frozenset(UUID(each) for each in document["category_ids"]),
    )


def in_force(versions: Sequence[Programme], at: datetime) -> Programme | None:
    """Return the version in force at an instant: the last that took effect by then."""
    begun = [each for each in versions if each.effective_at <= at]
    return max(begun, key=lambda each: each.version) if begun else None
