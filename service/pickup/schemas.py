"""The wire of the queue and of the board."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields as plain

from ..http import PageQuery, Schema, fields
from ..menu.schemas import LineChoiceSchema
from ..orders.rules.states import WALK_IN_OPEN, State
from .rules.rows import RowState

STATIONS = ("bar", "oven", "cold", "counter")
_STATION = {"description": "`counter` is where a line stands that takes no work and is only handed over."}

# ---- in


class ShowQueueQuery(PageQuery):
    """Which part of the queue: what is to be made and handed over, what comes later, or what was bumped last."""

    view = fields.Choice(["open", "scheduled", "recall"], load_default="open")
    station = fields.Choice(
        STATIONS,
        load_default=None,
        metadata={"description": "Only tickets with something to make there; a page may hold fewer than `limit`."},
    )


class AllDayQuery(Schema):
    """Of which station; without one, of all."""

    station = fields.Choice(STATIONS, load_default=None)


class TouchTicketSchema(Schema):
    """A line, or what is made at a station, or a line at a station; with neither, the whole ticket: of an order or of a
    walk-in."""

    order_id = fields.Id(load_default=None)
    walk_in_id = fields.Id(load_default=None)
    position = fields.Integer(1, 100, load_default=None)
    station = fields.Choice(STATIONS, load_default=None)
    lines_since = fields.Instant(
        load_default=None,
        allow_none=True,
        metadata={"description": "As the ticket says. Where lines changed since, nothing is done (`lines-changed`)."},
    )

    @ma.validates_schema
    def _one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if (data["order_id"] is None) == (data["walk_in_id"] is None):
            raise ma.ValidationError("Give `order_id` or `walk_in_id`, one of both.", "order_id")


class WorkSecondsSchema(Schema):
    """Seconds of work at each station that has any."""

    bar = fields.Integer(1, 7_200)
    oven = fields.Integer(1, 7_200)
    cold = fields.Integer(1, 7_200)


class RegisterWalkInSchema(Schema):
    """Someone who ordered at the counter: lines from the menu, seconds of work at each station for what isn't on it,
    and what to call them. `id` is chosen by a screen that is offline: what it does to the walk-in can be sent after."""

    walk_in_id = fields.Id(load_default=None, data_key="id")
    lines = fields.List(fields.Nested(LineChoiceSchema), 50, load_default=list)
    work_seconds = fields.Nested(WorkSecondsSchema, load_default=dict)
    label = fields.Text(40, load_default=None)


class ShowLoyaltyCardSchema(Schema):
    """The number on a loyalty card, as it was scanned or typed."""

    number = fields.Text(40, required=True)


class SetQueueSettingsSchema(Schema):
    """The ages since firing at which a ticket calls for attention, and how long the board shows what is ready."""

    hurry_after_seconds = fields.Integer(10, 86_400, required=True)
    late_after_seconds = fields.Integer(10, 86_400, required=True)
    board_clears_after_seconds = fields.Integer(60, 86_400, required=True)


class MakeBoardLinkSchema(Schema):
    """What the screen is called, so that the right link is revoked."""

    name = fields.Text(60, load_default="Ready board")


# ---- out


class TicketItemSchema(Schema):
    id = fields.Id(required=True)
    name = plain.String(required=True)


class TicketSizeSchema(Schema):
    name = plain.String(required=True)
    is_chosen = plain.Boolean(required=True, metadata={"description": "By the customer; else it is the item's own."})


class TicketModifierSchema(Schema):
    name = plain.String(required=True)
    group = plain.String(required=True)
    quantity = plain.Integer(
        required=True,
        metadata={"description": "In one of the line: what stands under three of something is threefold."},
    )
    text = plain.String(required=True, allow_none=True)
    is_chosen = plain.Boolean(required=True, metadata={"description": "By the customer, other than it comes."})
    depth = plain.Integer(required=True, metadata={"description": "0, or one more than what it goes with."})


class LineAtStationSchema(Schema):
    station = fields.Choice(STATIONS, required=True, metadata=_STATION)
    state = fields.Choice([state.value for state in RowState], required=True)
    starts_at = fields.Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When to begin there, so that all parts are ready together."},
    )
    started_at = fields.Instant(required=True, allow_none=True)
    done_at = fields.Instant(required=True, allow_none=True)


class TicketOverrideSchema(Schema):
    """Something that the customer avoids and allows in this line, in this order only."""

    avoided = plain.String(required=True)
    kind = fields.Choice(["allergen", "option", "item"], required=True)
    how = fields.Choice(["contains", "may_contain"], required=True)
    part = plain.String(required=True, metadata={"description": "The item or option that holds it."})


class TicketLineSchema(Schema):
    """A line as it is made: the whole modifier tree, multiplied out, in reading order."""

    position = plain.Integer(required=True)
    quantity = plain.Integer(required=True)
    refunded_quantity = plain.Integer(required=True)
    struck_at = fields.Instant(
        required=True, allow_none=True, metadata={"description": "When it was taken out: don't make it."}
    )
    item = plain.Nested(
        TicketItemSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null for what a walk-in ordered beside the menu, of which only the work is known."},
    )
    size = plain.Nested(TicketSizeSchema, required=True, allow_none=True)
    modifiers = plain.List(plain.Nested(TicketModifierSchema), required=True)
    without = plain.List(plain.String(), required=True, metadata={"description": "What it comes with, and must not."})
    note = plain.String(required=True, allow_none=True)
    contains = plain.List(plain.String(), required=True, metadata={"description": "Allergens in it as it is made."})
    may_contain = plain.List(plain.String(), required=True)
    overrides = plain.List(
        plain.Nested(TicketOverrideSchema),
        required=True,
        metadata={"description": "What the customer avoids, and says that this line may hold: make it as ordered."},
    )
    stations = plain.List(plain.Nested(LineAtStationSchema), required=True)


class TicketPromiseSchema(Schema):
    """A held order has no window before its customer's tap, a walk-in none at all."""

    window_starts_at = fields.Instant(required=True, allow_none=True)
    window_ends_at = fields.Instant(required=True, allow_none=True)


