"""Loading the chain's menu: the one way in, for files, imports, the demo and tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..errors import InvalidMenu
from ..models import (
    MenuCategory,
    MenuGroup,
    MenuItem,
    MenuItemGroup,
    MenuOption,
    MenuOptionGroup,
    MenuOptionPrice,
    MenuSize,
    MenuSizePrice,
)
from ..rules import Attachment, ChainGroup, ChainItem, ChainMenu, Nutrition, faults
from .changes import Change, append_changes
from .upsert import Result, remove_others, replace_owned, upsert


@dataclass(slots=True)
class LoadReport:
    """The ids of what a document names, by its keys, and what became of each: sizes by (sku, key), options by
    (ref, key). `removed` are the ids of what left the menu."""

    categories: dict[str, UUID] = field(default_factory=dict)
    items: dict[str, UUID] = field(default_factory=dict)
    sizes: dict[tuple[str, str], UUID] = field(default_factory=dict)
    groups: dict[str, UUID] = field(default_factory=dict)
    options: dict[tuple[str, str], UUID] = field(default_factory=dict)
    results: dict[UUID, Result] = field(default_factory=dict)
    removed: list[UUID] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return how many things were created, changed, unchanged and removed."""
        results = list(self.results.values())
        counted = {name: results.count(name) for name in ("created", "changed", "unchanged")}
        return counted | {"removed": len(self.removed)}

    def differs(self, *ids: UUID) -> bool:
        """Tell whether any of these was created or changed."""
        return any(self.results[each] != "unchanged" for each in ids)


def load_menu(session: Session, chain: ChainMenu, *, now: datetime, remove_missing: bool = False) -> LoadReport:
    """Bring the chain's menu to what the document says, by its keys; loading it again changes nothing.

    An item's sizes and groups and a group's options are exactly the document's; items, groups and categories that
    it doesn't name stay, unless `remove_missing`. Stores see it when the transaction commits.
    Raises InvalidMenu naming every fault by its path.
    """
    found = faults(chain)
    if found:
        raise InvalidMenu(found)
    report = LoadReport()
    _load_categories(session, chain, report)
    _load_groups(session, chain, report)
    _load_options(session, chain, report)
    _load_items(session, chain, report)
    _load_sizes(session, chain, report)
    _remove(session, report, remove_missing=remove_missing, now=now)
    append_changes(session, list(_changes(session, report)), store_id=None, now=now)
    return report


def _load_categories(session: Session, chain: ChainMenu, report: LoadReport) -> None:
    # Parents first: a heading refers to the one above by its id.
    waiting = list(enumerate(chain.categories))
    while waiting:
        ready = [(at, entry) for at, entry in waiting if entry.parent is None or entry.parent in report.categories]
        rows = [
            {
                "key": entry.key,
                "name": entry.name,
                "parent_id": report.categories[entry.parent] if entry.parent else None,
                "position": at,
            }
            for at, entry in ready
        ]
        for (key,), (row_id, result) in upsert(session, MenuCategory, ("key",), rows).items():
            report.categories[key], report.results[row_id] = row_id, result
        waiting = [entry for entry in waiting if entry[1].key not in report.categories]


def _load_groups(session: Session, chain: ChainMenu, report: LoadReport) -> None:
    rows = [
        {
            "ref": group.ref,
            "key": group.key or group.ref,
            "name": group.name,
            "min": group.min,
            "max": group.max,
            "max_per_option": group.max_per_option,
            "free_quantity": group.free_quantity,
            "hidden": group.hidden,
        }
        for group in chain.groups
    ]
    for (ref,), (row_id, result) in upsert(session, MenuGroup, ("ref",), rows).items():
        report.groups[ref], report.results[row_id] = row_id, result


