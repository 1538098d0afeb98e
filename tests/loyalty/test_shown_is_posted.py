"""Shown = posted over random baskets: price, discount, tax, tip, who pays what, and stars, each reckoned by hand too.

The seed is in the test's name; the campaign runs 10,000 baskets, other ones on each database.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from service.loyalty.rules.earning import Agreed
from service.orders.rules import stars
from service.payments.providers.sandbox import Sandbox
from service.payments.rules.seen import Seen
from service.wallet.rules.ledger import Account, Leg

from .baskets import WAYS
from .club import Club
from .posted import NotAsReckoned
from .regular import Regular
from .test_ordering import told_differences

FEW, MANY = 3 * len(WAYS), 100
SEEDS = int(os.environ.get("SHOWN_IS_POSTED_SEEDS", "50"))  # times as many baskets, on either database


@pytest.fixture
def seeded(club: Club) -> Callable[[int], Regular]:
    """Return a regular whose baskets are drawn by a seed and the database."""
    return lambda seed: Regular(club, f"{club.session.get_bind().dialect.name} {seed}")


def all_as_shown(regular: Regular, baskets: int) -> None:
    """Live, and print what came up."""
    regular.live(baskets)
    print(f"{baskets} baskets:", dict(sorted(regular.baskets.drawn.items())))  # noqa: T201 - shown by -rP
    assert told_differences(regular.club) == []


def test_what_is_shown_is_posted_to_the_cent_and_the_star(seeded: Callable[[int], Regular]) -> None:
    all_as_shown(seeded(0), FEW)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_what_is_shown_is_posted_over_many_baskets(seeded: Callable[[int], Regular], seed: int) -> None:
    all_as_shown(seeded(seed), MANY)


def cut(numerator: int, denominator: int) -> int:
    """Round down."""
    return numerator // denominator


def tip_cut(tip: Mapping[str, Any] | None, *, subtotal_minor: int) -> int:
    """Round a percentage down."""
    tip = tip or {"amount_minor": 0}
    amount_minor: int | None = tip.get("amount_minor")
    return amount_minor if amount_minor is not None else subtotal_minor * int(tip["percent"]) // 100


def taxes_first(tenders: Sequence[Any], *, total_minor: int, tax_minor: int) -> list[int]:
    """Have the first tenders pay the tax."""
    return [min(tax_minor, tender.amount_minor) if not number else 0 for number, tender in enumerate(tenders)]


def tip_in_revenue(order: Mapping[str, Any], amount_minor: int, tax_minor: int, tip_minor: int) -> list[Leg]:
    """Post a tip to what the store earned."""
    revenue, tax = (Account(kind, order["store_id"], order["currency"]) for kind in ("revenue", "tax"))
    return [Leg(revenue, amount_minor - tax_minor + tip_minor), Leg(tax, tax_minor)]


CAPTURE = Sandbox.capture


def capture_less(bank: Sandbox, reference: str, *, amount_minor: int, key: UUID) -> Seen:
    """Take a cent less than is asked for."""
    return CAPTURE(bank, reference, amount_minor=amount_minor - 1, key=key)


def no_promotions(kept: Mapping[str, Any]) -> Agreed:
    """Forget which promotions the customer was in."""
    return replace(stars.agreed_on(kept), promotions=frozenset())


@pytest.mark.parametrize(
    ("what", "where", "otherwise"),
    [
        ("tax of lines", "service.orders.rules.totals.divide_half_up", cut),
        ("tip", "service.orders.rules.tenders.tip_of", tip_cut),
        ("ledger", "service.orders.rules.tenders.taxes", taxes_first),
        ("ledger", "service.orders.actions.paying.parts_of", tip_in_revenue),
        ("bank", "service.payments.providers.sandbox.Sandbox.capture", capture_less),
        ("posted stars", "service.reactions.stars.agreed_on", no_promotions),
    ],
)
def test_control_whoever_rounds_or_posts_otherwise_is_found(
    seeded: Callable[[int], Regular],
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    where: str,
    otherwise: Callable[..., Any],
) -> None:
    regular = seeded(0)
    monkeypatch.setattr(where, otherwise)
    with pytest.raises(NotAsReckoned) as found:
        regular.live(FEW)
    assert found.value.what == what
