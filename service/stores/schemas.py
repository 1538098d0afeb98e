"""The wire of stores."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from ..http import PageQuery, Schema, fields, page_schema
from .rules import PICKUP_METHODS
from .rules.remedies import MOST_STEPS

REASONS = ("closed", "paused", "past_cutoff")
SORTS = ("distance", "name")
MAX_EXCEPTIONS = 400


class FindStoresQuery(PageQuery):
    """Which stores, in which order."""

    near = fields.Point(
        load_default=None,
        metadata={
            "type": "string",
            "description": "latitude,longitude: used for this answer, stored and logged nowhere.",
        },
    )
    radius_km = fields.Decimal(0.1, 500, load_default=25.0, metadata={"description": "With `near`."})
    sort = fields.Choice(SORTS, load_default=None, metadata={"description": "By distance with `near`, else by name."})
    open = fields.InstantOrNow(
        load_default=None, metadata={"description": "`now` or an instant: open then by the hours, paused or not."}
    )
    pickup_method = fields.Choice(PICKUP_METHODS, load_default=None)
    city = fields.Text(100, load_default=None, metadata={"description": "The whole name, in any case."})

    @ma.validates_schema
    def _check_sort(self, data: dict[str, Any], **_: Any) -> None:
        if data["sort"] == "distance" and data["near"] is None:
            raise ma.ValidationError({"near": ["Sorting by distance needs a point."]})


class AvailabilitySchema(Schema):
    """Whether the store takes an order to be made at once, and when that changes."""

    takes_orders = fields.Boolean(required=True)
    reason = fields.Choice(REASONS, required=True, allow_none=True)
    is_open = fields.Boolean(required=True, metadata={"description": "By the hours alone."})
    opens_at = fields.Instant(required=True, allow_none=True, metadata={"description": "Null while it is open."})
    closes_at = fields.Instant(required=True, allow_none=True)
    resumes_at = fields.Instant(required=True, allow_none=True)


class _Listed(Schema):
    id = fields.Id(required=True)
    number = fields.Text(40, required=True)
    name = fields.Text(200, required=True)
    street = fields.Text(300, required=True, allow_none=True)
    city = fields.Text(100, required=True, allow_none=True)
    state = fields.Text(100, required=True, allow_none=True)
    country = fields.Text(2, required=True, metadata={"description": "ISO 3166 alpha-2."})
    postcode = fields.Text(20, required=True, allow_none=True)
    phone = fields.Text(40, required=True, allow_none=True)
    latitude = fields.Decimal(-90, 90, required=True)
    longitude = fields.Decimal(-180, 180, required=True)
    timezone = fields.Raw(required=True, metadata={"type": "string", "description": "IANA zone."})
    pickup_methods = fields.List(
        fields.Choice(PICKUP_METHODS), 5, required=True, metadata={"description": "The store's default comes first."}
    )
    notice = fields.Text(500, required=True, allow_none=True)
    availability = fields.Nested(AvailabilitySchema, required=True)


class FoundStoreSchema(_Listed):
    """A store in a list."""

    distance_m = fields.Integer(0, 20_100_000, required=True, allow_none=True)


_FoundStorePage = page_schema(FoundStoreSchema)


class FoundStorePageSchema(_FoundStorePage):  # type: ignore[valid-type, misc]
    """A page of stores, with the key they are sorted by."""

    sort = fields.Choice(SORTS, required=True)


class HoursExceptionSchema(Schema):
    """Other hours on one date."""

    on_date = fields.Day(required=True)
    hours = fields.Text(
        100, required=True, metadata={"description": "`off`, `24/7`, or spans: 08:00-12:00,14:00-18:00."}
    )


class BusySchema(Schema):
    """How much longer orders take for now."""

    extra_minutes = fields.Integer(1, 240, required=True)
    until = fields.Instant(required=True, allow_none=True)
    reason = fields.Text(200, required=True, allow_none=True)


class StoreSchema(_Listed):
    """A store's page."""

    currency = fields.Text(3, required=True)
    hours = fields.Text(1000, required=True, metadata={"description": "OSM opening_hours, local time."})
    exceptions = fields.List(fields.Nested(HoursExceptionSchema), MAX_EXCEPTIONS, required=True)
    lead_minutes = fields.Integer(0, 1440, required=True)
    cutoff_minutes = fields.Integer(0, 1440, required=True)
    walk_in_percent = fields.Integer(
        0, 90, required=True, metadata={"description": "The share of every slot to come that is kept for walk-ins."}
    )
    busy = fields.Nested(BusySchema, required=True, allow_none=True)
    tax_inclusive = fields.Boolean(required=True)
    tax_rates = fields.Dict(
        keys=ma.fields.String(),
        values=fields.Integer(0, 10_000),
        required=True,
        metadata={"description": "Basis points by tax category; `standard` is always there."},
    )