def _load_options(session: Session, chain: ChainMenu, report: LoadReport) -> None:
    rows = [row for group in chain.groups for row in _option_rows(group, report.groups[group.ref])]
    refs = {row_id: ref for ref, row_id in report.groups.items()}
    for (group_id, key), (row_id, result) in upsert(session, MenuOption, ("group_id", "key"), rows).items():
        report.options[refs[group_id], key], report.results[row_id] = row_id, result
    named = {report.options[group.ref, option.key]: option for group in chain.groups for option in group.options}
    prices = {
        row_id: [
            {
                "option_id": row_id,
                "size_key": price.size,
                "currency": price.currency,
                "scope": price.scope,
                "amount_minor": price.amount_minor,
            }
            for price in option.prices
        ]
        for row_id, option in named.items()
    }
    nested = {row_id: _attached(option.groups, report, option_id=row_id) for row_id, option in named.items()}
    _mark_changed(report, replace_owned(session, MenuOptionPrice, "option_id", prices))
    _mark_changed(report, replace_owned(session, MenuOptionGroup, "option_id", nested))


def _option_rows(group: ChainGroup, group_id: UUID) -> Iterator[dict[str, Any]]:
    for position, option in enumerate(group.options):
        yield {
            "group_id": group_id,
            "key": option.key,
            "name": option.name,
            "kind": option.kind,
            "max_length": option.max_length,
            "price_rule": option.price_rule,
            "default_quantity": option.default_quantity,
            "position": position,
            "nutrition": {size: _facts(facts) for size, facts in option.nutrition.items()},
            "contains": sorted(option.contains),
            "may_contain": sorted(option.may_contain),
            "work": dict(option.work),
        }


def _load_items(session: Session, chain: ChainMenu, report: LoadReport) -> None:
    rows = [_item_row(item, position, report) for position, item in enumerate(chain.items)]
    for (sku,), (row_id, result) in upsert(session, MenuItem, ("sku",), rows).items():
        report.items[sku], report.results[row_id] = row_id, result
    attached = {
        report.items[item.sku]: _attached(item.groups, report, item_id=report.items[item.sku]) for item in chain.items
    }
    _mark_changed(report, replace_owned(session, MenuItemGroup, "item_id", attached))


def _item_row(item: ChainItem, position: int, report: LoadReport) -> dict[str, Any]:
    return {
        "sku": item.sku,
        "name": item.name,
        "description": item.description,
        "category_id": report.categories[item.category],
        "position": position,
        "tax_category": item.tax_category,
        "contains": sorted(item.contains),
        "may_contain": sorted(item.may_contain),
        "diets": sorted(item.diets),
        "work": dict(item.work),
        "batch_size": item.batch_size,
        "available_hours": item.available_hours,
        "available_from": item.available_from,
        "available_until": item.available_until,
    }


def _load_sizes(session: Session, chain: ChainMenu, report: LoadReport) -> None:
    rows, skus = [], {row_id: sku for sku, row_id in report.items.items()}
    for item in chain.items:
        has_default = any(size.is_default for size in item.sizes)
        for position, size in enumerate(item.sizes):
            rows.append(
                {
                    "item_id": report.items[item.sku],
                    "key": size.key,
                    "name": size.name,
                    "sku": size.sku,
                    "position": position,
                    "is_default": size.is_default or (position == 0 and not has_default),
                    "nutrition": _facts(size.nutrition),
                }
            )
    for (item_id, key), (row_id, result) in upsert(session, MenuSize, ("item_id", "key"), rows).items():
        report.sizes[skus[item_id], key], report.results[row_id] = row_id, result
    prices = {
        report.sizes[item.sku, size.key]: [
            {
                "size_id": report.sizes[item.sku, size.key],
                "currency": price.currency,
                "scope": price.scope,
                "amount_minor": price.amount_minor,
            }
            for price in size.prices
        ]
        for item in chain.items
        for size in item.sizes
    }
    _mark_changed(report, replace_owned(session, MenuSizePrice, "size_id", prices))


