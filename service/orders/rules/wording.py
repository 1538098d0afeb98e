"""How amounts and instants read in a person's language (CLDR, by Babel)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from babel.numbers import format_percent

from ...money import Money, written

DEFAULT_LANGUAGE = "en"


def locale_of(language: str | None) -> Locale:
    """Return the locale of a BCP 47 tag, English where there is none or CLDR doesn't know it."""
    try:
        return Locale.parse(language or DEFAULT_LANGUAGE, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale.parse(DEFAULT_LANGUAGE)


def money_text(money: dict[str, Any], locale: Locale) -> str:
    """Return an amount of the wire as it is written there."""
    return written(Money(**money), locale)


def instant_text(at: datetime, timezone: str, locale: Locale) -> str:
    """Return an instant on the store's clock, in words of the language."""
    return format_datetime(at, "d MMMM y, HH:mm zzz", tzinfo=ZoneInfo(timezone), locale=locale)


def rate_text(rate_bps: int, locale: Locale) -> str:
    """Return a rate: 825 basis points are `8.25%`."""
    return format_percent(Decimal(rate_bps) / 10_000, "#,##0.##%", locale=locale)
