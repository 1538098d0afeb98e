"""What holds other fields: lists, one of several forms, money, and where a value comes from."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from ...sources import KINDS


class AnyOf(fields.Raw):
    """An object in one of the `forms`, whichever the rest of the request says: left as it was sent, for the route to
    read; the forms are documented (http/docs.py)."""

    default_error_messages = {"invalid": "Not a valid mapping type."}

    def __init__(self, forms: list[ma.Schema], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.forms = forms

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        return value


class List(fields.List[Any]):
    """A list of `least` to `most` entries."""

    def __init__(
        self, inner: fields.Field[Any] | type[fields.Field[Any]], most: int, least: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(inner, validate=validate.Length(least, most), **kwargs)


class MoneySchema(ma.Schema):
    """An amount in minor units with its currency."""

    amount_minor = fields.Integer(required=True, metadata={"description": "In the currency's minor unit."})
    currency = fields.String(required=True, metadata={"description": "ISO 4217", "pattern": "^[A-Z]{3}$"})


class SourceSchema(ma.Schema):
    """Where a filled value comes from: the customer, with this request or with a preference said before (then with
    its name, id, version and when it was said), the item, or the store."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    preference = fields.String(metadata={"description": "The preference's kind, where the customer said it before."})
    id = fields.String(metadata={"description": "Of the preference or of its rule.", "format": "uuid"})
    version = fields.Integer(metadata={"description": "The version of it that filled the value."})
    said_at = fields.Raw(metadata={"type": "string", "format": "date-time"})


def Source(**kwargs: Any) -> fields.Nested:  # noqa: N802 - reads as the field it makes
    """Where the value beside it comes from."""
    return fields.Nested(SourceSchema, **kwargs)


def Money(**kwargs: Any) -> fields.Nested:  # noqa: N802 - reads as the field it makes
    """An amount: `{"amount_minor": 1250, "currency": "USD"}`."""
    return fields.Nested(MoneySchema, **kwargs)
