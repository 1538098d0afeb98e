"""What a customer asks for, and what it becomes: a basket resolved against a menu, priced and weighed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from ...menu.errors import InvalidChoice, NotAvailableNow, SoldOut, Unavailable, refusal_of
from ...menu.rules import Fills, LineRequest, Menu, ResolvedLine, ResolvedModifier, resolve_line
from ...stores.rules import StoreFacts
from .promise import Work
from .totals import LineMoney, Totals, line_money, tax_rate, totals


@dataclass(frozen=True, slots=True)
class Priced:
    """A basket's lines resolved and priced at a store."""

    lines: tuple[ResolvedLine, ...]
    money: tuple[LineMoney, ...]
    totals: Totals

    def work(self) -> Work:
        """Return the work at each station: every started batch of a line counts whole, and is one piece."""
        seconds: dict[str, int] = {}
        longest: dict[str, int] = {}
        for line in self.lines:
            for station, each in line_work(line).items():
                seconds[station] = seconds.get(station, 0) + each
                longest[station] = max(longest.get(station, 0), line.work[station])
        return Work(seconds, longest)

    def stock(self) -> dict[UUID, int]:
        """Return how many of each counted item the basket takes."""
        units: dict[UUID, int] = {}
        for line in self.lines:
            if line.counted_stock:
                units[line.item_id] = units.get(line.item_id, 0) + line.quantity
        return units


def line_work(line: ResolvedLine) -> dict[str, int]:
    """Return the seconds of work of a whole line at each station."""
    batches = -(-line.quantity // line.batch_size)
    return {station: batches * each for station, each in line.work.items() if each}


def resolve(
    menu: Menu,
    requests: Sequence[LineRequest],
    *,
    at: datetime,
    timezone: str,
    country: str,
    fills: Fills | None = None,
) -> list[ResolvedLine]:
    """Resolve every line, what it leaves open filled by `fills`, naming what is wrong by its path in the basket
    (`lines.0.modifiers.1.option_id`).

    Raises InvalidChoice for all invalid lines together, else SoldOut or NotAvailableNow for all that can't be had.
    """
    resolved: list[ResolvedLine] = []
    invalid: dict[str, list[str]] = {}
    unavailable: list[Unavailable] = []
    for index, request in enumerate(requests):
        try:
            resolved.append(resolve_line(menu, request, at=at, timezone=timezone, country=country, fills=fills))
        except InvalidChoice as refusal:
            invalid |= {f"lines.{index}.{path}": messages for path, messages in refusal.errors.items()}
        except (SoldOut, NotAvailableNow) as refusal:
            unavailable += [replace(entry, path=f"lines.{index}.{entry.path}") for entry in refusal.unavailable]
    if invalid:
        raise InvalidChoice(invalid)
    if unavailable:
        raise refusal_of(unavailable)
    return resolved


def price(lines: Sequence[ResolvedLine], store: StoreFacts, discounts: Sequence[int] | None = None) -> Priced:
    """Tax and add up the lines by the store's rules, less what rewards take off each."""
    money = tuple(
        line_money(
            line.total_minor,
            tax_bps=tax_rate(store.tax_rates, line.tax_category),
            inclusive=store.tax_inclusive,
            discount_minor=discount_minor,
        )
        for line, discount_minor in zip(lines, discounts or [0] * len(lines), strict=True)
    )
    return Priced(tuple(lines), money, totals(money))


def money(amount_minor: int, currency: str) -> dict[str, Any]:
    """Return an amount as it is written on the wire."""
    return {"amount_minor": amount_minor, "currency": currency}


def line_documents(
    priced: Priced,
    currency: str,
    policies: Sequence[Mapping[str, Any]],
    overrides: Sequence[Sequence[Mapping[str, Any]]],
) -> list[dict[str, Any]]:
    """Return the lines as they are shown, and kept with the order; `policies` say what happens to each that can't be
    made after all, `overrides` what each holds though its customer avoids it."""
    lines = zip(priced.lines, priced.money, policies, overrides, strict=True)
    return [
        line_document(position, line, cost, currency, policy, over)
        for position, (line, cost, policy, over) in enumerate(lines, start=1)
    ]


def line_document(
    position: int,
    line: ResolvedLine,
    cost: LineMoney,
    currency: str,
    policy: Mapping[str, Any],
    overrides: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return one line as it is shown, and kept with the order; `overrides` and `discount` only where there are any."""
    return {
        "position": position,
        "item": {"id": str(line.item_id), "sku": line.item_sku, "name": line.item_name},
        "size": {"id": str(line.size_id), "name": line.size_name, "source": line.size_source.document()},
        "quantity": line.quantity,
        "quantity_source": line.quantity_source.document(),
        "note": line.note,
        "note_source": line.note_source.document() if line.note_source is not None else None,
        "without": list(line.without),
        "modifiers": [_modifier_document(modifier, currency) for modifier in line.modifiers],
        "base_price": money(line.base_price_minor, currency),
        "unit_price": money(line.unit_price_minor, currency),
        **({"discount": money(cost.discount_minor, currency)} if cost.discount_minor else {}),
        "total": money(cost.total_minor, currency),
        "tax": {**money(cost.tax_minor, currency), "rate_bps": cost.tax_bps},
        "contains": sorted(line.contains),
        "may_contain": sorted(line.may_contain),
        "nutrition": {name: float(value) for name, value in sorted(line.nutrition.items())},
        **({"nutrition_at_least": True} if line.nutrition_incomplete else {}),
        "if_unavailable": policy,
        **({"overrides": list(overrides)} if overrides else {}),
    }


def _modifier_document(modifier: ResolvedModifier, currency: str) -> dict[str, Any]:
    return {
        "group": {"id": str(modifier.group_id), "key": modifier.group_key, "name": modifier.group_name},
        "option": {"id": str(modifier.option_id), "key": modifier.option_key, "name": modifier.name},
        "quantity": modifier.quantity,
        "text": modifier.text,
        "source": modifier.source.document(),
        "price": money(modifier.price_minor, currency),
        "modifiers": [_modifier_document(nested, currency) for nested in modifier.modifiers],
    }


def totals_document(sums: Totals, currency: str, *, inclusive: bool) -> dict[str, Any]:
    """Return the totals as they are shown."""
    return {
        "subtotal": money(sums.subtotal_minor, currency),
        "tax": money(sums.tax_minor, currency),
        "tax_inclusive": inclusive,
        "total": money(sums.total_minor, currency),
    }


def fingerprint(shown: Mapping[str, Any]) -> str:
    """Return a hash of what was shown: equal hashes, equal price and promise."""
    return hashlib.sha256(orjson.dumps(shown, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)).hexdigest()


_NOT_COMPARED = {"id", "expires_at", "hash", "make_seconds_ahead"}


def differences(before: Any, after: Any, path: str = "") -> list[dict[str, Any]]:
    """Return each value that differs between two quotes as `{"path", "was", "now"}`."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        return [
            found
            for key in keys
            if path or key not in _NOT_COMPARED
            for found in differences(before.get(key), after.get(key), f"{path}.{key}" if path else key)
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [
            found
            for index, (one, other) in enumerate(zip(before, after, strict=True))
            for found in differences(one, other, f"{path}.{index}")
        ]
    return [] if before == after else [{"path": path, "was": before, "now": after}]
