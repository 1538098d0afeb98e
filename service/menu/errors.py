"""Refusals of the menu."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ..errors import Invalid, Refusal

Kind = Literal["item", "size", "option"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """One thing of a line that can't be ordered for the asked instant; `path` is relative to the line."""

    kind: Kind
    id: UUID
    name: str
    reason: str
    until: datetime | None
    path: str

    def document(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        names = ("kind", "id", "name", "reason", "until", "path")
        return {name: getattr(self, name) for name in names}


class InvalidChoice(Invalid):
    """A line asks for something that the item doesn't offer; `errors` names each choice by its path in the line."""

    title = "Invalid choice"

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(errors, "Some choices aren't offered like this.")
        self.errors = errors


class NotAvailableNow(Refusal):
    """The menu has these things, but not for the asked time: outside their hours or days, or sold out."""

    title = "Not available now"

    def __init__(self, unavailable: Sequence[Unavailable]) -> None:
        super().__init__(
            "These can't be ordered for the asked time.",
            items=_ids(unavailable, "item"),
            sizes=_ids(unavailable, "size"),
            options=_ids(unavailable, "option"),
            unavailable=[entry.document() for entry in unavailable],
        )
        self.unavailable = tuple(unavailable)


def _ids(unavailable: Iterable[Unavailable], kind: Kind) -> list[UUID]:
    return list(dict.fromkeys(entry.id for entry in unavailable if entry.kind == kind))


class SoldOut(Refusal):
    """The store can't make these items now: they, a size or an option of them are sold out."""

    title = "Sold out"

    def __init__(
        self,
        item_ids: Sequence[UUID] = (),
        *,
        sizes: Sequence[UUID] = (),
        options: Sequence[UUID] = (),
        unavailable: Sequence[Unavailable] = (),
    ) -> None:
        super().__init__(
            "The store can't make these now.",
            items=list(item_ids),
            sizes=list(sizes),
            options=list(options),
            unavailable=[entry.document() for entry in unavailable],
        )
        self.item_ids = tuple(item_ids)
        self.unavailable = tuple(unavailable)


def refusal_of(unavailable: Sequence[Unavailable]) -> SoldOut | NotAvailableNow:
    """Return the refusal for what isn't available: sold out where anything is, else not available now."""
    if any(entry.reason == "sold_out" for entry in unavailable):
        return SoldOut(
            _ids(unavailable, "item"),
            sizes=_ids(unavailable, "size"),
            options=_ids(unavailable, "option"),
            unavailable=unavailable,
        )
    return NotAvailableNow(unavailable)


class InvalidMenu(Invalid):
    """A menu document can't be loaded; `errors` names each fault by its path in the document."""

    title = "Invalid menu"

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(errors, "The menu can't be loaded.")
        self.errors = errors