class VoidSchema(Schema):
    """The order ended after it was fired: stop making it."""

    at = fields.Instant(required=True)
    reason = plain.String(required=True, allow_none=True)


class TicketSchema(Schema):
    """An order, or a walk-in, as those read it who make it and hand it over."""

    kind = fields.Choice(["order", "walk_in"], required=True)
    order_id = fields.Id(required=True, allow_none=True, metadata={"description": "Null for a walk-in."})
    walk_in_id = fields.Id(required=True, allow_none=True, metadata={"description": "Null for an order."})
    code = plain.String(
        required=True,
        allow_none=True,
        metadata={"description": "What is called out at the counter; a walk-in has none."},
    )
    alias = plain.String(
        required=True,
        allow_none=True,
        metadata={"description": "The name that the customer chose for this order; a walk-in's label."},
    )
    version = plain.Integer(required=True)
    state = fields.Choice([state.value for state in State], required=True)
    method = plain.String(required=True)
    rush = plain.Boolean(required=True)
    arrived_at = fields.Instant(required=True, allow_none=True)
    fire_at = fields.Instant(required=True)
    fired_at = fields.Instant(required=True, allow_none=True)
    due_at = fields.Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When it was promised to be ready, at best; a walk-in: is expected to be."},
    )
    promise = plain.Nested(TicketPromiseSchema, required=True)
    ready_at = fields.Instant(required=True, allow_none=True)
    void = plain.Nested(VoidSchema, required=True, allow_none=True)
    to_pay = fields.Money(
        required=True, allow_none=True, metadata={"description": "At pickup; a walk-in paid elsewhere."}
    )
    lines_since = fields.Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When the order was fired, or a line taken out or replaced; of a walk-in null."},
    )
    lines = plain.List(plain.Nested(TicketLineSchema), required=True)
    next_actions = plain.List(plain.String(), required=True)


