"""Text that databases can keep, and what is written as text: names, secrets, addresses."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import phonenumbers
from babel import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email
from marshmallow import fields, validate


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


class Choice(fields.String):
    """One of the named values."""

    def __init__(self, choices: list[str] | tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(validate=validate.OneOf(choices), **kwargs)


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
