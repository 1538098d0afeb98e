"""Quoting once more what a customer named as a usual, or ordered before: as they asked for it, at the store's menu of
now, with how each line differs. Nothing but what they name is looked at, and nothing of it is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy.orm import Session

from ...errors import Invalid, Refusal
from ...menu.rules import Menu, ResolvedLine, line_requests, resolve_line
from ...preferences import queries as preferences
from ...preferences.rules import Filling, Said
from ...preferences.rules.choices import IF_UNAVAILABLE
from ...preferences.rules.policies import policies
from ...preferences.rules.usuals import as_it_was
from ...sources import CHOSEN
from ...stores.rules import StoreFacts
from .. import queries
from ..errors import CannotBeMadeHere, NothingLeft
from ..rules import again as rules
from ..rules.basket import line_work
from ..rules.guarding import is_disliked
from ..rules.substitution import is_welcome, most_minor, policy_of, requests
from .keeping import keep
from .quote import as_they_stand, draft, resolved
from .tendering import word_of

NOT_SOLD = cast(ResolvedLine, None)  # beside a policy of its own nobody looks at the line


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
    """What of a wish can be had: the basket of it (None: nothing), how each wished line compares, and by position what
    its customer said for each that can't be had."""

    basket: dict[str, Any] | None
    lines: list[dict[str, Any]]
    policies: dict[int, str]


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
    store, menu, said, member = as_they_stand(session, where, customer_id, None)
    had = what_can_be_had(store, menu, said, wish, at=at, now=now)
    if had.basket is None:
        raise NothingLeft(had.lines)
    tender = word_of(session, had.basket, said, customer_id=customer_id, grant_id=None)
    made = draft(
        session,
        store,
        menu,
        said,
        had.basket,
        customer_id=customer_id,
        member=member,
        replaces_order_id=None,
        tender=tender,
        now=now,
    )
    quote = keep(
        session,
        made,
        store,
        menu,
        said,
        had.basket,
        customer_id=customer_id,
        replaces_order_id=None,
        grant_id=None,
        quote_seconds=quote_seconds,
        now=now,
    )
    return {"quote": quote, "lines": had.lines}


def what_can_be_had(
    store: StoreFacts, menu: Menu, said: Said, wish: Wish, *, at: datetime | None, now: datetime
) -> Had:
    """Return what of a wish the store can sell for the instant, line by line; what it can't is left out, or replaced as
    the customer said for it."""
    looking = _Looking(store, menu, said, wish, at or now)
    entries, kept, policies = [], [], {}
    for position, (asked, was) in enumerate(zip(wish.lines, wish.was, strict=True), start=1):
        entry, request, policy = looking.line(position, asked, was)
        if request is not None:
            kept.append(request)
            entry["quote_position"] = len(kept)
        elif policy is not None:
            policies[position] = policy
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
    return Had(basket if kept else None, entries, policies)


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
    ) -> tuple[dict[str, Any], dict[str, Any] | None, str | None]:
        """Return how the line compares, what to ask for to have it (as asked, a substitute, or nothing), and what its
        customer said for a line that can't be had."""
        before = (was, self.wish.currency)
        try:
            line = self._sold(asked)
        except Refusal as refusal:
            missing = self._missing(asked, was, refusal)
            found = self._substitute(position, asked, was, missing) if missing is not None else None
            if found is not None:
                return (*found, None)
            entry = rules.unavailable(position, *before, reason=refusal.slug(), detail=refusal.detail)
            return entry, None, missing["if_unavailable"]["do"] if missing is not None else IF_UNAVAILABLE[0]
        return rules.compared(position, *before, line, self.store.currency), asked, None

    def _sold(self, asked: Mapping[str, Any]) -> ResolvedLine:
        """Return the line as the store sells it. Raises InvalidChoice, SoldOut, NotAvailableNow, Avoided,
        CannotBeMadeHere."""
        (line,) = resolved(self.store, self.menu, self.said, {"lines": [asked]}, at=self.at)
        missing = sorted(station for station in line_work(line) if not self.store.stations.get(station))
        if missing:
            raise CannotBeMadeHere(missing)
        return line

    def _missing(self, asked: dict[str, Any], was: dict[str, Any] | None, refusal: Refusal) -> dict[str, Any] | None:
        """Return the line that can't be had in the terms of a sold one, with what its customer said for that; None
        where the store doesn't know it and it isn't known what it was."""
        basket = {"lines": [asked], "if_unavailable": self.wish.chosen.get("if_unavailable")}
        try:
            line = self._if_it_were_there(asked)
        except Refusal:
            own = asked.get("if_unavailable") or basket["if_unavailable"]
            if was is None or own is None:
                return None
            (policy,) = policies(basket, [NOT_SOLD], self.menu, self.said)
            return {**was, "modifiers": was["modifiers"] or [], "note": asked.get("note"), "if_unavailable": policy}
        (policy,) = policies(basket, [line], self.menu, self.said)
        gone = getattr(refusal, "unavailable", ())
        options = {str(each.id) for each in gone} if all(each.kind == "option" for each in gone) else set()
        found = policy_of({"if_unavailable": policy}, options)
        return {**as_it_was(line), "note": line.note, "if_unavailable": found}

    def _if_it_were_there(self, asked: Mapping[str, Any]) -> ResolvedLine:
        (request,) = line_requests([asked])
        where = {"timezone": self.store.timezone, "country": self.store.country}
        fills = Filling(self.said, self.menu, at=self.at, **where) if self.said.rules else None
        return resolve_line(rules.with_all(self.menu, request.item_id), request, at=self.at, fills=fills, **where)

    def _substitute(
        self, position: int, asked: dict[str, Any], was: dict[str, Any] | None, missing: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return the first alternative that can be had, isn't dearer than the line was (or is, where that isn't known)
        by more than its customer said, and is nothing that they dislike, where the closest one is to take its place."""
        policy, currency = missing["if_unavailable"], self.store.currency
        if policy["do"] != "closest":
            return None
        price_minor = was["total_minor"] if was is not None and self.wish.currency == currency else None
        if price_minor is None:
            price_minor = missing["total_minor"]
        most = most_minor(policy, paid_minor=price_minor, currency=currency)
        of_this_order = policy["source"] == CHOSEN.document()
        for number, request in enumerate(requests(missing, policy), start=1):
            try:
                line = self._sold(request)
            except Refusal:
                continue
            unloved = is_disliked(self.said, line, but_named=of_this_order)
            if is_welcome(line, missing, policy, self.said) and line.total_minor <= most and not unloved:
                rank, before = request.pop("rank", number), was or missing
                was_currency = self.wish.currency or currency
                entry = rules.substituted(
                    position, before, was_currency, line, currency, rank=rank, source=policy["source"]
                )
                return entry, {**request, "if_unavailable": asked.get("if_unavailable")}
        return None
