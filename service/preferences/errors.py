"""Refusals of preferences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ..errors import Invalid, Refusal


class NothingToUndo(Refusal):
    """There is no earlier version to go back to, or what it said was forgotten."""

    title = "Nothing to undo"


class Avoided(Invalid):
    """Something in it is on the customer's avoid-list. `avoided` names each: what is avoided, whether it is contained
    or may be, in what, and where. Only the customer can override it, for a line of one order, by `override_avoid`."""

    title = "On your avoid-list"

    def __init__(self, found: Mapping[str, Sequence[str]], avoided: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(
            {path: list(texts) for path, texts in found.items()}, "Some of this is what you said that you avoid."
        )
        self.facts["avoided"] = [dict(each) for each in avoided]


class DietNotStated(Invalid):
    """Of something in it nobody states that it keeps a diet that the customer wants kept; that it doesn't isn't said
    either. `warnings` names each."""

    title = "Diet not stated"

    def __init__(self, errors: dict[str, list[str]], warnings: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(errors, "You asked to refuse what doesn't state your diet.")
        self.facts["warnings"] = list(warnings)


class CeilingExceeded(Refusal):
    """It holds more than the customer wants of something in one order. `ceilings` names each, with how much it is."""

    status = 422
    title = "Above your ceiling"

    def __init__(self, ceilings: Sequence[Mapping[str, Any]]) -> None:
        super().__init__("This holds more than you said is the most for one order.", ceilings=list(ceilings))


class PassportNotValid(Refusal):
    """The file is no passport, another service signed it, it was changed since it was signed, or it has expired;
    nothing of it was looked at."""

    status = 422
    title = "Passport not valid"

    def __init__(self, reason: Literal["not_this", "not_ours", "changed", "expired"]) -> None:
        super().__init__(_WHY_NOT[reason], reason=reason)


_WHY_NOT = {
    "not_this": "This is no passport.",
    "not_ours": "Another service signed this passport; only those that were signed here can be read.",
    "changed": "This passport was changed after it was signed.",
    "expired": "This passport has expired. Get a new one where you got this.",
}


class TooManyUsuals(Refusal):
    """The list of usuals is full: forget one first."""

    title = "Too many usuals"

    def __init__(self, most: int) -> None:
        super().__init__(f"You can keep {most} usuals.", most=most)
