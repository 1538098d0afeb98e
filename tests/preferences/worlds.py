"""Random menus and rules: as plain data for the oracle, and the same as the service knows them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from service.menu.rules import (
    Attachment,
    Category,
    ChainCategory,
    ChainGroup,
    ChainItem,
    ChainMenu,
    ChainOption,
    ChainSize,
    Group,
    Item,
    Menu,
    Option,
    Size,
)
from tests.factories import price

from .oracle import HOURS, Place

Json = dict[str, Any]
SIZES, GROUPS, OPTIONS = ("small", "medium", "large", "bucket"), ("milk", "syrup", "foam"), ("a", "b", "c", "d")
ZONES = ("America/New_York", "Europe/London", "Pacific/Chatham")
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


class World:
    """One menu with what rules can be about; everything of it comes from the random numbers given."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.stores = [self.id() for _ in range(3)]
        self.parents: dict[str, str | None] = {}
        for _ in range(6):
            self.parents[self.id()] = random.choice([None, *self.parents])
        self.items = [self._item() for _ in range(4)]
        self.menu = Menu(
            store_id=UUID(self.stores[0]),
            currency="USD",
            version=1,
            categories=tuple(
                Category(id=UUID(each), key=each, name=each, parent_id=UUID(above) if above else None)
                for each, above in self.parents.items()
            ),
            items={UUID(each["id"]): _compiled(each) for each in self.items},
        )

    def id(self) -> str:
        """Return a new id."""
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def _item(self) -> Json:
        sizes = self.random.sample(SIZES, self.random.randint(1, 3))
        return {
            "id": self.id(),
            "category": self.random.choice(list(self.parents)),
            "sizes": sizes,
            "default_size": self.random.choice(sizes),
            "groups": self._groups(0),
        }

    def _groups(self, depth: int) -> list[Json]:
        keys = self.random.sample(
            GROUPS, self.random.choice([1, 2, 2, 3]) if depth == 0 else self.random.choice([0, 1])
        )
        return [self._group(key, depth) for key in keys]

    def _group(self, key: str, depth: int) -> Json:
        random = self.random
        per_option = random.choice([None, 1, 2, 3])
        options = [
            {
                "key": option,
                "id": self.id(),
                "kind": "text" if random.random() < 0.1 else "choice",
                "default": random.randint(0, min(per_option or 2, 2)) if random.random() < 0.4 else 0,
                "groups": self._groups(depth + 1) if depth < 2 and random.random() < 0.4 else [],
            }
            for option in random.sample(OPTIONS, random.randint(1, 4))
        ]
        for option in options:
            if option["kind"] == "text":
                option["default"] = 0
        taken = sum(option["default"] for option in options)
        return {
            "key": key,
            "id": self.id(),
            "min": random.randint(0, taken),
            "max": random.choice([None, taken, taken + 1, taken + 3]),
            "max_per_option": per_option,
            "hidden": random.random() < 0.1,
            "options": options,
        }

    def place(self) -> Place:
        """Return the menu's store at some minute of the year, on some clock."""
        at = SINCE + timedelta(minutes=self.random.randrange(365 * 24 * 60))
        return Place(self.stores[0], self.random.choice(ZONES), at, self.parents)

    def rules(self) -> list[Json]:
        """Return up to 14 rules, crowded onto a few fields so that they meet; few of them name something else."""
        return [self.rule() for _ in range(self.random.randint(1, 14))]

    def rule(self, rule_id: str | None = None) -> Json:
        """Return a rule."""
        return {"id": rule_id or self.id(), "name": None, "when": self._when(), "set": self._set()}

    def _when(self) -> Json:
        random, when = self.random, {}
        scope = random.random()
        if scope < 0.25:
            when["item_id"] = random.choice(self.items)["id"]
        elif scope < 0.7:
            when["category_id"] = random.choice(list(self.parents))
        if random.random() < 0.4:
            when["store_id"] = random.choice([self.stores[0], *self.stores])
        if random.random() < 0.4:
            when["daypart"] = random.choice(list(HOURS))
        return when

    def _set(self) -> Json:
        random = self.random
        match random.choice(["size", "quantity", "note", "options", "options", "options"]):
            case "size":
                return {"size": random.choice(SIZES)}
            case "quantity":
                return {"quantity": random.randint(1, 3)}
            case "note":
                return {"note": random.choice(["hot", "no lid"])}
        group = random.choice(GROUPS)
        keys = random.sample(OPTIONS, random.choice([1, 1, 2]))
        return {"options": [{"group": group, "option": key, "quantity": random.randint(0, 3)} for key in keys]}


def both_groups(plain: list[Json], compiled: tuple[Group, ...]) -> Iterator[tuple[Json, Group]]:
    """Yield groups with all below them, each as plain data and as the menu holds it."""
    for group, known in zip(plain, compiled, strict=True):
        yield group, known
        for option, offered in zip(group["options"], known.options, strict=True):
            yield from both_groups(option["groups"], offered.groups)


def _compiled(item: Json) -> Item:
    return Item(
        id=UUID(item["id"]),
        sku=item["id"],
        name=item["id"],
        category_id=UUID(item["category"]),
        sizes=tuple(
            Size(id=UUID(int=place), key=key, name=key, price_minor=100, is_default=key == item["default_size"])
            for place, key in enumerate(item["sizes"], 1)
        ),
        groups=tuple(_compiled_group(group) for group in item["groups"]),
    )


def _compiled_group(group: Json) -> Group:
    return Group(
        id=UUID(group["id"]),
        key=group["key"],
        name=group["key"],
        min=group["min"],
        max=group["max"],
        max_per_option=group["max_per_option"],
        hidden=group["hidden"],
        options=tuple(
            Option(
                id=UUID(option["id"]),
                key=option["key"],
                name=option["key"],
                kind=option["kind"],
                default_quantity=option["default"],
                position=position,
                groups=tuple(_compiled_group(below) for below in option["groups"]),
            )
            for position, option in enumerate(group["options"])
        ),
    )


def chain_menu(world: World) -> ChainMenu:
    """Return the world's menu as it is loaded; items and categories are known by their ids."""
    return ChainMenu(
        categories=tuple(ChainCategory(key=each, name=each, parent=above) for each, above in world.parents.items()),
        groups=tuple(_chain_group(group) for group in all_groups(world)),
        items=tuple(
            ChainItem(
                sku=item["id"],
                name=item["id"],
                category=item["category"],
                sizes=tuple(
                    ChainSize(key=key, name=key, prices=price(100), is_default=key == item["default_size"])
                    for key in item["sizes"]
                ),
                groups=tuple(Attachment(ref=group["id"]) for group in item["groups"]),
            )
            for item in world.items
        ),
    )


def all_groups(world: World) -> list[Json]:
    """Return every group of the world, at any depth."""
    return [group for item in world.items for group in _with_those_below(item["groups"])]


def _with_those_below(groups: list[Json]) -> Iterator[Json]:
    for group in groups:
        yield group
        for option in group["options"]:
            yield from _with_those_below(option["groups"])


def _chain_group(group: Json) -> ChainGroup:
    return ChainGroup(
        ref=group["id"],
        key=group["key"],
        name=group["key"],
        min=group["min"],
        max=group["max"],
        max_per_option=group["max_per_option"],
        hidden=group["hidden"],
        options=tuple(
            ChainOption(
                key=option["key"],
                name=option["key"],
                kind=option["kind"],
                max_length=10 if option["kind"] == "text" else None,
                default_quantity=option["default"],
                groups=tuple(Attachment(ref=below["id"]) for below in option["groups"]),
            )
            for option in group["options"]
        ),
    )