class QueueSchema(Schema):
    """A page of tickets, by the instant to start on them; a line's rows are its stations."""

    data = plain.List(plain.Nested(TicketSchema), required=True)
    next_cursor = plain.String(required=True, allow_none=True)


class AllDayCountSchema(Schema):
    quantity = plain.Integer(required=True)
    item = plain.Nested(TicketItemSchema, required=True)
    size = plain.String(required=True)
    modifiers = plain.List(plain.String(), required=True)
    without = plain.List(plain.String(), required=True)


class AllDaySchema(Schema):
    """How much of everything is still to be made, the most first."""

    data = plain.List(plain.Nested(AllDayCountSchema), required=True)


class TouchedSchema(Schema):
    """What became of the ticket. `changed` is false where it was so already; `id` undoes what was changed."""

    id = fields.Id(required=True, allow_none=True)
    changed = plain.Boolean(required=True)
    order_id = fields.Id(required=True, allow_none=True)
    walk_in_id = fields.Id(required=True, allow_none=True)
    version = plain.Integer(required=True)
    ticket = plain.Nested(
        TicketSchema, required=True, allow_none=True, metadata={"description": "Null where it left the queue."}
    )


class WalkInSchema(Schema):
    """Someone in the shop, whose work takes the next free seconds: it is expected to be ready at `expected_at`."""

    id = fields.Id(required=True)
    store_id = fields.Id(required=True)
    label = plain.String(required=True, allow_none=True)
    state = fields.Choice([state.value for state in WALK_IN_OPEN], required=True)
    version = plain.Integer(required=True)
    work = plain.Dict(plain.String(), plain.Integer(), required=True, metadata={"description": "Seconds by station."})
    station_starts = plain.Dict(plain.String(), fields.Instant(), required=True)
    make_seconds_ahead = plain.Integer(required=True)
    expected_at = fields.Instant(required=True)
    registered_at = fields.Instant(required=True)
    ended_at = fields.Instant(required=True, allow_none=True)


class NewWalkInSchema(WalkInSchema):
    """A walk-in just registered, and its ticket in the queue."""

    ticket = plain.Nested(TicketSchema, required=True)


class WalkInsSchema(Schema):
    data = plain.List(plain.Nested(WalkInSchema), required=True)


class QueueSettingsSchema(Schema):
    """How the store reads its queue."""

    hurry_after_seconds = plain.Integer(required=True)
    late_after_seconds = plain.Integer(required=True)
    board_clears_after_seconds = plain.Integer(required=True)


class BoardLinkSchema(Schema):
    """A link that shows the store's ready board."""

    id = fields.Id(required=True)
    name = plain.String(required=True)
    created_at = fields.Instant(required=True)


class NewBoardLinkSchema(BoardLinkSchema):
    """A link just made: its address is told only now."""

    token = plain.String(required=True)
    url = plain.String(required=True, metadata={"description": "Open it on the screen; the token stands after `#`."})


class PreparingSchema(Schema):
    code = plain.String(required=True)
    alias = plain.String(required=True, allow_none=True)


class ReadySchema(PreparingSchema):
    ready_at = fields.Instant(required=True)
    clears_at = fields.Instant(required=True, metadata={"description": "When the board stops showing it."})


class BoardSchema(Schema):
    """What is being made and what is ready, by code and the name chosen for this order: nothing else about anyone. Who
    ordered at the counter is counted."""

    walk_ins = plain.Integer(
        required=True, metadata={"description": "How many who ordered at the counter are being made, too."}
    )
    preparing = plain.List(plain.Nested(PreparingSchema), required=True)
    ready = plain.List(plain.Nested(ReadySchema), required=True)
