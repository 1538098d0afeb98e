"""Quoting once more what a customer named as a usual, or ordered before: as they asked for it, at the store's menu of
now, with how each line differs. Nothing but what they name is looked at, and nothing of it is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...errors import Invalid, Refusal
from ...menu.rules import Menu, ResolvedLine
from ...preferences import queries as preferences
from ...preferences.rules import Said
from ...stores.rules import StoreFacts
from .. import queries
from ..errors import CannotBeMadeHere, NothingLeft
from ..rules import again as rules
from ..rules.basket import line_work
from ..rules.substitution import is_welcome, policies, requests
from .quote import as_they_stand, draft, keep, resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for once more: lines as the customer asked for them, what each was (None: not known) with the
    currency of its price, and what else they chose with it."""

    store_id: UUID | None
    lines: Sequence[dict[str, Any]]
    was: Sequence[dict[str, Any] | None]
    currency: str | None
    chosen: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Had:
    """What of a wish can be had: the basket of it (None: nothing), and how each wished line compares."""

    basket: dict[str, Any] | None
    lines: list[dict[str, Any]]


def quote_usual(
    session: Session,
    *,
    customer_id: UUID,
    usual_id: UUID,
    store_id: UUID | None,
    at: datetime | None,
    quote_seconds: int,
    now: datetime,
) -> dict[str, Any]:
    """Quote the customer's usual, at its store or another, as soon as possible or for a window.

    Raises NotFound, Invalid, NothingLeft, and what `make_quote` raises.
    """
    wish = usual_wish(session, customer_id=customer_id, usual_id=usual_id)
    return _quoted(session, wish, store_id, customer_id, at, quote_seconds, now)


def quote_order_again(
    session: Session,
    *,
    customer_id: UUID,
    order_id: UUID,
    store_id: UUID | None,
    at: datetime | None,
    quote_seconds: int,
    now: datetime,
) -> dict[str, Any]:
    """Quote an own order once more: what was chosen with it is asked for again, the rest is filled as of now.

    Raises NotFound, NothingLeft, and what `make_quote` raises.
    """
    order = queries.order_of_customer(session, order_id=order_id, customer_id=customer_id)
    asked = queries.requests_of(session, order_id=order_id)
    pickup = order["pickup"]
    wish = Wish(
        store_id=order["store"]["id"],
        lines=[rules.asked_again(line, asked.get(line["position"])) for line in order["lines"]],
        was=[rules.was_of(line) for line in order["lines"]],
        currency=order["currency"],
        chosen={
            "pickup": {
                "method": rules.chosen(pickup, "method"),
                "alias": rules.chosen(pickup["alias"], "name") if pickup["alias"] else None,
                "if_not_collected": rules.chosen(pickup["if_not_collected"], "do"),
            },
            # For a window the store starts by itself.
            "fire": rules.fire_again(order["fire"]) if at is None else None,
            "remedy": rules.chosen(order["remedy"], "kind"),
        },
    )
    return _quoted(session, wish, store_id, customer_id, at, quote_seconds, now)


def usual_wish(session: Session, *, customer_id: UUID, usual_id: UUID) -> Wish:
    """Return the customer's usual as a wish. Raises NotFound."""
    usual = preferences.usual_of(session, customer_id=customer_id, usual_id=usual_id)
    saved = usual.saved or {"currency": None, "lines": [None] * len(usual.basket["lines"])}
    return Wish(
        store_id=usual.store_id,
        lines=usual.basket["lines"],
        was=saved["lines"],
        currency=saved["currency"],
        chosen={
            "pickup": usual.basket["pickup"],
            "if_unavailable": usual.basket["if_unavailable"],
            "price_ceiling": usual.price_ceiling,
        },
    )


