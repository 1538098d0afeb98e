"""Random lives of members against a small model of its own: stars are conserved, given once, reversed to the lots they
came from, expire at the right instant, and tiers follow the published rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.exc import IntegrityError

from service.http.edge import Edge

from .lives import BEGINNINGS, Lives

WORSE: dict[str, Any] = {
    "per_dollar": 1,
    "per_piece": 1,
    "prices": (("off-1", 13), ("last", 6)),
    "stock": 3,
    "months": 1,
    "grace_days": 0,
    "pending_days": 1,
    "gift_days": 1,
    "lark": 30,
    "has_promotion": False,
}


def live(app: Edge, lives: int, steps: int, *phases: Phase) -> None:
    """Walk so many lives of so many steps, the same ones each time; what fails is made small only in a campaign."""
    run_state_machine_as_test(
        type("LivesHere", (Lives,), {"app": app}),
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            database=None,
            phases=[Phase.generate, *phases],
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_members_stars_are_what_the_plain_model_says(app: Edge) -> None:
    live(app, lives=14, steps=20)


@pytest.mark.campaign
def test_a_campaign_of_members_stars(app: Edge) -> None:
    live(app, 100, 50, Phase.shrink)


class OneLife(Lives):
    """A life that is told step by step; after each, what holds always is looked at."""

    def step(self, name: str, **asked: Any) -> None:
        getattr(self, name)(**asked)
        self.everybody_has_what_the_model_says()

    def at(self, instant: datetime) -> None:
        self.model.move_to(instant)


def live_once(app: Edge) -> None:
    """Live a life that comes by every guard, from a minute before Feb 29 in a zone far ahead."""
    life = type("OneLifeHere", (OneLife,), {"app": app})()
    try:
        life.step("begin", beginning=BEGINNINGS[3])
        life.step("wait", hours=72)
        life.step("order", who=1, cents=400, pieces=0, then="pick_up")
        life.step("redeem", who=1, reward="off-1", from_pool=False, chosen=None, then=None)
        life.step("refund", which=1, cents=0, pieces=0)  # what was spent of it is owed
        life.step("change_programme", wanted=WORSE, days=1)
        life.step("wait", hours=72)
        life.step("redeem", who=2, reward="off-1", from_pool=False, chosen=None, then="use")  # for what it cost before
        life.step("give", who=1, stars=8, to=0, then="accept")
        life.step("redeem", who=1, reward="off-1", from_pool=True, chosen=None, then=None)  # ten, of the others' nine
        lot = next(iter(life.model.lots.values()))
        for early in (1, 0):  # the year that counts ends with a day of the programme's zone, not 365 days later
            life.step("at", instant=life.model.leaves_at(lot) - timedelta(seconds=early))
        life.step("wait", hours=24 * 20)
        life.step("end_redemption", which=0, how="return")  # with its grace, and less what is owed
    finally:
        life.teardown()


def test_a_life_that_comes_by_every_guard_is_what_the_plain_model_says(app: Edge) -> None:
    live_once(app)


@pytest.mark.parametrize(
    ("guard", "instead"),
    [
        ("actions.award.has_earned", lambda *_, **__: False),
        ("actions.award.expiry_of", lambda _terms, earned_at: earned_at + timedelta(days=396)),
        ("actions.coming_back.with_grace", lambda _terms, expires_at, _now: expires_at),
        ("actions.coming_back._settle", lambda *_: None),
        ("actions.redeem.earliest_expiry_first", lambda lots: list(lots)[::-1]),
        ("actions.redeem.within_consents", lambda lots, _left: list(lots)),
        ("rules.lots.price_under", lambda prices, version_now, _earned_under: prices[version_now]),
        ("rules.lots.end_after_months", lambda _at, _months, _zone: datetime(2029, 3, 29, tzinfo=UTC)),
        ("queries.membership.year_before", lambda at, _zone: at - timedelta(days=365)),
    ],
)
def test_control_without_a_guard_the_model_says_so(
    app: Edge, monkeypatch: pytest.MonkeyPatch, guard: str, instead: Any
) -> None:
    module, _, name = guard.rpartition(".")
    monkeypatch.setattr(import_module(f"service.loyalty.{module}"), name, instead)
    with pytest.raises((AssertionError, IntegrityError)):
        live_once(app)
