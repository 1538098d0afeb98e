"""Who comes to the store on a morning, what they want and how it goes: all of it by a seed, none of it by the clock."""

# ruff: noqa: S311 - chance plays a morning here; nothing is kept secret by it

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

OPENING_VISITS = 16
"""How many are there already when the morning begins: a store that is running has orders in every state."""
OPENING_SECONDS = 420.0
OPENING_TICKETS = 7
"""Until its first promises fall due, baristas start so many at once before their time, or the screen would be empty."""
OPENING_GAP_SECONDS = 1.0
VISIT_GAP_SECONDS = 28.0
"""Between two customers on average: what the pier's three at the bar can just make, with the walk-ins."""
MORNING_SECONDS = 3 * 3600.0
WALK_IN_GAP_SECONDS = 75.0
SOLD_OUT_GAP_SECONDS = 420.0
REJECTION_GAP_SECONDS = 240.0
SLIPPED = 0.06
"""The share of tickets that nobody gets to in time."""
_ROW_SECONDS = {"bar": 40.0, "oven": 55.0, "cold": 22.0}
_COUNTER_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Wish:
    """One line as a person would say it: the item, the size, the options by group and key with how many."""

    sku: str
    size: str | None = None
    options: tuple[tuple[str, str, int], ...] = ()
    quantity: int = 1
    note: str | None = None


MENU_OF_WISHES: tuple[tuple[int, Wish], ...] = (
    (8, Wish("latte", options=(("milk", "oat", 1), ("syrup", "vanilla", 2)))),
    (7, Wish("flat-white", "small")),
    (7, Wish("cappuccino", "large", (("temperature", "extra-hot", 1),))),
    (6, Wish("americano", "large", (("milk", "oat", 1),))),
    (6, Wish("filter", "large")),
    (4, Wish("filter", "medium", (("bean", "decaf", 1), ("milk", "whole", 1)))),
    (5, Wish("latte", "large", (("milk", "soy", 1), ("shots", "shot", 1)))),
    (4, Wish("mocha", "medium", (("milk", "skimmed", 1),), note="No cocoa on top, please")),
    (4, Wish("chai-latte", "medium", (("milk", "almond", 1), ("syrup", "bramble", 1)))),
    (3, Wish("hot-chocolate", "small", (("temperature", "drink-now", 1),), note="For a small child")),
    (4, Wish("cold-brew", "large", (("ice", "light", 1),))),
    (5, Wish("iced-latte", "large", (("milk", "oat", 1), ("syrup", "salted-caramel", 1), ("ice", "light", 1)))),
    (2, Wish("espresso-tonic")),
    (3, Wish("espresso", options=(("sweetener", "sugar", 2),))),
    (2, Wish("macchiato", options=(("milk", "oat", 1),))),
    (2, Wish("pour-over", options=(("bean", "farm", 1),))),
    (3, Wish("breakfast-tea", "large", (("milk", "whole", 1),))),
    (2, Wish("garden-mint", options=(("sweetener", "honey", 1),))),
    (3, Wish("thyme-lemonade", options=(("ice", "none", 1),))),
    (6, Wish("butter-croissant", options=(("warmed", "yes", 1), ("spread", "marmalade", 1)))),
    (5, Wish("cardamom-knot", options=(("warmed", "yes", 1),))),
    (3, Wish("banana-loaf")),
    (2, Wish("cocoa-brownie", quantity=2)),
    (4, Wish("ham-sandwich", options=(("extras", "egg", 1),))),
    (3, Wish("beet-sandwich", options=(("extras", "avocado", 1),), note="Cut in half, please")),
    (3, Wish("bagel", options=(("spread", "cream-cheese", 1),))),
    (2, Wish("egg-toast", options=(("bread", "rye", 1), ("extras", "cheddar", 1)))),
    (2, Wish("porridge", options=(("sweetener", "honey", 2),))),
)
"""How often each is wanted, beside the others."""

SELLS_OUT = ("cardamom-knot", "butter-croissant", "banana-loaf", "chai-latte", "cold-brew")
"""What the store may run out of for a while."""
INSTEAD = {
    "cardamom-knot": "butter-croissant",
    "butter-croissant": "banana-loaf",
    "banana-loaf": "cocoa-brownie",
    "chai-latte": "latte",
    "cold-brew": "filter",
    "ham-sandwich": "beet-sandwich",
    "latte": "flat-white",
}
"""What its fans would take in its place."""

