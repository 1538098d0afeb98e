"""What happens to a line that can't be made after all: what its basket says, else what its customer said before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...menu.rules import Menu, ResolvedLine
from ...sources import CHOSEN, STORE_DEFAULT
from .choices import IF_UNAVAILABLE
from .missing import Standing
from .said import Said


def policies(basket: Mapping[str, Any], lines: Sequence[ResolvedLine], menu: Menu, said: Said) -> list[dict[str, Any]]:
    """Return for each line of a basket what happens when it can't be made: the line's own choice, else the basket's,
    else what the customer said before, else to ask."""
    for_all = basket.get("if_unavailable")
    chosen = [line.get("if_unavailable") or for_all for line in basket["lines"]]
    standing = Standing(said.substitutions, menu) if said.substitutions else None
    return [
        _chosen(own, menu.currency) if own else _said(line, standing) for own, line in zip(chosen, lines, strict=True)
    ]


def _chosen(chosen: Mapping[str, Any], currency: str) -> dict[str, Any]:
    most = chosen.get("max_extra_minor")
    return {
        "do": chosen["do"],
        "substitutes": [{"rank": rank, **_substitute(each)} for rank, each in enumerate(chosen["substitutes"], 1)],
        "avoid": sorted(chosen["avoid"]),
        **({"max_extra": {"amount_minor": most, "currency": currency}} if most else {}),
        **{name: chosen[name] for name in ("answer_minutes", "without_answer") if chosen.get(name) is not None},
        "source": CHOSEN.document(),
    }


def _substitute(request: Mapping[str, Any]) -> dict[str, Any]:
    size_id = request.get("size_id")
    return {
        "item_id": str(request["item_id"]),
        "size_id": str(size_id) if size_id else None,
        "modifiers": [_modifier(each) for each in request.get("modifiers", ())],
    }


def _modifier(request: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "option_id": str(request["option_id"]),
        "quantity": request.get("quantity", 1),
        "text": request.get("text"),
        "modifiers": [_modifier(each) for each in request.get("modifiers", ())],
    }


def _said(line: ResolvedLine, standing: Standing | None) -> dict[str, Any]:
    policy = standing.of_line(line) if standing is not None else None
    of_options = standing.of_options(line) if standing is not None else []
    return {**(policy or of_the_store()), **({"for_options": of_options} if of_options else {})}


def of_the_store() -> dict[str, Any]:
    """Return what holds where nobody said anything: the customer is asked."""
    return {"do": IF_UNAVAILABLE[0], "substitutes": [], "avoid": [], "source": STORE_DEFAULT.document()}
