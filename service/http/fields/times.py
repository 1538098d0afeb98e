"""Instants, days, times of the clock and the zones that they are read in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import available_timezones

from marshmallow import fields, validate

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


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


class InstantOrNow(Instant):
    """An instant, or the word `now`, kept as it is for the route to put in the time."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return "now" if value == "now" else super()._deserialize(value, attr, data, **kwargs)


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


class Zone(fields.String):
    """An IANA time zone name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.OneOf(sorted(available_timezones())), **kwargs)
