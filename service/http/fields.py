"""The JSON field types of the wire: strict, bounded, and refusing what databases can't keep.

Use these instead of marshmallow's own: a plain `Integer` takes 1.9, "1_0" and 4,000 digits, a plain `String`
takes NUL and lone surrogates, and a plain `DateTime` takes years that break every later read.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import available_timezones

import marshmallow as ma
import phonenumbers
from babel import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email
from marshmallow import fields, validate
from webargs.multidictproxy import MultiDictProxy

from ..sources import KINDS

Boolean = fields.Boolean
Dict = fields.Dict
Enum = fields.Enum
Nested = fields.Nested
Raw = fields.Raw

MAX_MINOR = 100_000_000  # 1,000,000.00 in a two-digit currency: far above any order
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


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


class Text(fields.String):
    """Text of `least` to `most` characters without control characters (line breaks where `lines`)."""

    default_error_messages = {"control": "Control characters can't be used."}

    def __init__(self, most: int, least: int = 1, *, lines: bool = False, **kwargs: Any) -> None:
        self._allowed = "\n\t" if lines else ""
        super().__init__(validate=validate.Length(least, most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        if any(character not in self._allowed and _is_control(character) for character in text):
            raise self.make_error("control")
        return text.strip()


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character <= "\x9f" or "\ud800" <= character <= "\udfff"


class Secret(fields.String):
    """A password or token: 1 to `most` characters, kept as typed."""

    def __init__(self, most: int = 256, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(1, most), load_only=True, **kwargs)


class Base64Url(fields.Field[bytes]):
    """Up to `most` bytes, on the wire as base64url without padding."""

    default_error_messages = {"invalid_bytes": "Not base64url without padding.", "too_long": "Too long."}

    def __init__(self, most: int, **kwargs: Any) -> None:
        self._most_characters = -(-most * 4 // 3)
        shown = {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": self._most_characters}
        super().__init__(metadata=shown | kwargs.pop("metadata", {}), **kwargs)

    def _serialize(self, value: bytes | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return base64.urlsafe_b64encode(value).decode().rstrip("=") if value is not None else None

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bytes:
        if not isinstance(value, str) or not _BASE64URL.fullmatch(value):
            raise self.make_error("invalid_bytes")
        if len(value) > self._most_characters:
            raise self.make_error("too_long")
        try:
            return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except binascii.Error as error:
            raise self.make_error("invalid_bytes") from error


_BASE64URL = re.compile("[A-Za-z0-9_-]+")


class Email(fields.String):
    """An e-mail address, normalised (email-validator); deliverability isn't looked up."""

    default_error_messages = {"invalid_email": "Not an e-mail address."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(3, 254), metadata={"format": "email"}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            found = validate_email(str(text)[:255], check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            raise self.make_error("invalid_email") from error
        return found.normalized


class Phone(fields.String):
    """A telephone number with its country code; kept as E.164."""

    default_error_messages = {
        "invalid_phone": "Not a telephone number with its country code, such as +44 20 7946 0018."
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(1, 40), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            number = phonenumbers.parse(str(text)[:41])
        except phonenumbers.NumberParseException as error:
            raise self.make_error("invalid_phone") from error
        if not phonenumbers.is_valid_number(number):
            raise self.make_error("invalid_phone")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class Language(fields.String):
    """A language (BCP 47) that CLDR knows; kept in its usual spelling: `pt-br` → `pt-BR`."""

    default_error_messages = {"invalid_language": "Not a known language (BCP 47), such as en-GB."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(2, 35), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return str(Locale.parse(str(text)[:36], sep="-")).replace("_", "-")
        except (ValueError, UnknownLocaleError) as error:
            raise self.make_error("invalid_language") from error


class Currency(fields.String):
    """A currency (ISO 4217) that CLDR knows."""

    default_error_messages = {"invalid_currency": "Not a currency (ISO 4217), such as USD."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(3, 3), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        if text not in Locale("en").currencies:
            raise self.make_error("invalid_currency")
        return text


class Id(fields.UUID):
    """A resource's id."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value  # the JSON encoder writes UUIDs


class Instant(fields.AwareDateTime):
    """An instant between the years 2000 and 2100, RFC 3339; written in UTC with Z."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=None, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or not value.isascii() or len(value) > 40:
            raise self.make_error("invalid", input=value, obj_type="datetime")
        try:
            instant = super()._deserialize(value.replace(" ", "+"), attr, data, **kwargs).astimezone(UTC)
        except OverflowError as error:
            raise self.make_error("invalid", input=value, obj_type="datetime") from error
        if not EARLIEST <= instant < LATEST:
            raise self.make_error("invalid", input=value, obj_type="datetime")
        return instant

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value  # the JSON encoder writes instants


class Day(fields.Date):
    """A calendar date between the years 2000 and 2100."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        day: date = super()._deserialize(value, attr, data, **kwargs)
        if not EARLIEST.date() <= day < LATEST.date():
            raise self.make_error("invalid", input=value, obj_type="date")
        return day


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


class InstantOrNow(Instant):
    """An instant, or the word `now`, kept as it is for the route to put in the time."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return "now" if value == "now" else super()._deserialize(value, attr, data, **kwargs)


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


class ClockTime(fields.String):
    """A wall time to the minute, `08:15`, on a multiple of `step` minutes."""

    default_error_messages = {"invalid_time": "Not a time such as 08:15, every {step} minutes."}

    def __init__(self, step: int, **kwargs: Any) -> None:
        super().__init__(
            validate=[validate.Length(5, 5), validate.Regexp(r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")], **kwargs
        )
        self._step = step

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        if text[-2:].isdigit() and int(text[-2:]) % self._step:
            raise self.make_error("invalid_time", step=self._step)
        return text


class Choice(fields.String):
    """One of the named values."""

    def __init__(self, choices: list[str] | tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(validate=validate.OneOf(choices), **kwargs)


class List(fields.List[Any]):
    """A list of `least` to `most` entries."""

    def __init__(
        self, inner: fields.Field[Any] | type[fields.Field[Any]], most: int, least: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(inner, validate=validate.Length(least, most), **kwargs)


class Zone(fields.String):
    """An IANA time zone name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.OneOf(sorted(available_timezones())), **kwargs)


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
