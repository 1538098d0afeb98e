"""JSON in and out: orjson writes; reading refuses what JSON leaves open and databases can't keep."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson
from flask.json.provider import JSONProvider

MAX_DEPTH = 12
_MOST_DIGITS = 400  # a 64-bit number never needs as many
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


class Malformed(ValueError):
    """The text is not JSON that this service reads."""


class OrjsonProvider(JSONProvider):
    """Flask's JSON by orjson: UUIDs and aware datetimes are written, instants with Z."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return self.dump_bytes(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return read(s if isinstance(s, bytes) else s.encode())

    def response(self, *args: Any, **kwargs: Any) -> Any:
        body: Any = self.dump_bytes(self._prepare_response_obj(args, kwargs))
        return self._app.response_class(body, mimetype="application/json")

    @staticmethod
    def dump_bytes(obj: Any) -> bytes:
        return orjson.dumps(obj, option=_OPTIONS)


def read(body: bytes) -> Any:
    """Parse a request body.

    Refuses duplicate keys, NaN and Infinity, numbers beyond 64 bits, NUL, lone surrogates, and objects nested
    deeper than 12 (a list counts only inside a list). Raises Malformed.
    """
    try:
        # Decoded here: json.loads would take UTF-16 and UTF-32 too, and let halves of surrogate pairs through.
        value = json.loads(
            body.decode(),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_number,
        )
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise Malformed("The body is not JSON.") from error
    _check(value, 1, b"\\u" in body)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("An object names a key twice.")
    return found


def _no_constant(name: str) -> None:
    raise Malformed(f"{name} is not a JSON number.")


def _integer(digits: str) -> int:
    if len(digits) > 19 or not -(2**63) <= int(digits) < 2**63:
        raise Malformed("A number is too large.")
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits) if len(digits) <= _MOST_DIGITS else float("inf")
    if number in (float("inf"), float("-inf")):
        raise Malformed("A number is too large.")
    return number


def _check(value: Any, depth: int, has_escapes: bool) -> None:
    if depth > MAX_DEPTH:
        raise Malformed(f"The body is nested deeper than {MAX_DEPTH}.")
    if isinstance(value, dict):
        for key, entry in value.items():
            _check(key, depth, has_escapes)
            _check(entry, depth + isinstance(entry, dict), has_escapes)
    elif isinstance(value, list):
        for entry in value:
            _check(entry, depth + 1, has_escapes)
    elif has_escapes and isinstance(value, str) and _UNKEEPABLE.search(value):
        raise Malformed("Text holds a NUL or half a surrogate pair.")
