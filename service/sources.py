"""Where a value comes from: nothing is filled in that the menu, the store or the customer didn't say.

There is no other kind. What a customer ordered, visited or spent is the source of nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

Kind = Literal["customer_rule", "customer_choice", "item_default", "store_default"]
KINDS: tuple[Kind, ...] = ("customer_rule", "customer_choice", "item_default", "store_default")


@dataclass(frozen=True, slots=True)
class Source:
    """Who filled a value: the customer with this request (`customer_choice`) or with something they said before
    (`customer_rule`: which preference, its `id` and `version`, and when they said it), the item, or the store."""

    kind: Kind
    preference: str | None = None
    id: UUID | None = None
    version: int | None = None
    said_at: datetime | None = None

    @property
    def is_the_customers(self) -> bool:
        """Tell whether the customer said it."""
        return self.kind in _THE_CUSTOMERS

    def document(self) -> dict[str, Any]:
        """Return it as it is written on the wire and kept."""
        if self.kind != "customer_rule":
            return {"kind": self.kind}
        return {
            "kind": self.kind,
            "preference": self.preference,
            "id": str(self.id),
            "version": self.version,
            "said_at": self.said_at,
        }


_THE_CUSTOMERS = frozenset({"customer_rule", "customer_choice"})
CHOSEN = Source("customer_choice")
ITEM_DEFAULT = Source("item_default")
STORE_DEFAULT = Source("store_default")


def is_the_customers(document: dict[str, Any]) -> bool:
    """Tell the same of a source that was kept."""
    return document["kind"] in _THE_CUSTOMERS


def unexplained(document: Any) -> Any:
    """Return the document as another person may see it: that the customer said a value, not when and how often."""
    if isinstance(document, dict):
        if document.get("kind") == "customer_rule":
            return {"kind": "customer_rule"}
        return {name: unexplained(value) for name, value in document.items()}
    if isinstance(document, list):
        return [unexplained(value) for value in document]
    return document
