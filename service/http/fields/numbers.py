"""Numbers and flags: what JSON says is one, and in a query string, where all is text, the words for it."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import fields, validate
from webargs.multidictproxy import MultiDictProxy


def _may_be_text(data: Any) -> bool:
    """Tell whether the value comes from a query string, where everything is text: in JSON "1" is no number."""
    return isinstance(data, MultiDictProxy)


class Flag(fields.Boolean):
    """true or false, nothing else; their words in a query string."""

    truthy = {True, "true"}
    falsy = {False, "false"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool) and not (_may_be_text(data) and value in ("true", "false")):
            raise self.make_error("invalid", input=value)
        return bool(super()._deserialize(value, attr, data, **kwargs))


class Integer(fields.Integer):
    """A whole number from `least` to `most`, both included; its plain digits in a query string."""

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(least, most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, str) and _may_be_text(data):
            if not (value.isascii() and value.removeprefix("-").isdigit() and len(value) < 20):
                raise self.make_error("invalid", input=value)
            value = int(value)
        if isinstance(value, bool | float):
            raise self.make_error("invalid", input=value)
        result = super()._deserialize(value, attr, data, **kwargs)
        assert result is not None
        return result


class Decimal(fields.Float):
    """A finite number from `least` to `most`, both included."""

    def __init__(self, least: float, most: float, **kwargs: Any) -> None:
        super().__init__(allow_nan=False, validate=validate.Range(least, most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or (isinstance(value, str) and not _may_be_text(data)):
            raise self.make_error("invalid", input=value)
        result = super()._deserialize(value, attr, data, **kwargs)
        assert result is not None
        return result


class Point(fields.Field[tuple[float, float]]):
    """A point on the globe in a query: `latitude,longitude` in decimal degrees."""

    default_error_messages = {"invalid": "Give latitude,longitude in degrees, such as 40.75,-73.99."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[float, float]:
        found = _POINT.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise self.make_error("invalid")
        latitude, longitude = float(found[1]), float(found[2])
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise self.make_error("invalid")
        return latitude, longitude


_DEGREES = r"([+-]?\d{1,3}(?:\.\d{1,20})?)"
_POINT = re.compile(rf"{_DEGREES}, ?{_DEGREES}", re.ASCII)