def _quoted(
    session: Session,
    wish: Wish,
    store_id: UUID | None,
    customer_id: UUID,
    at: datetime | None,
    quote_seconds: int,
    now: datetime,
) -> dict[str, Any]:
    where = store_id or wish.store_id
    if where is None:
        raise Invalid({"store_id": ["This usual names no store: say at which."]})
    store, menu, said = as_they_stand(session, where, customer_id, None)
    had = what_can_be_had(store, menu, said, wish, at=at, now=now)
    if had.basket is None:
        raise NothingLeft(had.lines)
    made = draft(session, store, menu, said, had.basket, replaces_order_id=None, now=now)
    quote = keep(
        session,
        made,
        store,
        menu,
        said,
        had.basket,
        customer_id=customer_id,
        replaces_order_id=None,
        quote_seconds=quote_seconds,
        now=now,
    )
    return {"quote": quote, "lines": had.lines}


def what_can_be_had(
    store: StoreFacts, menu: Menu, said: Said, wish: Wish, *, at: datetime | None, now: datetime
) -> Had:
    """Return what of a wish the store can sell for the instant, line by line; what it can't is left out, or replaced as
    the customer said for it."""
    entries, kept = [], []
    for position, (asked, was) in enumerate(zip(wish.lines, wish.was, strict=True), start=1):
        looking = _Looking(store, menu, said, wish, at or now)
        entry, request = looking.line(position, asked, was)
        if request is not None:
            kept.append(request)
            entry["quote_position"] = len(kept)
        entries.append(entry)
    chosen = wish.chosen
    basket = {
        "pickup": {**(chosen.get("pickup") or {}), "at": at},
        "lines": kept,
        "if_unavailable": chosen.get("if_unavailable"),
        "fire": chosen.get("fire"),
        "remedy": chosen.get("remedy"),
        "price_ceiling": chosen.get("price_ceiling"),
    }
    return Had(basket if kept else None, entries)


@dataclass(frozen=True, slots=True)
class _Looking:
    """Looks for one line of a wish at a store, for an instant."""

    store: StoreFacts
    menu: Menu
    said: Said
    wish: Wish
    at: datetime

    def line(
        self, position: int, asked: dict[str, Any], was: dict[str, Any] | None
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Return how the line compares, and what to ask for to have it: as asked, or a substitute, or nothing."""
        before = (was, self.wish.currency)
        try:
            line = self._sold(asked)
        except Refusal as refusal:
            found = self._substitute(position, asked, was)
            if found is not None:
                return found
            reason, detail = refusal.slug(), refusal.detail
            return rules.unavailable(position, *before, reason=reason, detail=detail), None
        return rules.compared(position, *before, line, self.store.currency), asked

    def _sold(self, asked: Mapping[str, Any]) -> ResolvedLine:
        """Return the line as the store sells it. Raises InvalidChoice, SoldOut, NotAvailableNow, CannotBeMadeHere."""
        (line,) = resolved(self.store, self.menu, self.said, {"lines": [asked]}, at=self.at)
        missing = sorted(station for station in line_work(line) if not self.store.stations.get(station))
        if missing:
            raise CannotBeMadeHere(missing)
        return line

    def _substitute(
        self, position: int, asked: dict[str, Any], was: dict[str, Any] | None
    ) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return the first named substitute that can be had and isn't dearer than the line was, where the customer said
        that the closest one is to take its place."""
        (policy,) = policies({"lines": [asked], "if_unavailable": self.wish.chosen.get("if_unavailable")})
        if policy["do"] != "closest" or was is None or self.wish.currency != self.store.currency:
            return None
        missing = {
            **was,
            "modifiers": was["modifiers"] or [],
            "note": asked.get("note"),
            "if_unavailable": policy,
        }
        for rank, request in enumerate(requests(missing), start=1):
            try:
                line = self._sold(request)
            except Refusal:
                continue
            if is_welcome(line, missing) and line.total_minor <= was["total_minor"]:
                entry = rules.substituted(
                    position, was, self.wish.currency, line, self.store.currency, rank=rank, source=policy["source"]
                )
                return entry, {**request, "if_unavailable": asked.get("if_unavailable")}
        return None