class PauseOrderingSchema(Schema):
    """A pause: without `until` it holds until further notice."""

    until = fields.Instant(load_default=None, allow_none=True)
    reason = fields.Text(200, load_default=None, allow_none=True, metadata={"description": "Customers read it."})


class PauseSchema(Schema):
    """A pause that holds."""

    until = fields.Instant(required=True, allow_none=True)
    reason = fields.Text(200, required=True, allow_none=True)


class WalkInShareSchema(Schema):
    """The share of every slot to come that is kept for walk-ins."""

    percent = fields.Integer(0, 90, required=True)


class RemedyStepSchema(Schema):
    """From so many minutes after the window on: a part of what the order costs, without its tip."""

    late_minutes = fields.Integer(0, 1440, required=True, metadata={"description": "0: for any miss."})
    percent = fields.Integer(1, 100, required=True)
    most_minor = fields.Integer(
        1, fields.MAX_MINOR, required=True, metadata={"description": "No more than this, in the store's currency."}
    )


class ChangeRemedyTableSchema(Schema):
    """All of the table, the shortest wait first; without any step no money is given."""

    steps = fields.List(fields.Nested(RemedyStepSchema), MOST_STEPS, required=True)


class RemedyTableSchema(ChangeRemedyTableSchema):
    """What a missed promise gives in money. Each quote that it holds for shows the amounts."""

    currency = fields.Text(3, required=True)


class ReportBusySchema(Schema):
    """How many minutes are added to the lead; without `until` until further notice."""

    extra_minutes = fields.Integer(1, 240, required=True)
    until = fields.Instant(load_default=None, allow_none=True)
    reason = fields.Text(200, load_default=None, allow_none=True, metadata={"description": "Customers read it."})


class ChangeHoursSchema(Schema):
    """All of the hours: what is left out of `exceptions` is no exception any more."""

    hours = fields.Text(1000, required=True, metadata={"description": "OSM opening_hours, local time."})
    exceptions = fields.List(fields.Nested(HoursExceptionSchema), MAX_EXCEPTIONS, load_default=list)
    notice = fields.Text(500, load_default=None, allow_none=True)

    @ma.validates_schema
    def _check_dates(self, data: dict[str, Any], **_: Any) -> None:
        seen: set[Any] = set()
        for place, exception in enumerate(data.get("exceptions", [])):
            if exception["on_date"] in seen:
                raise ma.ValidationError({"exceptions": {place: {"on_date": ["This date is named twice."]}}})
            seen.add(exception["on_date"])

    @ma.post_load
    def _by_date(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        by_date = {exception["on_date"]: exception["hours"] for exception in data["exceptions"]}
        return data | {"exceptions": by_date}


class HoursSchema(Schema):
    """The hours of a store."""

    hours = fields.Text(1000, required=True)
    exceptions = fields.List(fields.Nested(HoursExceptionSchema), MAX_EXCEPTIONS, required=True)
    notice = fields.Text(500, required=True, allow_none=True)
    timezone = fields.Raw(required=True, metadata={"type": "string", "description": "IANA zone."})
