"""Card numbers, so that none is ever taken in: ISO/IEC 7812 says 12 to 19 digits, the last one a check (Luhn)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_RUN = re.compile(r"[0-9](?:[ .\-_/]{0,2}[0-9])*", re.ASCII)
_FEWEST, _MOST = 12, 19
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def looks_like_card_number(value: object) -> bool:
    """Tell whether a text or number holds 12 to 19 digits that pass the check, as they are or in groups, whatever other
    groups stand beside them: an expiry date, say. One of our own ids never is one, though its digits may pass."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    text = _plain(value) if isinstance(value, str) else str(value) if abs(value) < 10**20 else ""
    return _ID.fullmatch(text) is None and any(_passes(each) for run in _RUN.findall(text) for each in _within(run))


def _within(run: str) -> Iterator[list[int]]:
    """Yield the digits of each so many groups that follow one another and are as long as a card number together."""
    groups = re.findall("[0-9]+", run)
    for first in range(len(groups)):
        digits: list[int] = []
        for group in groups[first : first + _MOST]:
            digits += map(int, group[: _MOST + 1])
            if len(digits) > _MOST:
                break
            if len(digits) >= _FEWEST:
                yield digits


def _plain(text: str) -> str:
    # Digits of other scripts are digits, too: whoever types them means the same number.
    return "".join(str(int(each)) if each.isdecimal() else each for each in text)


def _passes(digits: list[int]) -> bool:
    from_the_right = digits[::-1]
    return (sum(from_the_right[::2]) + sum(_DOUBLED[digit] for digit in from_the_right[1::2])) % 10 == 0


def fields_with_card_numbers(value: Any, path: str = "") -> Iterator[str]:
    """Yield the path of each field, and each name, that holds one; `body` is the document itself."""
    if isinstance(value, dict):
        for name, below in value.items():
            if looks_like_card_number(name):
                yield path or "body"
            else:
                yield from fields_with_card_numbers(below, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from fields_with_card_numbers(below, f"{path}.{index}" if path else str(index))
    elif looks_like_card_number(value):
        yield path or "body"
