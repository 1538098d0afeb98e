"""The catalogue: what a customer can say, in words, and what each changes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Something that can be said. `changes` names the fields that it fills or guards; `version` grows with its form."""

    name: str
    version: int = 1
    label: str
    explanation: str
    changes: tuple[str, ...]


_ALL = (
    Kind(
        name="order_rules",
        label="How I take it",
        explanation="Your rules for what an order line leaves open: a size, options, how many, a note. For an item, "
        "a category, a store, a time of day or everywhere; the most specific wins, then the one higher in your list.",
        changes=("lines.size", "lines.modifiers", "lines.quantity", "lines.note"),
    ),
    Kind(
        name="call_name",
        label="The name we call",
        explanation="The name called out and shown on the board when an order names none, and how to say it.",
        changes=("pickup.alias",),
    ),
    Kind(
        name="pickup_method",
        label="How I pick up",
        explanation="The way of picking up where the order names none and the store offers it.",
        changes=("pickup.method",),
    ),
    Kind(
        name="no_show",
        label="If I don't come",
        explanation="What happens to an order that stands ready and isn't picked up.",
        changes=("pickup.if_not_collected",),
    ),
    Kind(
        name="fire_trigger",
        label="When the store starts",
        explanation="When the store starts on an order that names neither that nor a pickup time: as soon as it can, "
        "once you are on your way, or when you are there; and what happens if you never tap.",
        changes=("fire",),
    ),
    Kind(
        name="substitution",
        label="If something is missing",
        explanation="What happens to a line that can't be made after all, by what is missing: your alternatives in "
        "their order, what they may cost more, or to ask you, for how long and what then; or the line's money back; "
        "or nothing at all.",
        changes=("lines.if_unavailable",),
    ),
    Kind(
        name="usual_stores",
        label="My stores",
        explanation="The stores that you name, in your order, at /v1/me/stores. The list of all stores is as it is for "
        "everyone.",
        changes=("my_stores.data",),
    ),
    Kind(
        name="list_sort",
        label="How lists are sorted",
        explanation="By what a store's menu is sorted where you read it as yours, at /v1/me/stores/{store_id}/menu.",
        changes=("my_menu.sort",),
    ),
    Kind(
        name="retention",
        label="How long my orders are remembered",
        explanation="Orders that ended so many days ago are forgotten for good: nobody finds them any more, with their "
        "receipts, and what was personal in them is deleted. What was sold for how much stays in the books.",
        changes=("orders",),
    ),
    Kind(
        name="remedy",
        label="If a promise is missed",
        explanation="What a missed promise gives you: an apology, nothing, stars, or money in your wallet, by the "
        "table that the store shows. The quote says how many, or how much.",
        changes=("remedy",),
    ),
    Kind(
        name="avoid",
        label="What I avoid",
        explanation="Allergens and ingredients that nothing you order may hold, anywhere in it: such a line is "
        "refused, and no substitute or change crosses it. Only you can override it, for a line of one order, and "
        "those who make it are told. Of an allergen you say whether what may contain it is avoided too.",
        changes=("lines", "if_unavailable.substitutes"),
    ),
    Kind(
        name="dislikes",
        label="What I don't like",
        explanation="Options and items that no rule of yours and no substitution chooses by itself. You can still "
        "order them.",
        changes=("lines.modifiers", "if_unavailable.substitutes"),
    ),
    Kind(
        name="diets",
        label="My diets",
        explanation="Diets in the menu's own words. Of a line that doesn't state one you are warned, or it is refused; "
        "unstated is unknown.",
        changes=("lines", "warnings"),
    ),
    Kind(
        name="ceilings",
        label="My ceilings",
        explanation="The most caffeine, energy or sugars that you want in one order. Above it you are warned, or it "
        "is refused.",
        changes=("lines", "ceilings", "warnings"),
    ),
    Kind(
        name="units",
        label="My units",
        explanation="In which units nutrition is told to you, beside the menu's own: energy in kJ, grams in ounces, "
        "millilitres in fluid ounces of the United States.",
        changes=("lines.nutrition_in_units", "my_menu.units"),
    ),
    Kind(
        name="price_ceiling",
        label="Ask me above this price",
        explanation="The most that an order may cost; a dearer one is placed only with your yes to its very quote.",
        changes=("price_ceiling",),
    ),
    Kind(
        name="tender_order",
        label="How I pay",
        explanation="Who pays an order that names nobody: your wallet, cards, at pickup, in your order. Each pays what "
        "it can, the last all that is left. A card that you removed is left out.",
        changes=("tenders",),
    ),
    Kind(
        name="default_tip",
        label="My tip",
        explanation="The tip of an order that names none: an amount, for orders in its currency, or a percentage.",
        changes=("tip",),
    ),
    Kind(
        name="notifications",
        label="What I'm told",
        explanation="The moments of your orders, standing orders and stars that you are told of by push, by mail or "
        "both. Of a moment that you don't name you are told nothing.",
        changes=("notifications",),
    ),
    Kind(
        name="quiet_hours",
        label="When I want quiet",
        explanation="Hours of your week, by the clock of your zone, in which you are told nothing but the moments that "
        "you allow. The others wait until the quiet ends and come then if they still hold, or are dropped.",
        changes=("notifications",),
    ),
    Kind(
        name="star_policy",
        label="Before my stars expire",
        explanation="What is done, once, so many days before stars of yours expire: you are reminded, they are "
        "redeemed for a reward that you name, the others of your pool may spend them, or nothing. A reminder comes "
        "by the ways that you chose for stars_expiring in What I'm told; without any it comes by none.",
        changes=("star_policy",),
    ),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
"""Every kind that is served, by its name."""
