"""A row of a store directory, read into a store by stated rules (docs/imports.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from babel.core import get_global

from ...importing import Row, RowRefused
from ...money import currency_of
from .hours import InvalidHours, check_hours
from .zones import Conflict, Place, zone_of

# The fields an import knows, each with the usual names of its column (besides its own).
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "number": ("store number", "store no", "store id"),
    "name": ("store name",),
    "ownership": ("ownership type",),
    "street": ("street address", "address"),
    "city": ("town",),
    "state": ("state/province", "province", "region"),
    "country": ("country code",),
    "postcode": ("postal code", "zip code", "zip"),
    "phone": ("phone number", "telephone"),
    "latitude": ("lat",),
    "longitude": ("lon", "lng", "long"),
    "timezone": ("time zone", "tz"),
    "daylight_saving": ("dst",),
    "hours": ("opening hours",),
}
REQUIRED = ("number", "name", "country", "latitude", "longitude", "timezone")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedStore:
    """What a row says of its store; `hours` None where the file has none. The order of the fields is the table's."""

    number: str
    name: str
    ownership: str | None
    street: str | None
    city: str | None
    state: str | None
    country: str
    postcode: str | None
    phone: str | None
    latitude: float
    longitude: float
    timezone: str
    currency: str
    hours: str | None


def imported_store(row: Row, *, number_prefix: str, year: int, conflict: Conflict) -> ImportedStore:
    """Read a row, repairing by the stated rules only. Raises RowRefused."""
    number = number_prefix + row.required("number", 40 - len(number_prefix))
    name = row.required("name")
    country, currency = _country(row)
    latitude, longitude = row.number("latitude", -90, 90), row.number("longitude", -180, 180)
    place = Place(country, latitude, longitude, year)
    timezone, repair = zone_of(row.required("timezone"), _daylight_saving(row), place, conflict)
    if repair is not None:
        row.repair(repair.rule, repair.note)
    return ImportedStore(
        number=number,
        name=name,
        ownership=row.text("ownership") or None,
        street=row.text("street", 300) or None,
        city=row.text("city", 100) or None,
        state=row.text("state", 100) or None,
        country=country,
        postcode=_postcode(row, country),
        phone=row.text("phone", 40) or None,
        latitude=latitude,
        longitude=longitude,
        timezone=timezone,
        currency=currency,
        hours=_hours(row),
    )


def _country(row: Row) -> tuple[str, str]:
    """Return the row's country as ISO 3166 alpha-2, and its currency. Raises RowRefused (`unknown-country`)."""
    given = row.required("country")
    code = given.upper()
    aliases = get_global("territory_aliases").get(code, [])
    if len(code) == 3 and len(aliases) == 1:  # USA → US; a code of several successors isn't taken
        code = aliases[0]
    currency = currency_of(code)
    if len(code) != 2 or currency is None:
        raise RowRefused("unknown-country", f"{given!r} is no ISO 3166 country with a currency")
    if code != given:
        row.repair("country-code", f"{given} means {code}")
    return code, currency


def _daylight_saving(row: Row) -> bool | None:
    """Return the flag: Y, N, or U for unknown, as when the file has no such column."""
    flag = row.text("daylight_saving").upper()
    if flag not in ("Y", "N", "U", ""):
        raise RowRefused("invalid-daylight-saving", f"daylight_saving is {flag!r}, not Y, N or U")
    return {"Y": True, "N": False}.get(flag)


def _postcode(row: Row, country: str) -> str | None:
    """Return the postcode; a US ZIP code of 3 or 4 digits lost its leading zeros in a spreadsheet."""
    text = row.text("postcode", 20)
    if country == "US" and len(text) in (3, 4) and text.isascii() and text.isdigit():
        row.repair("zip-leading-zeros", f"{text} means {text:0>5}")
        return f"{text:0>5}"
    return text or None


def _hours(row: Row) -> str | None:
    text = row.text("hours", 1_000)
    if not text:
        return None
    try:
        return check_hours(text)
    except InvalidHours as error:
        raise RowRefused("invalid-hours", f"{text!r}: {error}") from error
