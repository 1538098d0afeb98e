"""The JSON field types of the wire: strict, bounded, and refusing what databases can't keep.

Use these instead of marshmallow's own: a plain `Integer` takes 1.9, "1_0" and 4,000 digits, a plain `String`
takes NUL and lone surrogates, and a plain `DateTime` takes years that break every later read.
"""

from __future__ import annotations

from marshmallow import fields as plain

from .numbers import Decimal, Flag, Integer, Point
from .shapes import AnyOf, List, Money, MoneySchema, Source, SourceSchema
from .text import Base64Url, Choice, Currency, Email, Id, Language, Phone, Secret, Text
from .times import EARLIEST, LATEST, ClockTime, Day, Instant, InstantOrNow, Zone

Boolean = plain.Boolean
Dict = plain.Dict
Enum = plain.Enum
Nested = plain.Nested
Raw = plain.Raw

MAX_MINOR = 100_000_000  # 1,000,000.00 in a two-digit currency: far above any order

__all__ = [
    "EARLIEST",
    "LATEST",
    "MAX_MINOR",
    "AnyOf",
    "Base64Url",
    "Boolean",
    "Choice",
    "ClockTime",
    "Currency",
    "Day",
    "Decimal",
    "Dict",
    "Email",
    "Enum",
    "Flag",
    "Id",
    "Instant",
    "InstantOrNow",
    "Integer",
    "Language",
    "List",
    "Money",
    "MoneySchema",
    "Nested",
    "Phone",
    "Point",
    "Raw",
    "Secret",
    "Source",
    "SourceSchema",
    "Text",
    "Zone",
]
