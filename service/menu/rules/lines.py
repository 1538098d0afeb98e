"""From what a customer asked to what is made and paid: a line resolved against the store's menu.

Every field that the request leaves open is filled by what the customer said before, else by the menu's own default, and
says so (`Source`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from ...sources import CHOSEN, ITEM_DEFAULT, Source
from .. import errors
from ..errors import InvalidChoice, Kind
from .availability import Availability, item_availability, option_availability, size_availability
from .catalog import Group, Item, Menu, Option, Size
from .pricing import free_first, option_price
from .resolved import Fills, LineRequest, ModifierRequest, Part, ResolvedLine, ResolvedModifier


def resolve_line(
    menu: Menu, request: LineRequest, *, at: datetime, timezone: str, country: str, fills: Fills | None = None
) -> ResolvedLine:
    """Fill what the request leaves open by `fills`, else by the item's defaults, check it, and price it for an order
    for `at`.

    A group of which the request names any option holds exactly what was named; the same under every chosen option.
    Without anything else it is one of the default size. Pricing: docs/pricing.md.
    Raises InvalidChoice (by paths relative to the line), SoldOut, NotAvailableNow.
    """
    item = menu.items.get(request.item_id)
    if item is None:
        raise InvalidChoice({"item_id": ["This store doesn't sell this item."]})
    resolving = _Resolving(at, item, fills)
    size, size_source = _size(item, request.size_id, fills)
    quantity, quantity_source = _quantity(item, request.quantity, fills)
    note, note_source = _note(item, request.note, fills)
    if quantity < 1:
        resolving.refuse("quantity", "Order at least 1.")
    resolving.meet(
        "item", item.id, item.name, item_availability(item, at=at, timezone=timezone, country=country), "item_id"
    )
    resolving.meet("size", size.id, size.name, size_availability(size, at=at), "size_id")
    resolving.add_item(item, size)
    modifiers = resolving.modifiers(item.groups, request.modifiers, size.key, "modifiers", 1, "")
    resolving.raise_what_was_found()
    unit_price = size.price_minor + resolving.extra_minor
    return ResolvedLine(
        item_id=item.id,
        item_sku=size.sku or item.sku,
        item_name=item.name,
        size_id=size.id,
        size_key=size.key,
        size_name=size.name,
        size_source=size_source,
        quantity=quantity,
        quantity_source=quantity_source,
        note=note,
        note_source=note_source,
        base_price_minor=size.price_minor,
        unit_price_minor=unit_price,
        total_minor=unit_price * quantity,
        modifiers=modifiers,
        without=tuple(resolving.without),
        contains=frozenset(resolving.contains),
        may_contain=frozenset(resolving.may_contain - resolving.contains),
        parts=tuple(resolving.parts),
        diets=item.diets,
        nutrition=resolving.nutrition,
        nutrition_incomplete=tuple(sorted(resolving.nutrition)) if resolving.something_unstated else (),
        work=dict(resolving.work),
        batch_size=item.batch_size,
        tax_category=item.tax_category,
        counted_stock=item.counted_stock,
    )


def _size(item: Item, size_id: UUID | None, fills: Fills | None) -> tuple[Size, Source]:
    if size_id is None:
        return (fills and fills.size(item)) or (item.default_size, ITEM_DEFAULT)
    for size in item.sizes:
        if size.id == size_id:
            return size, CHOSEN
    raise InvalidChoice({"size_id": ["This item doesn't come in this size here."]})


def _quantity(item: Item, quantity: int | None, fills: Fills | None) -> tuple[int, Source]:
    if quantity is not None:
        return quantity, CHOSEN
    return (fills and fills.quantity(item)) or (1, ITEM_DEFAULT)


def _note(item: Item, note: str | None, fills: Fills | None) -> tuple[str | None, Source | None]:
    if note is not None:
        return note or None, CHOSEN
    return (fills and fills.note(item)) or (None, None)


@dataclass(slots=True)
class _Pick:
    """An option that a group will hold, and the request it came from (an empty one for a default)."""

    option: Option
    asked: ModifierRequest
    path: str


@dataclass(slots=True)
class _Resolving:
    """What one line adds up to while its tree is walked, and what was found wrong on the way."""

    at: datetime
    item: Item
    fills: Fills | None
    extra_minor: int = 0
    contains: set[str] = field(default_factory=set)
    may_contain: set[str] = field(default_factory=set)
    parts: list[Part] = field(default_factory=list)
    nutrition: dict[str, Decimal] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    something_unstated: bool = False
    work: Counter[str] = field(default_factory=Counter)
    invalid: dict[str, list[str]] = field(default_factory=dict)
    unavailable: list[errors.Unavailable] = field(default_factory=list)

    def modifiers(
        self,
        groups: tuple[Group, ...],
        asked: tuple[ModifierRequest, ...],
        size_key: str,
        path: str,
        times: int,
        above: str,
    ) -> tuple[ResolvedModifier, ...]:
        """Resolve one level of the tree, below the part at `above`; what it holds counts `times` over in one unit of
        the line."""
        named = self._named(groups, asked, path)
        resolved: list[ResolvedModifier] = []
        for group in groups:
            picks, source = self._picks(group, named.get(group.id), path)
            self._check_quantities(group, picks, path)
            if source.is_the_customers:
                self.without += _chosen_away(group, picks)
            units = [(option_price(group, pick.option, size_key), max(0, pick.asked.quantity)) for pick in picks]
            for pick, paid in zip(picks, free_first(units, group.free_quantity), strict=True):
                if pick.asked.quantity > 0:
                    resolved.append(self._modifier(group, pick, paid * times, source, size_key, times, above))
                elif pick.asked.modifiers:
                    self.refuse(f"{pick.path}.modifiers", "Choose some of this option before what goes with it.")
        return tuple(resolved)

    def _picks(self, group: Group, named: list[_Pick] | None, path: str) -> tuple[list[_Pick], Source]:
        """Return what the group holds and who says so: the request, what the customer said before, the item."""
        if named is not None:
            return named, CHOSEN
        filled = self.fills.options(self.item, group) if self.fills is not None and not group.hidden else None
        if filled is None:
            return _defaults(group, path), ITEM_DEFAULT
        options = {option.id: option for option in group.options}
        asked, source = filled
        picks = [_Pick(options[each.option_id], each, path) for each in asked]
        return sorted(picks, key=lambda pick: pick.option.position), source

    def _named(
        self, groups: tuple[Group, ...], asked: tuple[ModifierRequest, ...], path: str
    ) -> dict[UUID, list[_Pick]]:
        """Return the named options by group, in the groups' own order."""
        offered = {option.id: (group, option) for group in groups if not group.hidden for option in group.options}
        named: dict[UUID, list[_Pick]] = {}
        seen: set[UUID] = set()
        for index, modifier in enumerate(asked):
            at = f"{path}.{index}"
            if modifier.option_id not in offered:
                self.refuse(f"{at}.option_id", "This isn't an option here.")
                continue
            if modifier.option_id in seen:
                self.refuse(f"{at}.option_id", "This option is named twice; use its quantity.")
                continue
            seen.add(modifier.option_id)
            group, option = offered[modifier.option_id]
            self._check_modifier(group, option, modifier, at)
            named.setdefault(group.id, []).append(_Pick(option, modifier, at))
        for picks in named.values():
            picks.sort(key=lambda pick: pick.option.position)
        return named

    def _check_modifier(self, group: Group, option: Option, modifier: ModifierRequest, path: str) -> None:
        most = 1 if option.kind == "text" else group.max_per_option
        if modifier.quantity < 0:
            self.refuse(f"{path}.quantity", "0 or more.")
        elif most is not None and modifier.quantity > most:
            self.refuse(f"{path}.quantity", f"At most {most} of {option.name}.")
        if option.kind == "choice" and modifier.text is not None:
            self.refuse(f"{path}.text", f"{option.name} takes no text.")
        if option.kind == "text" and modifier.quantity > 0:
            if not modifier.text:
                self.refuse(f"{path}.text", f"{option.name} needs a text.")
            elif option.max_length is not None and len(modifier.text) > option.max_length:
                self.refuse(f"{path}.text", f"At most {option.max_length} characters.")

    def _check_quantities(self, group: Group, picks: list[_Pick], path: str) -> None:
        chosen = sum(max(0, pick.asked.quantity) for pick in picks)
        if chosen < group.min:
            self.refuse(path, f"Choose at least {group.min} of {group.name}.")
        elif group.max is not None and chosen > group.max:
            self.refuse(path, f"Choose at most {group.max} of {group.name}.")

    def _modifier(
        self, group: Group, pick: _Pick, price_minor: int, source: Source, size_key: str, times: int, above: str
    ) -> ResolvedModifier:
        option, quantity = pick.option, pick.asked.quantity
        where = pick.path if source is CHOSEN else f"{above}groups.{group.key}.{option.key}"
        self.meet("option", option.id, option.name, option_availability(option, at=self.at), f"{pick.path}.option_id")
        self.extra_minor += price_minor
        self._add_option(option, size_key, quantity * times)
        self.parts.append(
            Part(
                where,
                "option",
                option.id,
                group.key,
                option.key,
                option.name,
                option.contains,
                option.may_contain,
                option.default_quantity > 0,
                source,
            )
        )
        return ResolvedModifier(
            group_id=group.id,
            group_key=group.key,
            group_name=group.name,
            option_id=option.id,
            option_key=option.key,
            name=option.name,
            quantity=quantity,
            text=pick.asked.text,
            source=source,
            price_minor=price_minor,
            modifiers=self.modifiers(
                option.groups, pick.asked.modifiers, size_key, f"{pick.path}.modifiers", quantity * times, f"{where}."
            ),
        )

    def add_item(self, item: Item, size: Size) -> None:
        """Count the item in the size itself."""
        self.contains |= item.contains
        self.may_contain |= item.may_contain
        self.parts.append(
            Part("item_id", "item", item.id, None, item.sku, item.name, item.contains, item.may_contain, True, CHOSEN)
        )
        self.work.update(item.work)
        self._add_nutrition(size.nutrition, 1)
        self.something_unstated = not size.nutrition

    def _add_option(self, option: Option, size_key: str, times: int) -> None:
        self.contains |= option.contains
        self.may_contain |= option.may_contain
        for station, seconds in option.work.items():
            self.work[station] += seconds * times
        facts = option.nutrition_of(size_key)
        if facts is not None:
            self._add_nutrition(facts, times)
        elif option.kind == "choice":
            self.something_unstated = True

    def _add_nutrition(self, facts: Mapping[str, Decimal], times: int) -> None:
        for name, amount in facts.items():
            self.nutrition[name] = self.nutrition.get(name, Decimal()) + amount * times

    def refuse(self, path: str, message: str) -> None:
        """Note an invalid choice."""
        self.invalid.setdefault(path, []).append(message)

    def meet(self, kind: Kind, subject_id: UUID, name: str, found: Availability, path: str) -> None:
        """Note a thing that can't be ordered for the instant."""
        if not found.is_available:
            reason = str(found.reason)
            self.unavailable.append(
                errors.Unavailable(kind=kind, id=subject_id, name=name, reason=reason, until=found.until, path=path)
            )

    def raise_what_was_found(self) -> None:
        """Refuse the line where anything was found: invalid choices first, since waiting doesn't cure them."""
        if self.invalid:
            raise InvalidChoice(self.invalid)
        if self.unavailable:
            raise errors.refusal_of(self.unavailable)


def _chosen_away(group: Group, picks: list[_Pick]) -> list[str]:
    """Name the defaults that the picks leave out; where only one may be chosen, another takes the default's place."""
    kept = {pick.option.id for pick in picks if pick.asked.quantity > 0}
    if kept and group.max == 1:
        return []
    return [option.name for option in group.options if option.default_quantity and option.id not in kept]


def _defaults(group: Group, path: str) -> list[_Pick]:
    """The group as it comes when nothing is said; a default stands at the level's own path."""
    return [
        _Pick(option, ModifierRequest(option_id=option.id, quantity=option.default_quantity), path)
        for option in group.options
        if option.default_quantity
    ]
