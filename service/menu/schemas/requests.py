"""A line as it is asked for, in a basket or wherever else one is named."""

from __future__ import annotations

from ...http import Schema, fields


class ModifierChoiceSchema(Schema):
    """A chosen option; `quantity` 0 says "none of it"."""

    option_id = fields.Id(required=True)
    quantity = fields.Integer(0, 20, load_default=1)
    text = fields.Text(140, load_default=None)
    modifiers = fields.List(fields.Nested(lambda: ModifierChoiceSchema()), 40, load_default=list)


class LineChoiceSchema(Schema):
    """One line. What is left out is filled by what the customer said, else by the menu's defaults; the answer says
    which."""

    item_id = fields.Id(required=True)
    size_id = fields.Id(load_default=None)
    quantity = fields.Integer(1, 50, load_default=None)
    modifiers = fields.List(fields.Nested(ModifierChoiceSchema), 40, load_default=list)
    note = fields.Text(140, 0, load_default=None, metadata={"description": "Empty: none this time."})
