"""The form of what can be said, by kind: read strictly, and served as JSON Schema."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import marshmallow as ma
import orjson
from apispec.ext.marshmallow.openapi import OpenAPIConverter

from ...errors import Invalid
from ...http import Schema, fields
from ...http.parsing import by_path
from ...menu.rules import ALLERGENS, SORTS
from ...stores.rules import PICKUP_METHODS
from ..rules.choices import (
    CHANNELS,
    DAYS,
    FIRE_TRIGGERS,
    HELD_TRIGGERS,
    IF_LATEST,
    IF_NOT_COLLECTED,
    IN_QUIET,
    MOMENTS,
    MOST_DAYS_BEFORE,
    REMEDIES,
    STAR_POLICIES,
    TENDERS,
)
from ..rules.limits import DO, FACTS
from ..rules.order_rules import MOST_RULES
from ..rules.units import CHOICES
from .parts import RuleOptionSchema, SaidBeforeSchema
from .substitution import SubstitutionSchema


class WhenSchema(Schema):
    """When a rule holds: for an item or a category, at a store, at a time of day; nothing of it: everywhere."""

    item_id = fields.Id()
    category_id = fields.Id()
    store_id = fields.Id()
    daypart = fields.Text(
        200, metadata={"description": "OSM opening_hours syntax in the store's zone, such as `Mo-Fr 06:00-11:00`."}
    )

    @ma.validates_schema
    def _one_thing(self, data: dict[str, Any], **_: Any) -> None:
        if "item_id" in data and "category_id" in data:
            raise ma.ValidationError("Name an item or a category, not both.", "category_id")


class SetSchema(Schema):
    """What a rule sets: a size by its key, options of one group, how many, or a note. One of them."""

    size = fields.Text(50)
    options = fields.List(fields.Nested(RuleOptionSchema), 20, 1)
    quantity = fields.Integer(1, 50)
    note = fields.Text(140)

    @ma.validates_schema
    def _one(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ma.ValidationError("Set one of size, options, quantity, note.")


class OrderRuleSchema(SaidBeforeSchema):
    """One rule: when it holds, and what it sets."""

    when = fields.Nested(WhenSchema, load_default=dict)
    set = fields.Nested(SetSchema, required=True)


class OrderRulesSchema(Schema):
    rules = fields.List(fields.Nested(OrderRuleSchema), MOST_RULES, 1, required=True)


class CallNameSchema(Schema):
    name = fields.Text(20, required=True)
    pronunciation = fields.Text(60, load_default=None)


class PickupMethodSchema(Schema):
    method = fields.Choice(PICKUP_METHODS, required=True)


class NoShowSchema(Schema):
    do = fields.Choice(IF_NOT_COLLECTED, required=True)


class FireTriggerSchema(Schema):
    """When the store starts; `minutes` is how long the way takes."""

    trigger = fields.Choice(FIRE_TRIGGERS, required=True)
    minutes = fields.Integer(1, 120, load_default=None, metadata={"description": "Only for `on_my_way`."})
    if_latest = fields.Choice(
        IF_LATEST, load_default=None, metadata={"description": "Where you never tap; needed for the last two."}
    )

    @ma.validates_schema
    def _fits_together(self, data: dict[str, Any], **_: Any) -> None:
        if data["minutes"] is not None and data["trigger"] != "on_my_way":
            raise ma.ValidationError("Only an order that starts when you are on your way has minutes.", "minutes")
        if (data["if_latest"] is not None) != (data["trigger"] in HELD_TRIGGERS):
            raise ma.ValidationError("Say what happens if you never tap, where a tap is waited for.", "if_latest")


class UsualStoresSchema(Schema):
    store_ids = fields.List(fields.Id(), 50, 1, required=True)


class ListSortSchema(Schema):
    menu = fields.Choice(SORTS, required=True)


class RetentionSchema(Schema):
    days = fields.Integer(1, 3650, required=True)


class SaidRemedySchema(Schema):
    kind = fields.Choice(REMEDIES, required=True)


class ThingSchema(Schema):
    """An item by its id, or an option by its group's key and its own on the menu."""

    item_id = fields.Id()
    group = fields.Text(50)
    option = fields.Text(50)

    @ma.validates_schema
    def _one_thing(self, data: dict[str, Any], **_: Any) -> None:
        if set(data) not in self.forms:
            raise ma.ValidationError(self.one_of)

    forms: ClassVar[tuple[set[str], ...]] = ({"item_id"}, {"group", "option"})
    one_of: ClassVar[str] = "Name an item_id, or a group and an option."


