"""Shown = posted over random baskets: price, tax, discount and stars. The seed is in the test's name; the campaign runs
more of them."""

from __future__ import annotations

import os
import random
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from service import clock
from service.db import new_id
from service.loyalty.models import StarEntry
from service.money import divide_half_up
from service.orders import actions as order_actions

from .club import Club
from .test_ordering import told_differences

BASKETS = 100
SEEDS = int(os.environ.get("SHOWN_IS_POSTED_SEEDS", "50"))  # times as many baskets, on either database


def basket(club: Club, draw: random.Random) -> list[dict[str, Any]]:
    """Return one line to four: drinks in any size with any milk and syrups, and croissants."""
    shop = club.shop
    lines = []
    for _ in range(draw.randint(1, 4)):
        if draw.random() < 0.4:
            lines.append(shop.line(shop.croissant, quantity=draw.randint(1, 3)))
            continue
        extras = [{"option_id": str(shop.oat)}] * draw.randint(0, 1)
        extras += [{"option_id": str(shop.vanilla), "quantity": draw.randint(1, 3)}] * draw.randint(0, 1)
        size = {"size_id": str(shop.large)} if draw.random() < 0.5 else {}
        lines.append(shop.line(quantity=draw.randint(1, 3), modifiers=extras, **size))
    return lines


def reckoned(quote: dict[str, Any]) -> dict[str, Any]:
    """Reckon a quote's sums and stars by hand, from its lines alone."""
    totals = [line["total"]["amount_minor"] for line in quote["lines"]]
    full = [line["unit_price"]["amount_minor"] * line["quantity"] for line in quote["lines"]]
    off = [line.get("discount", {"amount_minor": 0})["amount_minor"] for line in quote["lines"]]
    assert totals == [price - less for price, less in zip(full, off, strict=True)]
    taxes = [
        divide_half_up(total * line["tax"]["rate_bps"], 10_000)
        for total, line in zip(totals, quote["lines"], strict=True)
    ]
    assert taxes == [line["tax"]["amount_minor"] for line in quote["lines"]]
    names = [line["item"]["name"] for line in quote["lines"]]
    pieces = [line["quantity"] for line in quote["lines"]]
    stars = {
        "base": sum(totals) * 2 // 100,
        "oven": 5 * sum(n for n, name in zip(pieces, names, strict=True) if name == "Croissant"),
        "white": 10 * sum(n for n, name in zip(pieces, names, strict=True) if name == "Flat white"),
    }
    return {
        "subtotal": sum(totals),
        "tax": sum(taxes),
        "total": sum(totals) + sum(taxes),
        "off": sum(off),
        "stars": {rule: count for rule, count in stars.items() if count},
    }


def amounts(document: dict[str, Any]) -> dict[str, int]:
    """Return the totals in minor units."""
    return {name: document["totals"][name]["amount_minor"] for name in ("subtotal", "tax", "total")}


def live(club: Club, draw: random.Random, stars: int) -> int:
    """Quote a random basket, now and then with a reward, order it, and compare each step with what was shown; return
    how many stars there are then."""
    lines = basket(club, draw)
    rewards = [{"reward": "off-1"}] if stars >= 10 and draw.random() < 0.3 else []
    quote, order = ordered(club, lines, rewards)
    by_hand = reckoned(quote)
    assert amounts(quote) == {name: by_hand[name] for name in ("subtotal", "tax", "total")}
    assert {each["rule"]: each["stars"] for each in quote["stars"]["rules"]} == by_hand["stars"]
    assert by_hand["off"] == (100 if rewards else 0)

    assert (order["totals"], order["stars"]) == (quote["totals"], quote["stars"])
    assert handed_over(club, UUID(order["id"])) == by_hand["stars"]
    return int(stars - (10 if rewards else 0) + quote["stars"]["stars"])


def ordered(club: Club, lines: list[dict[str, Any]], rewards: list[dict[str, Any]]) -> tuple[Any, Any]:
    """Quote and place; where a slot began in between, the window was gone, and another quote is asked for."""
    for _ in range(3):
        quote = club.shop.quote(*lines, rewards=rewards).json
        answer = club.shop.place(quote["id"])
        if answer.status_code == 201:
            return quote, answer.json
        assert answer.json["type"] in {"/problems/quote-outdated", "/problems/window-full"}, answer.text
    raise AssertionError(answer.text)


def handed_over(club: Club, order_id: UUID) -> dict[str, int]:
    """Make an order and hand it over; return what was posted for it, by rule, once its money is what was shown."""
    with club.app.database.writing() as session:
        for to in ("fired", "in_preparation", "ready", "picked_up"):
            after = order_actions.move_order(
                session, order_id=order_id, store_ids=None, to=to, reason=None, actor_id=new_id(), now=clock.now()
            )
        session.commit()
    assert after["tender"]["paid"] == after["totals"]["total"]
    mine = sa.and_(StarEntry.order_id == order_id, StarEntry.kind == "earned")
    earned = sa.select(StarEntry.rule, StarEntry.stars).where(mine)
    with club.app.database.reading() as session:
        return {str(row.rule): row.stars for row in session.execute(earned)}


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.campaign) for seed in range(1, SEEDS))])
def test_what_is_shown_is_posted_to_the_cent_and_the_star(club: Club, seed: int) -> None:
    club.send("PUT", "/promotions/white")
    draw, stars = random.Random(seed), 0
    for _ in range(BASKETS):
        stars = live(club, draw, stars)

    assert (club.stars(), told_differences(club)) == (stars, [])
    club.expect_whole()


def test_control_stars_by_other_terms_than_those_shown_are_found(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of the terms is forgotten on the way, and the programme has other ones by then."""
    club.send("PUT", "/promotions/white")
    monkeypatch.setattr("service.orders.actions.place.kept_stars", lambda document, plan: None)
    quoted = club.shop.quote().json
    order = club.shop.place(quoted["id"]).json
    club.send("DELETE", "/promotions/white")

    assert handed_over(club, UUID(order["id"])) != reckoned(quoted)["stars"]
