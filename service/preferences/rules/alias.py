"""Names that are called out, or shown on a screen that a whole store sees: what can be read as one short line."""

from __future__ import annotations

import unicodedata

from ...errors import Invalid

MOST = 20
_MOST_MARKS = 2  # in a row: more are drawn over the neighbouring lines
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols that draw nothing
_JOINER = "\u200d"  # holds many an emoji together


def check_alias(alias: str | None, path: str = "pickup.alias") -> str | None:
    """Return the name that a customer wants called out for an order, None for none. Raises Invalid."""
    return None if alias is None else check_name(alias, field=path, most=MOST)


def check_name(name: str, *, field: str, most: int) -> str:
    """Return the name, normalised (NFC). Raises Invalid, which names the `field`, for one that can't be shown as one
    line of at most so many characters.

    Refused is what changes how other text on the screen reads: characters that turn the direction of writing, invisible
    or unassigned ones, piles of marks.
    """
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(name) <= most or not any(unicodedata.category(each)[0] in "LNS" for each in name):
        raise Invalid({field: [f"1 to {most} characters, some of them letters or digits."]})
    marks = 0
    for character in name:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if (
            character in _BLANK
            or (category[0] == "C" and character != _JOINER)
            or category in {"Zl", "Zp"}
            or marks > _MOST_MARKS
        ):
            raise Invalid({field: ["Characters that can't be seen can't be used."]})
    return name
