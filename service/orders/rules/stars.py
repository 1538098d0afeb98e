"""The stars of an order: what a quote shows of them, and what the order keeps so that the same is posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ...loyalty.rules.earning import Agreed, Basket, BasketLine, Membership, Posted
from ...menu.rules import Menu
from ...stores.rules import StoreFacts
from .basket import Priced


def basket_of(priced: Priced, store: StoreFacts, menu: Menu, *, tender: str, at: datetime) -> Basket:
    """Return a priced basket as the programme looks at it: pieces, and what they cost before tax that comes on top."""
    return Basket(
        currency=store.currency,
        tender=tender,
        at=at,
        timezone=store.timezone,
        country=store.country,
        lines=tuple(
            BasketLine(
                item_id=line.item_id,
                category_ids=menu.categories_of(line.item_id),
                quantity=line.quantity,
                amount_minor=cost.total_minor,
            )
            for line, cost in zip(priced.lines, priced.money, strict=True)
        ),
    )


def stars_shown(member: Membership | None, basket: Basket) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a quote shows of the stars that its basket will earn, and what is kept beside it so that exactly that
    is posted; both empty for who isn't a member."""
    earning = member.preview(basket) if member is not None else None
    if member is None or earning is None:
        return {}, {}
    shown = {
        "programme_version": earning.programme_version,
        "stars": earning.stars,
        "rules": [
            {"rule": each.rule, "label": each.label, "stars": each.stars, "qualifying_stars": each.qualifying}
            for each in earning.earned
        ],
    }
    terms = {
        "at": basket.at,
        "promotions": sorted(member.promotions),
        "categories": {str(line.item_id): sorted(map(str, line.category_ids)) for line in basket.lines},
    }
    return {"stars": shown}, {"stars": terms}


def kept_stars(document: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what an order keeps of its quote's stars, None where none were shown."""
    if "stars" not in document:
        return None
    return {"shown": document["stars"], "terms": plan["stars"]}


def agreed_on(kept: Mapping[str, Any]) -> Agreed:
    """Return under which terms an order was shown to earn what."""
    shown = kept["shown"]
    return Agreed(
        programme_version=shown["programme_version"],
        promotions=frozenset(kept["terms"]["promotions"]),
        stars={each["rule"]: each["stars"] for each in shown["rules"]},
    )


def quoted_at(kept: Mapping[str, Any]) -> datetime:
    """Return the instant whose terms and daypart an order was quoted under."""
    return datetime.fromisoformat(kept["terms"]["at"])


def categories_quoted(kept: Mapping[str, Any]) -> dict[UUID, frozenset[UUID]]:
    """Return for each item that was quoted the categories that it was in then."""
    categories = kept["terms"]["categories"].items()
    return {UUID(item_id): frozenset(map(UUID, above)) for item_id, above in categories}


def stars_posted(
    kept: Mapping[str, Any] | None, posted: Sequence[Posted], labels: Mapping[str, str]
) -> dict[str, Any] | None:
    """Return what became of the stars of an order that was picked up, beside what its quote showed, in all and by rule;
    None where none were shown and none posted. `labels` are those of rules that were not shown."""
    if kept is None and not posted:
        return None
    shown = {each["rule"]: each for each in kept["shown"]["rules"]} if kept is not None else {}
    given = {each.rule: each for each in posted}
    rules = [
        {
            "rule": rule,
            "label": shown[rule]["label"] if rule in shown else labels.get(rule, rule),
            "shown": shown[rule]["stars"] if rule in shown else 0,
            "posted": given[rule].stars if rule in given else 0,
            "reversed": given[rule].reversed if rule in given else 0,
        }
        for rule in (*shown, *(rule for rule in given if rule not in shown))
    ]
    return {
        **{name: sum(each[name] for each in rules) for name in ("shown", "posted", "reversed")},
        "differs": any(each["shown"] != each["posted"] for each in rules),
        "rules": rules,
    }


def without_stars(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a quote or an order as it is shown to who acts for its customer: their stars are nobody else's."""
    return {name: value for name, value in document.items() if name not in {"stars", "stars_posted"}}
