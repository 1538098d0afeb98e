"""Rewards in a basket: read for its quote, used by its placing, swapped by its change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...db import Again, new_id
from ...errors import Invalid, NotFound
from ...loyalty import actions as loyalty
from ...loyalty import queries as loyalty_queries
from ...loyalty.errors import NotEnoughStars
from ...loyalty.rules.programme import reward_of
from ...menu.rules import Menu, ResolvedLine
from ..rules.rewards import Discounts, Piece, RewardInBasket, discounts


@dataclass(frozen=True, slots=True)
class Used:
    """The id of an order that is about to be placed, and the rewards in it (None: none) as it keeps them."""

    order_id: UUID
    documents: list[dict[str, Any]] | None


def rewards_in(
    session: Session, basket: Mapping[str, Any], customer_id: UUID, replaces_order_id: UUID | None, *, now: datetime
) -> list[RewardInBasket]:
    """Return the rewards that a basket names, as they can be used now: redeemed and in no other order than the one to
    be replaced, or to be redeemed. Raises Invalid, NotJoined, NotEnoughStars, RewardsGone, RedemptionOver."""
    return [
        _reward(session, f"rewards.{index}", asked, customer_id, replaces_order_id, now)
        for index, asked in enumerate(basket.get("rewards") or ())
    ]


def _reward(
    session: Session,
    path: str,
    asked: Mapping[str, Any],
    customer_id: UUID,
    replaces_order_id: UUID | None,
    now: datetime,
) -> RewardInBasket:
    try:
        if asked["redemption_id"] is not None:
            redemption_id = UUID(str(asked["redemption_id"]))
            document, stars = loyalty_queries.reward_to_use(
                session, customer_id=customer_id, redemption_id=redemption_id, order_id=replaces_order_id
            )
            return RewardInBasket(
                reward=reward_of(document), document=document, stars=stars, redemption_id=redemption_id
            )
        lots = [UUID(str(each)) for each in asked["lots"]] if asked["lots"] is not None else None
        found = loyalty.preview_redemption(
            session, customer_id=customer_id, reward=asked["reward"], lots=lots, from_pool=False, now=now
        )
    except NotFound:
        named = "redemption_id" if asked["redemption_id"] is not None else "reward"
        raise Invalid({f"{path}.{named}": ["You have none that can be used."]}) from None
    except Invalid as wrong:
        raise Invalid({f"{path}.{name}": messages for name, messages in wrong.facts["errors"].items()}) from None
    document = found["reward"]
    return RewardInBasket(
        reward=reward_of(document),
        document=document,
        stars=found["stars"],
        redemption_id=None,
        lots=found["lots"],
    )


def taken_off(rewards: Sequence[RewardInBasket], lines: Sequence[ResolvedLine], menu: Menu, currency: str) -> Discounts:
    """Return what the rewards take off a basket's lines. Raises Invalid for each that would be used for nothing."""
    given = off_lines([each.reward for each in rewards], lines, menu, currency)
    wrong = {
        f"rewards.{index}": ["Nothing is left in this basket that this reward makes cheaper."]
        for index, off in enumerate(given.by_reward)
        if not any(off)
    }
    if wrong:
        raise Invalid(wrong)
    return given


def off_lines(rewards: Sequence[Any], lines: Sequence[ResolvedLine], menu: Menu, currency: str) -> Discounts:
    """Return the same, also where it is nothing."""
    if not rewards:
        return Discounts()
    pieces = [
        Piece(line.item_id, menu.categories_of(line.item_id), line.quantity, line.unit_price_minor) for line in lines
    ]
    return discounts(pieces, rewards, currency)


def are_as_shown(session: Session, quote: Any, *, now: datetime) -> bool:
    """Tell whether the rewards that placing a quote redeems would still take the stars that it shows from those
    lots. Looked at without a lock: placing looks again. Raises RewardsGone."""
    redeemed = [each for each in quote.document.get("rewards", ()) if each["redemption_id"] is None]
    try:
        return all(_paying(session, quote, each, now) == _shown(each) for each in redeemed)
    except (Invalid, NotEnoughStars):
        return False


def _paying(session: Session, quote: Any, shown: Mapping[str, Any], now: datetime) -> dict[UUID, int]:
    found = loyalty.preview_redemption(
        session,
        customer_id=quote.customer_id,
        reward=shown["reward"],
        lots=list(_shown(shown)),
        from_pool=False,
        now=now,
    )
    return {lot["lot_id"]: lot["stars"] for lot in found["lots"]}


def _shown(reward: Mapping[str, Any]) -> dict[UUID, int]:
    return {UUID(lot["lot_id"]): lot["stars"] for lot in reward["lots"]}


def use_rewards(
    session: Session, quote: Any, *, order_id: UUID | None = None, held: Sequence[UUID] = (), now: datetime
) -> Used:
    """Put the rewards of a quote into the order that is placed from it, or changed to it, which `held` some of them
    already: none is in two orders. Raises RedemptionOver, NotJoined, RewardsGone, Again."""
    order_id = order_id or new_id()
    shown = quote.document.get("rewards")
    if not shown:
        return Used(order_id, None)
    # What is redeemed only now comes first: it locks the member, who comes before redemptions everywhere.
    ids = [None if each["redemption_id"] else _redeem(session, quote, each, now) for each in shown]
    documents = []
    for each, redeemed_id in zip(shown, ids, strict=True):
        redemption_id = redeemed_id or UUID(each["redemption_id"])
        if redemption_id not in held:
            loyalty.reserve_reward(
                session, customer_id=quote.customer_id, redemption_id=redemption_id, order_id=order_id
            )
        documents.append({**each, "redemption_id": str(redemption_id)})
    session.flush()  # nothing that must be counted is left for the pipeline that travels with COMMIT
    return Used(order_id, documents)


def _redeem(session: Session, quote: Any, shown: Mapping[str, Any], now: datetime) -> UUID:
    try:
        redemption_id, paid = loyalty.redeem_from(
            session, customer_id=quote.customer_id, reward=shown["reward"], lots=list(_shown(shown)), now=now
        )
    except (Invalid, NotEnoughStars) as error:
        raise Again from error
    if paid != _shown(shown):
        raise Again  # something took from these lots just now: the next run sees it, and offers a new quote
    return redemption_id


def swap_rewards(session: Session, order: Mapping[str, Any], quote: Any, *, now: datetime) -> Used:
    """Put the rewards of a quote into the order that it changes; those that it doesn't name any more go back. Raises as
    `use_rewards`.

    What is redeemed anew is taken first: the quote showed what pays for it while the stars of the others were away.
    """
    before = {UUID(each["redemption_id"]) for each in order["rewards"] or ()}
    named = {UUID(each["redemption_id"]) for each in quote.document.get("rewards", ()) if each["redemption_id"]}
    dropped = before - named
    if dropped:
        loyalty.lock_rewards(session, order["id"], now)
    used = use_rewards(session, quote, order_id=order["id"], held=sorted(before & named), now=now)
    if dropped:
        loyalty.return_rewards(session, order_id=order["id"], only=dropped, by_store=False, now=now)
        session.flush()  # before the pipeline, which counts nothing
    return used