def _attached(attachments: Iterable[Attachment], report: LoadReport, **owner: UUID) -> list[dict[str, Any]]:
    names = ("min", "max", "max_per_option", "free_quantity", "hidden")
    return [
        {
            **owner,
            "group_id": report.groups[attached.ref],
            "position": position,
            **{name: getattr(attached, name) for name in names},
        }
        for position, attached in enumerate(attachments)
    ]


def _facts(nutrition: Nutrition) -> dict[str, str]:
    return {name: format(amount.normalize(), "f") for name, amount in nutrition.items()}


def _mark_changed(report: LoadReport, ids: Iterable[UUID]) -> None:
    for each in ids:
        if report.results[each] == "unchanged":
            report.results[each] = "changed"


def _remove(session: Session, report: LoadReport, *, remove_missing: bool, now: datetime) -> None:
    """Take off the menu what the document dropped from its items and groups, and what it doesn't name at all."""
    items, groups = set(report.items.values()), set(report.groups.values())
    kept = set(report.results)
    dropped = remove_others(session, MenuSize, lambda row: row.id in kept or row.item_id not in items, now=now)
    _mark_changed(report, {row.item_id for row in dropped})
    dropped = remove_others(session, MenuOption, lambda row: row.id in kept or row.group_id not in groups, now=now)
    _mark_changed(report, {row.group_id for row in dropped})
    if remove_missing:
        for model in (MenuItem, MenuGroup, MenuCategory):
            gone = remove_others(session, model, lambda row: row.id in kept, now=now)
            report.removed.extend(row.id for row in gone)


def _changes(session: Session, report: LoadReport) -> Iterator[Change]:
    """Tell the feed in terms of categories and items: a changed group shows in every item that has it."""
    yield from (Change("category", each) for each in report.categories.values() if report.differs(each))
    changed_sizes = {sku for (sku, _), row_id in report.sizes.items() if report.differs(row_id)}
    changed = {report.items[sku] for sku in report.items if sku in changed_sizes or report.differs(report.items[sku])}
    changed |= _items_over(session, _changed_groups(report))
    removed = set(report.removed)
    live = session.execute(sa.select(MenuItem.id).where(MenuItem.removed_at.is_(None))).scalars()
    yield from (Change("item", each) for each in live if each in changed)
    categories = session.execute(sa.select(MenuCategory.id).where(MenuCategory.id.in_(removed))).scalars().all()
    items = session.execute(sa.select(MenuItem.id).where(MenuItem.id.in_(removed))).scalars().all()
    yield from (Change("item", each, "removed") for each in items)
    yield from (Change("category", each, "removed") for each in categories)


def _changed_groups(report: LoadReport) -> set[UUID]:
    by_option = {report.groups[ref] for (ref, _), row_id in report.options.items() if report.differs(row_id)}
    return by_option | {row_id for row_id in report.groups.values() if report.differs(row_id)}


def _items_over(session: Session, groups: set[UUID]) -> set[UUID]:
    """Return the items that have any of the groups somewhere in their tree."""
    above: Mapping[UUID, set[UUID]] = _groups_above(session)
    reached, waiting = set(groups), list(groups)
    while waiting:
        for group_id in above.get(waiting.pop(), ()):
            if group_id not in reached:
                reached.add(group_id)
                waiting.append(group_id)
    rows = session.execute(sa.select(MenuItemGroup.item_id, MenuItemGroup.group_id))
    return {row.item_id for row in rows if row.group_id in reached}


def _groups_above(session: Session) -> dict[UUID, set[UUID]]:
    above: dict[UUID, set[UUID]] = {}
    nested = sa.select(MenuOptionGroup.group_id, MenuOption.group_id.label("above_id"))
    for row in session.execute(nested.join(MenuOption, MenuOption.id == MenuOptionGroup.option_id)):
        above.setdefault(row.group_id, set()).add(row.above_id)
    return above