class AvoidedSchema(ThingSchema):
    """Something avoided: an allergen, and whether what only may contain it is avoided too; an item; an option."""

    allergen = fields.Choice(sorted(ALLERGENS))
    also_may_contain = fields.Flag()

    forms = (*ThingSchema.forms, {"allergen", "also_may_contain"})
    one_of = "Name an allergen with also_may_contain, an item_id, or a group and an option."


class AvoidSchema(Schema):
    entries = fields.List(fields.Nested(AvoidedSchema), MOST_RULES, 1, required=True)


class DislikesSchema(Schema):
    entries = fields.List(fields.Nested(ThingSchema), MOST_RULES, 1, required=True)


class DietSchema(Schema):
    """A diet in the menu's words, and what to do with a line that doesn't state it."""

    diet = fields.Text(50, required=True)
    do = fields.Choice(DO, required=True)


class DietsSchema(Schema):
    diets = fields.List(fields.Nested(DietSchema), 20, 1, required=True)


class CeilingSchema(Schema):
    """The most of a fact in one order, in the unit of its name, and what to do above it."""

    fact = fields.Choice(FACTS, required=True)
    most = fields.Decimal(0, 100_000, required=True)
    do = fields.Choice(DO, required=True)


class CeilingsSchema(Schema):
    ceilings = fields.List(fields.Nested(CeilingSchema), len(FACTS), 1, required=True)


class UnitsSchema(Schema):
    """What to tell in which unit; what is left out stays as the menu has it."""

    energy = fields.Choice(CHOICES["energy"])
    mass = fields.Choice(CHOICES["mass"])
    volume = fields.Choice(CHOICES["volume"])

    @ma.validates_schema
    def _something(self, data: dict[str, Any], **_: Any) -> None:
        if not data:
            raise ma.ValidationError("Say a unit for energy, mass or volume.")


class PriceCeilingSchema(Schema):
    """The most that an order may cost without another yes."""

    amount_minor = fields.Integer(1, fields.MAX_MINOR, required=True)
    currency = fields.Currency(required=True)


class ToldSchema(Schema):
    """A moment that you want to be told of, and how."""

    moment = fields.Choice(MOMENTS, required=True)
    channels = fields.List(fields.Choice(CHANNELS), len(CHANNELS), 1, required=True)


class NotificationsSchema(Schema):
    moments = fields.List(fields.Nested(ToldSchema), len(MOMENTS), 1, required=True)


# `from` is no name that a class could give a field.
QuietTimesSchema = Schema.from_dict(
    {
        "days": fields.List(fields.Choice(DAYS), len(DAYS), 1, required=True),
        "from": fields.ClockTime(1, required=True, metadata={"description": "Such as `22:00`."}),
        "until": fields.ClockTime(
            1, required=True, metadata={"description": "One that isn't later than `from` is of the next day."}
        ),
    },
    name="QuietTimesSchema",
)


class QuietHoursSchema(Schema):
    """When you want quiet; `allow` names the moments that may come anyway."""

    zone = fields.Zone(required=True)
    times = fields.List(fields.Nested(QuietTimesSchema), 14, 1, required=True)
    allow = fields.List(fields.Choice(MOMENTS), len(MOMENTS), load_default=list)
    others = fields.Choice(IN_QUIET, required=True)