ALIASES = (
    *("Juno", "Bram", "The Okonkwos", "Pip", "Lena B.", "Mr Fox", "Zoë", "Captain", "Nan's coffee", "Aiko", "Tiago"),
    *(
        "Window seat",
        "Odile",
        "Ferry 8:15",
        "Kit",
        "Ms Adler",
        "Big Sam",
        "Noor",
        "Ravi + 1",
        "Elowen",
        "Hugo",
        "Team Tide",
    ),
)
"""Names to call out, each used again only after all others."""
WALK_INS: tuple[tuple[str, tuple[Wish, ...]], ...] = (
    ("Blue scarf", (Wish("flat-white", "small"),)),
    ("Two for the road", (Wish("filter", "large", quantity=2),)),
    ("Mia, with the pram", (Wish("cappuccino", "large"), Wish("cardamom-knot", options=(("warmed", "yes", 1),)))),
    ("Table by the stove", (Wish("thyme-lemonade", options=(("ice", "none", 1),)), Wish("ham-sandwich"))),
    ("Sam", (Wish("latte", options=(("milk", "oat", 1),), note="In his own cup"),)),
)
"""Who orders at the counter: what the barista knows them by, and what they want."""
WENT = 0.05
"""The share of them that goes before it is made."""
REASONS = ("It fell off the tray", "The last one was stale", "The toaster burnt it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One customer's order from wish to cup. Seconds are the morning's own: at a pace of 2 they pass twice as fast."""

    number: int
    account: int | None  # None: a guest
    wishes: tuple[Wish, ...]
    alias: str | None
    method: str | None
    trigger: str | None  # None: nothing said
    ahead_minutes: int | None  # chooses a window so far ahead
    if_unavailable: str | None
    if_not_collected: str | None
    taps_after_seconds: float  # an order that waits for it, and a curb
    cancels_after_seconds: float | None
    answers_after_seconds: float | None  # None: leaves every question alone
    accepts_revision: bool
    comes_after_seconds: float | None  # once it is ready; None: never


def visit(seed: int, number: int, accounts: int) -> Visit:
    """Return the customer of this number."""
    chance = Random(f"{seed}/visit/{number}")
    wishes, weights = [each for _, each in MENU_OF_WISHES], [weight for weight, _ in MENU_OF_WISHES]
    kind = chance.choices(("now", "window", "on_my_way", "on_arrival"), (70, 12, 10, 8))[0] if number > 3 else "now"
    comes = chance.random() >= 0.05
    return Visit(
        number=number,
        account=chance.randrange(accounts) if accounts and chance.random() < 0.35 else None,
        wishes=tuple(chance.choices(wishes, weights, k=chance.choices((1, 2, 3), (64, 28, 8))[0])),
        alias=ALIASES[(seed + number) % len(ALIASES)] if chance.random() < 0.45 else None,
        method=chance.choices((None, "shelf", "curbside"), (70, 20, 10))[0],
        trigger=kind if kind in {"on_my_way", "on_arrival"} else None,
        ahead_minutes=chance.choice((15, 25, 40)) if kind == "window" else None,
        if_unavailable=chance.choices((None, "closest", "refund_line", "cancel_order"), (45, 30, 17, 8))[0],
        if_not_collected=chance.choice(("hold", None)) if comes else chance.choice(("cancel", "remake_once")),
        taps_after_seconds=chance.uniform(40, 180),
        cancels_after_seconds=chance.uniform(10, 90) if chance.random() < 0.06 else None,
        answers_after_seconds=chance.uniform(8, 40) if chance.random() < 0.75 else None,
        accepts_revision=chance.random() < 0.7,
        comes_after_seconds=chance.uniform(15, 160) if comes else None,
    )


def gap_seconds(seed: int, number: int, elapsed: float) -> float:
    """Return how long after this customer the next one comes: few early and late, a rush in the middle."""
    if number < OPENING_VISITS:
        return OPENING_GAP_SECONDS
    rush = 0.7 + 0.5 * math.sin(math.pi * min(1.0, elapsed / MORNING_SECONDS))
    return Random(f"{seed}/gap/{number}").expovariate(rush / VISIT_GAP_SECONDS)


def making_seconds(seed: int, order_id: str, position: int, station: str, quantity: int) -> float:
    """Return how long a maker takes for a line at a station."""
    noise = Random(f"{seed}/make/{order_id}/{position}/{station}").uniform(0.75, 1.25)
    return _ROW_SECONDS.get(station, _COUNTER_SECONDS) * noise * (1 + 0.5 * (quantity - 1))


def slip_seconds(seed: int, order_id: str) -> float:
    """Return for how long after it was fired nobody looks at a ticket: mostly not at all."""
    chance = Random(f"{seed}/slip/{order_id}")
    return chance.uniform(480, 660) if chance.random() < SLIPPED else 0.0


def basket(visit: Visit, menu: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the lines that the store can make now; what it hasn't is left out, a filter coffee stands in for all."""
    items = {item["sku"]: item for item in menu["items"] if item["availability"]["is_available"]}
    wanted = [line for wish in visit.wishes if (line := _line(wish, items, visit.if_unavailable)) is not None]
    return wanted or [line for line in [_line(Wish("filter"), items, None)] if line is not None]


def walk_in_lines(wishes: Sequence[Wish], menu: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the lines of someone at the counter that the store can make now."""
    items = {item["sku"]: item for item in menu["items"] if item["availability"]["is_available"]}
    lines = [line for wish in wishes if (line := _line(wish, items, None)) is not None]
    return [{name: value for name, value in line.items() if name != "if_unavailable"} for line in lines]


def _line(wish: Wish, items: Mapping[str, Any], if_unavailable: str | None) -> dict[str, Any] | None:
    item = items.get(wish.sku)
    if item is None:
        return None
    instead = items.get(INSTEAD.get(wish.sku, ""))
    line: dict[str, Any] = {
        "item_id": item["id"],
        "size_id": next((size["id"] for size in item["sizes"] if size["key"] == wish.size), None),
        "quantity": wish.quantity,
        "note": wish.note,
        "modifiers": [
            {"option_id": option["id"], "quantity": quantity}
            for group, key, quantity in wish.options
            if (option := _option(item["groups"], group, key)) is not None
        ],
    }
    if if_unavailable is not None or instead is not None:
        substitutes = [{"item_id": instead["id"]}] if instead and if_unavailable in {None, "closest"} else []
        line["if_unavailable"] = {"do": if_unavailable or "ask", "substitutes": substitutes}
    return line


def _option(groups: Sequence[Mapping[str, Any]], group: str, key: str) -> Mapping[str, Any] | None:
    """Return the option, also where it belongs to another option that the item comes with."""
    for each in groups:
        for option in each["options"]:
            if (each["key"], option["key"]) == (group, key):
                return option if option["availability"]["is_available"] else None
    return None
