"""Parts that the forms of several kinds share."""

from __future__ import annotations

from ...http import Schema, fields


class OptionSchema(Schema):
    """An option, by its group's key and its own on the menu."""

    group = fields.Text(50, required=True)
    option = fields.Text(50, required=True)


class RuleOptionSchema(OptionSchema):
    """So many of an option; `quantity` 0 says "none of it"."""

    quantity = fields.Integer(0, 20, load_default=1)


class SaidBeforeSchema(Schema):
    """One of a list of rules: with the `id` that it was given it keeps its age as long as it says the same. Its version
    and instant may be sent back, and are not looked at."""

    id = fields.Id(metadata={"description": "As it was answered; left out for a new rule."})
    name = fields.Text(60, load_default=None, metadata={"description": "What you call it."})
    version = fields.Integer(1, 2_000_000_000, metadata={"description": "Answered; what is sent is ignored."})
    said_at = fields.Instant(metadata={"description": "Answered; what is sent is ignored."})
