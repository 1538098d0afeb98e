"""The programme-change receipt: what differs between two versions, term by term, and for whom it is better."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Literal

Effect = Literal["better", "worse", "other"]
EFFECTS: tuple[Effect, ...] = ("better", "worse", "other")

_MORE_IS_BETTER = {
    ("accruals", "stars"),
    ("accruals", "qualifies"),
    ("accrual", "stars"),
    ("accrual", "qualifies"),
    ("promotions", "ends_on"),
    ("rewards", "amounts"),
    ("rewards", "stock"),
    ("expiry", "months"),
    ("expiry", "grace_days"),
    ("gift_days",),
    ("claim_days",),
    ("remedy_stars",),
}
_LESS_IS_BETTER = {
    ("accruals", "per_minor"),
    ("accrual", "per_minor"),
    ("promotions", "starts_on"),
    ("rewards", "stars"),
    ("tiers", "threshold"),
    ("pending_days",),
}
_RESTRICTIONS = {"tender", "daypart"}
_LISTS = ("accruals", "tiers", "rewards", "promotions")
# Told by their own days, and found out when a version is published: no terms that differ.
_NOT_TERMS = {"effective_on", "item_ids", "category_ids", "key"}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each term that differs: its path, both values, and whether the new one is better for members."""
    return [
        {"path": path, "before": old, "after": new, "effect": _effect(path, old, new)}
        for path, old, new in _differing("", _by_key(before), _by_key(after))
    ]


def _by_key(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {each["key"]: each for each in value} if name in _LISTS else value for name, value in document.items()
    }


def _differing(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = [*before, *(name for name in after if name not in before)]
        for name in names:
            if name not in _NOT_TERMS:
                below = f"{path}.{name}" if path else name
                yield from _differing(below, before.get(name), after.get(name))
    elif before != after:
        yield path, before, after


def _effect(path: str, before: Any, after: Any) -> Effect:
    parts = path.split(".")
    if len(parts) == 2 and parts[0] in _LISTS and None in (before, after):
        return "better" if before is None else "worse"
    if parts[-1] in _RESTRICTIONS and None in (before, after):
        return "better" if after is None else "worse"
    term = ("accrual" if "accrual" in parts else parts[0], parts[-1]) if len(parts) > 1 else (parts[0],)
    if term[-1] == "amounts":
        return _of_amounts(before, after)
    if term[-1] == "per_minor" and None in (before, after):
        return "other"  # it has become a rule of another kind
    old, new = _size(term, before), _size(term, after)
    if term in _MORE_IS_BETTER:
        return "better" if new > old else "worse"
    return ("better" if new < old else "worse") if term in _LESS_IS_BETTER else "other"


def _size(term: tuple[str, ...], value: Any) -> float:
    """Return what a term is compared by, nothing in particular where it isn't."""
    if value is None:
        return float("inf")  # no limit (of stock, of life) is the most there can be
    if term[-1] in {"starts_on", "ends_on"}:
        return date.fromisoformat(value).toordinal()
    return value if isinstance(value, int | float) else 0


def _of_amounts(before: Any, after: Any) -> Effect:
    old, new = ({each["currency"]: each["amount_minor"] for each in value or ()} for value in (before, after))
    if all(new.get(currency, 0) >= amount for currency, amount in old.items()):
        return "better"
    return "worse" if all(old.get(currency, 0) >= amount for currency, amount in new.items()) else "other"


def broken_promises(before: Iterable[Mapping[str, Any]], after: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return by path what a version may not change under the same name: what a reward gives can't become less, since
    members hold stars that were earned for it. Under another key it may.

    `before` are all versions, the oldest first: stars of one buy a reward that the next ones didn't offer.
    """
    old = {each["key"]: each for version in before for each in version["rewards"]}
    wrong = {}
    for index, reward in enumerate(after["rewards"]):
        known = old.get(reward["key"])
        if known is None:
            continue
        same = all(reward[name] == known[name] for name in ("kind", "skus", "categories"))
        if not same or (
            known["amounts"] != reward["amounts"] and _of_amounts(known["amounts"], reward["amounts"]) != "better"
        ):
            wrong[f"rewards.{index}"] = ["What this reward gives would become less or other; give it another key."]
    return wrong
