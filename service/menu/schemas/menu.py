"""What customers and staff send and see."""

from __future__ import annotations

from ...http import Schema, fields
from ..rules import ALLERGENS, SORTS

_CURSOR_MOST = 2**62
_NUTRITION = {
    "description": "Facts by name with their unit in it, per one: energy_kcal, sugars_g, caffeine_mg …",
    "example": {"energy_kcal": 190, "caffeine_mg": 150},
}


class ShowMenuQuery(Schema):
    """For when, and in which order."""

    at = fields.Instant(load_default=None, metadata={"description": "A coming instant, up to a year ahead; else now."})
    sort = fields.Choice(SORTS, load_default="menu")


class MenuAvailabilitySchema(Schema):
    """Whether it can be ordered; where not, why and until when (null: until someone changes it)."""

    is_available = fields.Boolean(required=True)
    reason = fields.Choice(["sold_out", "daypart", "not_yet", "no_longer"], required=True, allow_none=True)
    until = fields.Instant(required=True, allow_none=True)


def _allergens() -> fields.List:
    return fields.List(fields.Choice(sorted(ALLERGENS)), len(ALLERGENS), required=True)


class MenuCategorySchema(Schema):
    """A heading; `parent_id` is the one above it."""

    id = fields.Id(required=True)
    key = fields.Text(100, required=True)
    name = fields.Text(200, required=True)
    parent_id = fields.Id(required=True, allow_none=True)


class MenuSizeSchema(Schema):
    """A size with its price at this store."""

    id = fields.Id(required=True)
    key = fields.Text(100, required=True)
    name = fields.Text(200, required=True)
    is_default = fields.Boolean(required=True)
    price = fields.Money(required=True)
    nutrition = fields.Dict(required=True, metadata=_NUTRITION)
    in_units = fields.Dict(metadata={"description": "The same in the units of `units`, at /v1/me/stores alone."})
    availability = fields.Nested(MenuAvailabilitySchema, required=True)


class MenuOptionSchema(Schema):
    """One choice; `prices` and `nutrition` are per unit, by the item's size keys.

    A size without nutrition: nobody stated it. Substitution prices are already the difference to the default.
    """

    id = fields.Id(required=True)
    key = fields.Text(100, required=True)
    name = fields.Text(200, required=True)
    kind = fields.Choice(["choice", "text"], required=True)
    max_length = fields.Integer(1, 500, required=True, allow_none=True)
    price_rule = fields.Choice(["flat", "per_size", "substitution"], required=True)
    default_quantity = fields.Integer(0, 99, required=True)
    prices = fields.Dict(keys=fields.Raw(), values=fields.Money(), required=True)
    nutrition = fields.Dict(required=True, metadata={"description": "By size key, as a size's nutrition."})
    in_units = fields.Dict(metadata={"description": "By size key, as a size's `in_units`."})
    contains = _allergens()
    may_contain = _allergens()
    availability = fields.Nested(MenuAvailabilitySchema, required=True)
    groups = fields.List(fields.Nested(lambda: MenuGroupSchema()), 100, required=True)


class MenuGroupSchema(Schema):
    """Options to choose from: at least `min`, at most `max` units in all (null: any number); the dearest
    `free_quantity` units cost nothing."""

    id = fields.Id(required=True)
    key = fields.Text(100, required=True)
    name = fields.Text(200, required=True)
    min = fields.Integer(0, 99, required=True)
    max = fields.Integer(0, 99, required=True, allow_none=True)
    max_per_option = fields.Integer(1, 99, required=True, allow_none=True)
    free_quantity = fields.Integer(0, 99, required=True)
    options = fields.List(fields.Nested(MenuOptionSchema), 500, required=True)


class MenuItemSchema(Schema):
    """Something sold."""

    id = fields.Id(required=True)
    sku = fields.Text(100, required=True)
    name = fields.Text(200, required=True)
    description = fields.Text(2_000, 0, required=True)
    category_id = fields.Id(required=True)
    contains = _allergens()
    may_contain = _allergens()
    diets = fields.List(fields.Text(50), 50, required=True)
    availability = fields.Nested(MenuAvailabilitySchema, required=True)
    sizes = fields.List(fields.Nested(MenuSizeSchema), 100, required=True)
    groups = fields.List(fields.Nested(MenuGroupSchema), 100, required=True)


class MenuSchema(Schema):
    """A store's whole menu, true until `valid_until` or the next version."""

    store_id = fields.Id(required=True)
    version = fields.Integer(0, _CURSOR_MOST, required=True)
    currency = fields.Text(3, required=True)
    sort = fields.Choice(SORTS, required=True)
    valid_until = fields.Instant(required=True, allow_none=True)
    categories = fields.List(fields.Nested(MenuCategorySchema), 1_000, required=True)
    items = fields.List(fields.Nested(MenuItemSchema), 10_000, required=True)


class MenuChangesQuery(Schema):
    """From which version on."""

    since = fields.Integer(
        0, _CURSOR_MOST, required=True, metadata={"description": "The menu's `version`, or a `next_cursor`."}
    )
    limit = fields.Integer(1, 100, load_default=100, metadata={"description": "Recorded changes to read at most."})


class MenuChangeSchema(Schema):
    """A category or item to take into a copy of the menu; `removed` ones carry no body."""

    kind = fields.Choice(["category", "item"], required=True)
    id = fields.Id(required=True)
    change = fields.Choice(["upserted", "removed"], required=True)
    item = fields.Nested(MenuItemSchema, allow_none=True)
    category = fields.Nested(MenuCategorySchema, allow_none=True)


class MenuChangesSchema(Schema):
    """What changed since a version; go on with `next_cursor`, at once where `has_more`."""

    data = fields.List(fields.Nested(MenuChangeSchema), 10_000, required=True)
    next_cursor = fields.Text(20, required=True)
    has_more = fields.Boolean(required=True)


class MarkSoldOutSchema(Schema):
    """Until when; null or left out: until it is taken back."""

    until = fields.Instant(load_default=None, allow_none=True)


class SoldOutMarkSchema(Schema):
    """Something that the store can't make."""

    kind = fields.Choice(["item", "size", "option"], required=True)
    id = fields.Id(required=True, attribute="subject_id")
    until = fields.Instant(required=True, allow_none=True)
    marked_at = fields.Instant(required=True)


class CountStockSchema(Schema):
    """How many are left."""

    left = fields.Integer(0, 1_000_000, required=True)


class StockCountSchema(Schema):
    """A counted item."""

    item_id = fields.Id(required=True)
    left = fields.Integer(0, 1_000_000, required=True, attribute="units_left")
