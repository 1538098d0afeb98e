"""Cursor pages: `{"data": [...], "next_cursor": "…"}`, stable under inserts."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Literal, TypeVar

import marshmallow as ma
import orjson

from ..errors import Invalid
from . import fields
from .schemas import Schema

T = TypeVar("T")


class PageQuery(Schema):
    """The query of every list."""

    limit = fields.Integer(1, 100, load_default=50)
    cursor = fields.Text(512, load_default=None, metadata={"description": "`next_cursor` of the page before."})


class ChangesQuery(PageQuery):
    """What changed since a cursor that this list gave; without one, from the beginning."""

    cursor = fields.Text(
        512, load_default=None, data_key="since", metadata={"description": "`next_cursor` of what you read last."}
    )


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; `next_cursor` is None on the last one."""

    data: Sequence[T]
    next_cursor: str | None
    sort: str | None = None

    @classmethod
    def of(cls, rows: Sequence[T], limit: int, key: Callable[[T], Sequence[Any]], sort: str | None = None) -> Page[T]:
        """Make a page of up to `limit` rows, of which one more was fetched; `key` gives a row's sort values."""
        if len(rows) <= limit:
            return cls(rows, None, sort)
        return cls(rows[:limit], encode_cursor(key(rows[limit - 1])), sort)

    @classmethod
    def since(cls, rows: Sequence[T], limit: int, key: Callable[[T], Sequence[Any]], cursor: str | None) -> Page[T]:
        """Make a page of changes: `next_cursor` is always there, to ask again later from where this page ends."""
        rows = rows[:limit]
        return cls(rows, encode_cursor(key(rows[-1])) if rows else cursor)


def page_schema(entry: type[ma.Schema]) -> type[ma.Schema]:
    """Return the schema of a page of the entries, named after them."""
    name = entry.__name__.removesuffix("Schema")
    return Schema.from_dict(
        {
            "data": ma.fields.List(ma.fields.Nested(entry), required=True),
            "next_cursor": ma.fields.String(required=True, allow_none=True),
        },
        name=f"{name}PageSchema",
    )


def encode_cursor(values: Sequence[Any]) -> str:
    """Return sort values as an opaque cursor."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values), option=orjson.OPT_UTC_Z)).decode().rstrip("=")


def _holds_nul(values: list[Any]) -> bool:
    return any(isinstance(value, str) and "\x00" in value for value in values)  # PostgreSQL keeps no NUL


def decode_cursor(
    cursor: str | None, *types: Callable[[Any], Any], called: Literal["cursor", "since"] = "cursor"
) -> list[Any] | None:
    """Return the sort values of a cursor, None for none. Raises Invalid for one that this list never gave, by what it
    is `called` in the query."""
    if cursor is None:
        return None
    try:
        values = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(values, list) or len(values) != len(types) or _holds_nul(values):
            raise ValueError("not a cursor of this list")
        return [convert(value) for convert, value in zip(types, values, strict=True)]
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error) as error:
        raise Invalid({called: ["Use the `next_cursor` of the page before, unchanged."]}) from error


def cursor_number(value: Any) -> int:
    """Read a whole number of a cursor. Raises ValueError for what no list gave."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise ValueError("not a number of this list")
    return value


def cursor_instant(value: Any) -> datetime:
    """Read an instant of a cursor. Raises ValueError for what no list gave."""
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC)
