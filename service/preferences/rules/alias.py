"""The name that a customer wants called out for an order: it is shown on a screen that everyone in the store sees."""

from __future__ import annotations

import unicodedata

from ...errors import Invalid

MOST = 20
_MOST_MARKS = 2  # in a row: more are drawn over the neighbouring lines
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols that draw nothing
_JOINER = "\u200d"  # holds many an emoji together


def check_alias(alias: str | None, path: str = "pickup.alias") -> str | None:
    """Return the alias, normalised (NFC), None for none. Raises Invalid for one that can't be shown as one short line.

    Refused is what changes how other text on the board reads: characters that turn the direction of writing, invisible
    or unassigned ones, piles of marks.
    """
    if alias is None:
        return None
    alias = " ".join(unicodedata.normalize("NFC", alias).split())
    if not 1 <= len(alias) <= MOST or not any(unicodedata.category(each)[0] in "LNS" for each in alias):
        raise Invalid({path: [f"1 to {MOST} characters, some of them letters or digits."]})
    marks = 0
    for character in alias:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if (
            character in _BLANK
            or (category[0] == "C" and character != _JOINER)
            or category in {"Zl", "Zp"}
            or marks > _MOST_MARKS
        ):
            raise Invalid({path: ["Characters that can't be seen can't be used."]})
    return alias
