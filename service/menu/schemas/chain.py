"""The chain's menu as a JSON document (docs/menu.md), made into the dataclasses that `load_menu` takes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import marshmallow as ma

from ...http import Schema, fields
from ..rules import Attachment, ChainCategory, ChainGroup, ChainItem, ChainMenu, ChainOption, ChainSize, Price
from ..rules.faults import MAX_PRICE_MINOR, MAX_WORK_SECONDS


def _key(**kwargs: Any) -> fields.Text:
    return fields.Text(100, **kwargs)


class _Amount(fields.Decimal):
    """A number that stays as exact as it was written."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return Decimal(str(super()._deserialize(value, attr, data, **kwargs)))


def _facts(**kwargs: Any) -> fields.Dict:
    return fields.Dict(keys=fields.Text(50), values=_Amount(-100_000, 100_000), load_default=dict, **kwargs)


def _work() -> fields.Dict:
    return fields.Dict(keys=fields.Text(50), values=fields.Integer(0, MAX_WORK_SECONDS), load_default=dict)


def _words() -> fields.List:
    return fields.List(fields.Text(50), 50, load_default=list)


class _Part(Schema):
    """A part of the document: its fields are the members of the dataclass `makes`."""

    makes: type[Any]
    _sets = ("contains", "may_contain", "diets")
    _tuples = ("categories", "groups", "items", "options", "sizes", "prices")

    @ma.post_load
    def _make(self, members: dict[str, Any], **_: Any) -> Any:
        for name in members.keys() & set(self._sets):
            members[name] = frozenset(members[name])
        for name in members.keys() & set(self._tuples):
            members[name] = tuple(members[name])
        return self.makes(**members)


class PriceSchema(_Part):
    """An amount for the chain, a market (`country`) or one store."""

    makes = Price
    currency = fields.Text(3, 3, required=True)
    amount_minor = fields.Integer(0, MAX_PRICE_MINOR, required=True)
    country = fields.Text(2, 2, load_default=None)
    store_id = fields.Id(load_default=None)


class OptionPriceSchema(PriceSchema):
    """An option's price: for one size's key, or `*` for the others."""

    size = fields.Text(100, load_default="*")


class AttachmentSchema(_Part):
    """A group attached; what is left out or null is as the group says."""

    makes = Attachment
    ref = _key(required=True)
    min = fields.Integer(0, 99, load_default=None, allow_none=True)
    max = fields.Integer(0, 99, load_default=None, allow_none=True)
    max_per_option = fields.Integer(1, 99, load_default=None, allow_none=True)
    free_quantity = fields.Integer(0, 99, load_default=None, allow_none=True)
    hidden = fields.Flag(load_default=None, allow_none=True)


class ChainCategorySchema(_Part):
    """A heading."""

    makes = ChainCategory
    key = _key(required=True)
    name = fields.Text(200, required=True)
    parent = _key(load_default=None, allow_none=True)


class ChainOptionSchema(_Part):
    """One choice of a group."""

    makes = ChainOption
    key = _key(required=True)
    name = fields.Text(200, required=True)
    kind = fields.Choice(["choice", "text"], load_default="choice")
    max_length = fields.Integer(1, 500, load_default=None, allow_none=True)
    price_rule = fields.Choice(["flat", "per_size", "substitution"], load_default="flat")
    prices = fields.List(fields.Nested(OptionPriceSchema), 10_000, load_default=list)
    default_quantity = fields.Integer(0, 99, load_default=0)
    nutrition = fields.Dict(keys=fields.Text(100), values=_facts(), load_default=dict)
    contains = _words()
    may_contain = _words()
    work = _work()
    groups = fields.List(fields.Nested(AttachmentSchema), 100, load_default=list)


class ChainGroupSchema(_Part):
    """A modifier group."""

    makes = ChainGroup
    ref = _key(required=True)
    key = _key(load_default=None, allow_none=True)
    name = fields.Text(200, required=True)
    min = fields.Integer(0, 99, load_default=0)
    max = fields.Integer(0, 99, load_default=None, allow_none=True)
    max_per_option = fields.Integer(1, 99, load_default=None, allow_none=True)
    free_quantity = fields.Integer(0, 99, load_default=0)
    hidden = fields.Flag(load_default=False)
    options = fields.List(fields.Nested(ChainOptionSchema), 500, load_default=list)


class ChainSizeSchema(_Part):
    """A size of an item."""

    makes = ChainSize
    key = _key(required=True)
    name = fields.Text(200, required=True)
    sku = _key(load_default=None, allow_none=True)
    prices = fields.List(fields.Nested(PriceSchema), 10_000, load_default=list)
    is_default = fields.Flag(load_default=False)
    nutrition = _facts()


class ChainItemSchema(_Part):
    """Something sold."""

    makes = ChainItem
    sku = _key(required=True)
    name = fields.Text(200, required=True)
    description = fields.Text(2_000, 0, load_default="")
    category = _key(required=True)
    sizes = fields.List(fields.Nested(ChainSizeSchema), 100, required=True)
    groups = fields.List(fields.Nested(AttachmentSchema), 100, load_default=list)
    tax_category = fields.Text(50, load_default="standard")
    contains = _words()
    may_contain = _words()
    diets = _words()
    work = _work()
    batch_size = fields.Integer(1, 1_000, load_default=1)
    available_hours = fields.Text(500, load_default=None, allow_none=True)
    available_from = fields.Day(load_default=None, allow_none=True)
    available_until = fields.Day(load_default=None, allow_none=True)


class ChainMenuSchema(_Part):
    """Categories, groups and items in the order in which menus show them."""

    makes = ChainMenu
    categories = fields.List(fields.Nested(ChainCategorySchema), 1_000, load_default=list)
    groups = fields.List(fields.Nested(ChainGroupSchema), 10_000, load_default=list)
    items = fields.List(fields.Nested(ChainItemSchema), 10_000, load_default=list)
