"""What is wrong with a chain menu document, each fault by its path."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .availability import is_parsable
from .catalog import ALLERGENS, ANY_SIZE, MAX_DEPTH, Nutrition
from .chain import Attachment, ChainGroup, ChainItem, ChainMenu, ChainOption, Price

MAX_PRICE_MINOR = 100_000_000
MAX_WORK_SECONDS = 3_600
_FACT = re.compile(r"[a-z][a-z_]*_(kcal|g|mg|ug|ml|percent)")
_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")


def faults(chain: ChainMenu) -> dict[str, list[str]]:
    """Return every fault of the document by its path (`items.3.sizes.0.prices`), empty where there is none."""
    looking = _Looking(chain)
    looking.at_categories()
    looking.at_groups()
    looking.at_items()
    return looking.found


@dataclass(slots=True)
class _Looking:
    chain: ChainMenu
    found: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, ChainGroup] = field(default_factory=dict)
    depths: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.groups = {group.ref: group for group in self.chain.groups}

    def add(self, path: str, message: str) -> None:
        self.found.setdefault(path, []).append(message)

    def at_categories(self) -> None:
        categories = self.chain.categories
        self._repeats((entry.key for entry in categories), "categories", "key")
        parents = {entry.key: entry.parent for entry in categories}
        for index, category in enumerate(categories):
            if category.parent is not None and category.parent not in parents:
                self.add(f"categories.{index}.parent", f"There is no category {category.parent!r}.")
            above, seen = category.parent, {category.key}
            while above is not None and above not in seen:
                seen.add(above)
                above = parents.get(above)
            if above is not None:
                self.add(f"categories.{index}.parent", f"The category is its own ancestor through {above!r}.")

    def at_groups(self) -> None:
        self._repeats((group.ref for group in self.chain.groups), "groups", "ref")
        for index, group in enumerate(self.chain.groups):
            self._at_group(group, f"groups.{index}")
        for index, group in enumerate(self.chain.groups):
            if self._depth(group.ref, ()) > MAX_DEPTH:
                self.add(f"groups.{index}", self._too_deep(group.ref))

    def _at_group(self, group: ChainGroup, path: str) -> None:
        self._bounds(group, path)
        if group.max_per_option is not None and group.max_per_option < 1:
            self.add(f"{path}.max_per_option", "1 or more.")
        if group.free_quantity < 0:
            self.add(f"{path}.free_quantity", "0 or more.")
        self._repeats((option.key for option in group.options), f"{path}.options", "key")
        for index, option in enumerate(group.options):
            self._at_option(group, option, f"{path}.options.{index}")
        defaults = [option for option in group.options if option.default_quantity]
        if len(defaults) > 1 and any(option.price_rule == "substitution" for option in group.options):
            self.add(f"{path}.options", "Substitution prices need one default option to be the difference to.")

    def _bounds(self, group: ChainGroup, path: str, attached: Attachment | None = None) -> None:
        """Check that the group's own defaults fit what is allowed here."""
        least = attached.min if attached is not None and attached.min is not None else group.min
        most = attached.max if attached is not None and attached.max is not None else group.max
        per_option = attached.max_per_option if attached is not None else None
        per_option = per_option if per_option is not None else group.max_per_option
        if least < 0:
            self.add(f"{path}.min", "0 or more.")
        if most is not None and most < least:
            self.add(f"{path}.max", f"At least the min, {least}.")
        held = [option.default_quantity for option in group.options]
        if most is not None and sum(held) > most:
            self.add(f"{path}.max", f"The defaults already hold {sum(held)}.")
        if per_option is not None and max(held, default=0) > per_option:
            self.add(f"{path}.max_per_option", f"A default already holds {max(held)}.")

    def _at_option(self, group: ChainGroup, option: ChainOption, path: str) -> None:
        if option.default_quantity < 0:
            self.add(f"{path}.default_quantity", "0 or more.")
        if (option.kind == "text") != (option.max_length is not None):
            self.add(f"{path}.max_length", "A text option has one, a choice has none.")
        if option.max_length is not None and not 1 <= option.max_length <= 500:
            self.add(f"{path}.max_length", "1 to 500.")
        if option.kind == "text" and option.default_quantity:
            self.add(f"{path}.default_quantity", "A text can't be a default.")
        for key, facts in option.nutrition.items():
            self._nutrition(facts, f"{path}.nutrition.{key}")
        self._allergens(option, path)
        self._work(option.work, path)
        self._prices(option.prices, f"{path}.prices")
        self._attachments(option.groups, f"{path}.groups")

    def _attachments(self, attachments: tuple[Attachment, ...], path: str) -> None:
        self._repeats((attached.ref for attached in attachments), path, "ref")
        for index, attached in enumerate(attachments):
            if attached.ref not in self.groups:
                self.add(f"{path}.{index}.ref", f"There is no group {attached.ref!r} in this document.")
            else:
                self._bounds(self.groups[attached.ref], f"{path}.{index}", attached)

    def _depth(self, ref: str, above: tuple[str, ...]) -> int:
        """Return how deep groups nest from this one on, itself being 1; more than the most allowed for a cycle."""
        if ref in above or len(above) > MAX_DEPTH:
            return MAX_DEPTH + 1
        if ref not in self.depths:
            group = self.groups.get(ref)
            nested = [each.ref for option in group.options for each in option.groups] if group else []
            self.depths[ref] = 1 + max((self._depth(below, (*above, ref)) for below in nested), default=0)
        return self.depths[ref]

    def _too_deep(self, ref: str) -> str:
        reached, waiting = set[str](), [ref]
        while waiting:
            for option in self.groups[waiting.pop()].options:
                for attached in option.groups:
                    if attached.ref in self.groups and attached.ref not in reached:
                        reached.add(attached.ref)
                        waiting.append(attached.ref)
        if ref in reached:
            return f"The group {ref!r} is nested in itself."
        return f"Groups nest to depth {MAX_DEPTH}; below {ref!r} they go deeper."

    def at_items(self) -> None:
        self._repeats((item.sku for item in self.chain.items), "items", "sku")
        for index, item in enumerate(self.chain.items):
            self._at_item(item, f"items.{index}")

    def _at_item(self, item: ChainItem, path: str) -> None:
        self._item_facts(item, path)
        if sum(size.is_default for size in item.sizes) > 1:
            self.add(f"{path}.sizes", "One size is the default.")
        if not item.sizes:
            self.add(f"{path}.sizes", "An item has one size or more.")
        self._repeats((size.key for size in item.sizes), f"{path}.sizes", "key")
        for index, size in enumerate(item.sizes):
            self._nutrition(size.nutrition, f"{path}.sizes.{index}.nutrition")
            self._prices(size.prices, f"{path}.sizes.{index}.prices", of_option=False)
        self._attachments(item.groups, f"{path}.groups")
        if not self.found:  # a tree with a cycle has no end to walk to
            self._priced_in_every_size(item, path)

    def _item_facts(self, item: ChainItem, path: str) -> None:
        if item.category not in {category.key for category in self.chain.categories}:
            self.add(f"{path}.category", f"There is no category {item.category!r} in this document.")
        if item.available_hours is not None and not is_parsable(item.available_hours):
            self.add(f"{path}.available_hours", "Not OSM opening_hours syntax.")
        if item.available_from and item.available_until and item.available_until < item.available_from:
            self.add(f"{path}.available_until", "Not before the first day.")
        if item.batch_size < 1:
            self.add(f"{path}.batch_size", "1 or more.")
        self._allergens(item, path)
        self._work(item.work, path)

    def _priced_in_every_size(self, item: ChainItem, path: str) -> None:
        """A priced option must say its price for every size it can meet: a missing one would be given away."""
        for option in self._options_under(item.groups):
            for currency, scope in {(price.currency, price.scope) for price in option.prices}:
                if scope == "chain":
                    told = {price.size for price in option.prices if (price.currency, price.scope) == (currency, scope)}
                    missing = [size.key for size in item.sizes if size.key not in told and ANY_SIZE not in told]
                    if missing:
                        where = f"{option.name} has no {currency} price for {', '.join(missing)}."
                        self.add(f"{path}.groups", where)

    def _options_under(self, attachments: Iterable[Attachment]) -> Iterator[ChainOption]:
        seen, waiting = set[str](), [attached.ref for attached in attachments]
        while waiting:
            ref = waiting.pop()
            if ref not in seen:
                seen.add(ref)
                for option in self.groups[ref].options:
                    yield option
                    waiting.extend(attached.ref for attached in option.groups)

    def _prices(self, prices: tuple[Price, ...], path: str, *, of_option: bool = True) -> None:
        self._repeats((f"{price.currency} {price.scope} {price.size}" for price in prices), path, "currency")
        for index, price in enumerate(prices):
            at = f"{path}.{index}"
            if not 0 <= price.amount_minor <= MAX_PRICE_MINOR:
                self.add(f"{at}.amount_minor", f"0 to {MAX_PRICE_MINOR}.")
            if not _CURRENCY.fullmatch(price.currency):
                self.add(f"{at}.currency", "Three capital letters (ISO 4217).")
            if price.country is not None and not _COUNTRY.fullmatch(price.country):
                self.add(f"{at}.country", "Two capital letters (ISO 3166).")
            if price.country is not None and price.store_id is not None:
                self.add(f"{at}.country", "A price is a market's or a store's.")
            if not of_option and price.size != ANY_SIZE:
                self.add(f"{at}.size", "A size's price is for that size.")

    def _nutrition(self, facts: Nutrition, path: str) -> None:
        for name, amount in facts.items():
            if not _FACT.fullmatch(name):
                self.add(f"{path}.{name}", "A fact's name ends in its unit: _kcal, _g, _mg, _ug, _ml or _percent.")
            if not amount.is_finite() or abs(amount) > 100_000:
                self.add(f"{path}.{name}", "A number up to 100000.")

    def _allergens(self, thing: ChainItem | ChainOption, path: str) -> None:
        for name in ("contains", "may_contain"):
            unknown = sorted(getattr(thing, name) - ALLERGENS)
            if unknown:
                self.add(
                    f"{path}.{name}", f"Not an allergen: {', '.join(unknown)}. Use {', '.join(sorted(ALLERGENS))}."
                )

    def _work(self, work: Mapping[str, int], path: str) -> None:
        for station, seconds in work.items():
            if not 0 <= seconds <= MAX_WORK_SECONDS:
                self.add(f"{path}.work.{station}", f"0 to {MAX_WORK_SECONDS} seconds.")

    def _repeats(self, keys: Iterable[str], path: str, name: str) -> None:
        listed = list(keys)
        twice = {key for key, times in Counter(listed).items() if times > 1}
        for index, key in enumerate(listed):
            if key in twice:
                self.add(f"{path}.{index}.{name}", f"{key!r} is named twice.")
