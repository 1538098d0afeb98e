"""Refusals of preferences."""

from __future__ import annotations

from typing import Literal

from ..errors import Refusal


class NothingToUndo(Refusal):
    """There is no earlier version to go back to, or what it said was forgotten."""

    title = "Nothing to undo"


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
