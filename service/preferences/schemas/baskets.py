"""A basket as it is asked for, in a quote or kept as a usual."""

from __future__ import annotations

from ...http import Schema, fields
from ...menu.rules import ALLERGENS
from ...menu.schemas import LineChoiceSchema, ModifierChoiceSchema
from ..rules.choices import IF_LATEST, IF_NOT_COLLECTED, IF_UNAVAILABLE, TRIGGERS, WITHOUT_ANSWER


class SubstituteSchema(Schema):
    """Another line that may take the place of one that can't be made: as many, with the same note."""

    item_id = fields.Id(required=True)
    size_id = fields.Id(load_default=None)
    modifiers = fields.List(fields.Nested(ModifierChoiceSchema), 40, load_default=list)


class IfUnavailableSchema(Schema):
    """What happens to a line that can't be made after all. `closest` takes the first of `substitutes` that can be had,
    isn't dearer (or by `max_extra_minor` at most, for the whole line), and holds nothing of `avoid`. A question waits
    for `answer_minutes`, then `without_answer` holds."""

    do = fields.Choice(list(IF_UNAVAILABLE), required=True)
    substitutes = fields.List(fields.Nested(SubstituteSchema), 5, load_default=list)
    avoid = fields.List(fields.Choice(sorted(ALLERGENS)), len(ALLERGENS), load_default=list)
    max_extra_minor = fields.Integer(0, fields.MAX_MINOR, load_default=None)
    answer_minutes = fields.Integer(1, 120, load_default=None)
    without_answer = fields.Choice(WITHOUT_ANSWER, load_default=None)


class BasketLineSchema(LineChoiceSchema):
    """One line of a basket."""

    if_unavailable = fields.Nested(IfUnavailableSchema, load_default=None)


class PickupWaySchema(Schema):
    """How to pick up. Without `method`: the store's own; without `if_not_collected`: it is held until the store closes;
    without `alias` it goes by its code alone."""

    method = fields.Text(20, load_default=None)
    alias = fields.Text(
        20, load_default=None, metadata={"description": "A name to call out and to show on the board, for this order."}
    )
    if_not_collected = fields.Choice(list(IF_NOT_COLLECTED), load_default=None)


class FireChoiceSchema(Schema):
    """When the store starts: as soon as it can, for the window in `pickup.at`, or once the customer taps."""

    trigger = fields.Choice(list(TRIGGERS), required=True)
    minutes = fields.Integer(
        1, 120, load_default=None, metadata={"description": "How long the way takes, for `on_my_way`."}
    )
    if_latest = fields.Choice(
        IF_LATEST,
        load_default=None,
        metadata={"description": "Where nobody taps in time; needed for the last two."},
    )