class StarPolicySchema(Schema):
    """What is done before stars expire; `reward` is the key of one of the programme's."""

    do = fields.Choice(STAR_POLICIES, required=True)
    days_before = fields.Integer(1, MOST_DAYS_BEFORE, required=True)
    reward = fields.Text(40, load_default=None, metadata={"description": "Only for `redeem`."})

    @ma.validates_schema
    def _fits_together(self, data: dict[str, Any], **_: Any) -> None:
        if (data["reward"] is not None) != (data["do"] == "redeem"):
            raise ma.ValidationError("Name the reward that is redeemed, and only then.", "reward")


class SaidTenderSchema(Schema):
    """Who pays; `method_id` only for a card."""

    kind = fields.Choice(list(TENDERS), required=True)
    method_id = fields.Id(load_default=None)

    @ma.validates_schema
    def _fits_together(self, data: dict[str, Any], **_: Any) -> None:
        if (data["method_id"] is not None) != (data["kind"] == "card"):
            raise ma.ValidationError("A card is named by its payment method, and nothing else is.", "method_id")


class TenderOrderSchema(Schema):
    """Who pays, in your order; what is paid at pickup comes last."""

    tenders = fields.List(fields.Nested(SaidTenderSchema), 5, 1, required=True)

    @ma.validates("tenders")
    def _in_an_order_that_can_pay(self, value: list[dict[str, Any]], **_: Any) -> None:
        # What is wrong with one of them is told beside this; then it isn't all there.
        named = [(each.get("kind"), each.get("method_id")) for each in value]
        if len(set(named)) < len(named):
            raise ma.ValidationError("Name each once.")
        if TENDERS[-1] in [each.get("kind") for each in value[:-1]]:
            raise ma.ValidationError("What is paid at pickup comes last: it takes all the rest.")


class DefaultTipSchema(Schema):
    """A percentage, or an amount with its currency."""

    percent = fields.Integer(0, 100, load_default=None)
    amount_minor = fields.Integer(0, 10_000_000, load_default=None)
    currency = fields.Currency(load_default=None)

    @ma.validates_schema
    def _one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if (data["percent"] is None) == (data["amount_minor"] is None):
            raise ma.ValidationError("Give `percent` or `amount_minor`, one of both.", "percent")
        if (data["amount_minor"] is None) != (data["currency"] is None):
            raise ma.ValidationError("An amount has a currency, and nothing else has.", "currency")


VALUES: dict[str, Schema] = {
    "order_rules": OrderRulesSchema(),
    "call_name": CallNameSchema(),
    "pickup_method": PickupMethodSchema(),
    "no_show": NoShowSchema(),
    "fire_trigger": FireTriggerSchema(),
    "substitution": SubstitutionSchema(),
    "usual_stores": UsualStoresSchema(),
    "list_sort": ListSortSchema(),
    "retention": RetentionSchema(),
    "remedy": SaidRemedySchema(),
    "avoid": AvoidSchema(),
    "dislikes": DislikesSchema(),
    "diets": DietsSchema(),
    "ceilings": CeilingsSchema(),
    "units": UnitsSchema(),
    "price_ceiling": PriceCeilingSchema(),
    "tender_order": TenderOrderSchema(),
    "default_tip": DefaultTipSchema(),
    "notifications": NotificationsSchema(),
    "quiet_hours": QuietHoursSchema(),
    "star_policy": StarPolicySchema(),
}
"""The form of each kind's value."""


def read_value(kind: str, value: Any) -> dict[str, Any]:
    """Read a value of the kind; return it as plain JSON, as it is kept. Raises Invalid by its path."""
    try:
        read = VALUES[kind].load(value)
    except ma.ValidationError as error:
        raise Invalid(by_path(error.messages, "value")) from error
    plain: dict[str, Any] = orjson.loads(orjson.dumps(read, option=orjson.OPT_UTC_Z))
    return plain


# By no name: nested forms stand where they are used.
_CONVERTER: Any = OpenAPIConverter("3.1.0", schema_name_resolver=lambda _schema: None, spec=None)  # type: ignore[arg-type]


@cache
def value_document(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of the kind's value, complete in itself."""
    document: dict[str, Any] = _CONVERTER.schema2jsonschema(VALUES[kind])
    return document
