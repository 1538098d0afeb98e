"""Random lives of a member against a small model of its own: stars are conserved, reversed to the lots they came from,
expire at the right instant, and tiers follow the published rule."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from service.errors import Refusal
from service.http.edge import Edge
from service.loyalty import actions, queries

from .club import Club, programme

ZONE = ZoneInfo("America/New_York")
# Days before both changes of its clocks: the stars of one month expire around them.
BEGINNINGS = [datetime(2026, 2, 5, 20, tzinfo=UTC), datetime(2026, 9, 28, 20, tzinfo=UTC)]
GRACE, PRICE, LARK = 14, 10, 20


def midnight_after(day: date) -> datetime:
    """Return the instant at which the day is over in New York."""
    return datetime.combine(day + timedelta(days=1), time(), ZONE).astimezone(UTC)


def month_later(day: date) -> date:
    """Return the same day of the next month, or its last."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@dataclass
class ModelLot:
    order: UUID
    stars: int
    left: int
    earned_at: datetime
    expires_at: datetime
    reversed: int = 0
    owed: int = 0
    had_grace: bool = False


@dataclass
class Model:
    """What should be, in the plainest words."""

    now: datetime
    lots: list[ModelLot] = field(default_factory=list)
    redemptions: dict[UUID, dict[UUID, int]] = field(default_factory=dict)

    def spendable(self) -> list[ModelLot]:
        return sorted((lot for lot in self.lots if lot.expires_at > self.now), key=lambda lot: lot.expires_at)

    def expire(self) -> None:
        for lot in self.lots:
            if lot.expires_at <= self.now:
                lot.left = 0

    def earn(self, order: UUID, stars: int) -> None:
        expires_at = midnight_after(month_later(self.now.astimezone(ZONE).date()))
        self.lots.append(ModelLot(order, stars, stars, self.now, expires_at))

    def refund(self, order: UUID, keeps: int) -> None:
        (lot,) = (lot for lot in self.lots if lot.order == order)
        more = max(0, lot.stars - keeps - lot.reversed)
        there = min(more, lot.left)
        lot.reversed, lot.left, lot.owed = lot.reversed + more, lot.left - there, lot.owed + more - there

    def redeem(self, redemption: UUID) -> None:
        due, took = PRICE, {}
        for lot in self.spendable():
            part = min(due, lot.left)
            lot.left, due = lot.left - part, due - part
            if part:
                took[lot.order] = part
        assert due == 0
        self.redemptions[redemption] = took

    def give_back(self, redemption: UUID, *, by_store: bool) -> None:
        for order, stars in self.redemptions.pop(redemption).items():
            (lot,) = (lot for lot in self.lots if lot.order == order)
            until = midnight_after(self.now.astimezone(ZONE).date() + timedelta(days=GRACE))
            if until > lot.expires_at and (by_store or not lot.had_grace):
                lot.expires_at, lot.had_grace = until, True
            settled = min(stars, lot.owed)
            lot.owed, lot.left = lot.owed - settled, lot.left + stars - settled
        self.expire()

    def qualifying(self) -> int:
        return sum(lot.stars - lot.reversed for lot in self.lots)  # no life here lasts a year


STEPS = st.one_of(
    st.tuples(st.just("earn"), st.integers(1, 12)),
    st.tuples(st.just("refund"), st.integers(0, 20), st.integers(0, 24)),
    st.tuples(st.just("redeem")),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
    st.tuples(st.just("return"), st.integers(0, 5)),
    st.tuples(st.just("wait"), st.integers(1, 24 * 20)),
)
LIVES = st.tuples(st.sampled_from(BEGINNINGS), st.lists(STEPS, min_size=4, max_size=14))


class Life:
    """One member's life, in the service and in the model."""

    def __init__(self, session: Session, club: Club, now: datetime) -> None:
        self.session, self.club, self.model, self.customer_id = session, club, Model(now), uuid4()
        actions.join(session, customer_id=self.customer_id, now=now)
        self.member_id = queries.member_of(session, customer_id=self.customer_id).id

    def step(self, what: str, *numbers: int) -> None:
        getattr(self, what)(*numbers)
        self.session.flush()
        self.compare()

    def earn(self, dollars: int) -> None:
        order, now = uuid4(), self.model.now
        basket = self.club.basket(dollars * 100, at=now)
        for expected in (dollars * 2, 0):  # telling it again gives nothing
            given = actions.award(self.session, customer_id=self.customer_id, order_id=order, basket=basket, now=now)
            assert given == expected
        self.model.earn(order, dollars * 2)

    def refund(self, index: int, keeps: int) -> None:
        if self.model.lots:
            lot = self.model.lots[index % len(self.model.lots)]
            basket = self.club.basket(keeps * 50, at=lot.earned_at)
            for _ in range(2):
                actions.reverse(self.session, order_id=lot.order, basket=basket, now=self.model.now)
            self.model.refund(lot.order, keeps)

    def redeem(self) -> None:
        wanted: dict[str, Any] = {"reward": "off-1", "lots": None, "from_pool": False, "now": self.model.now}
        if sum(lot.left for lot in self.model.spendable()) < PRICE:
            with pytest.raises(Refusal):
                actions.redeem(self.session, customer_id=self.customer_id, **wanted)
        else:
            self.model.redeem(actions.redeem(self.session, customer_id=self.customer_id, **wanted))

    def cancel(self, index: int) -> None:
        if self.model.redemptions:
            chosen = list(self.model.redemptions)[index % len(self.model.redemptions)]
            actions.cancel_redemption(
                self.session, customer_id=self.customer_id, redemption_id=chosen, now=self.model.now
            )
            self.model.give_back(chosen, by_store=False)

    def _return(self, index: int) -> None:
        if self.model.redemptions:
            chosen = list(self.model.redemptions)[index % len(self.model.redemptions)]
            order = uuid4()
            actions.reserve_reward(self.session, customer_id=self.customer_id, redemption_id=chosen, order_id=order)
            self.session.flush()
            actions.return_rewards(self.session, order_id=order, now=self.model.now)
            self.model.give_back(chosen, by_store=True)

    def wait(self, hours: int) -> None:
        self.model.now += timedelta(hours=hours)
        self.model.expire()
        actions.expire_stars(self.session, member_id=self.member_id, now=self.model.now)

    def compare(self) -> None:
        shown = queries.shown_lots(self.session, member_id=self.member_id, before=None, limit=100, now=self.model.now)
        found = {lot["order_id"]: (lot["remaining"], lot["owed"], lot["expires_at"]) for lot in shown}
        assert found == {lot.order: (lot.left, lot.owed, lot.expires_at) for lot in self.model.lots}
        member = queries.shown_member(self.session, customer_id=self.customer_id, now=self.model.now)
        assert member["stars"]["available"] == sum(lot.left for lot in self.model.spendable())
        assert member["tier"]["qualifying_stars"] == self.model.qualifying()
        assert member["tier"]["current"]["key"] == ("lark" if self.model.qualifying() >= LARK else "chick")


setattr(Life, "return", Life._return)


@pytest.fixture
def monthly(app: Edge, session: Session) -> Club:
    """A programme whose stars live for a month."""
    club = Club.__new__(Club)
    club.app, club.session = app, session
    document = programme(expiry={"months": 1, "grace_days": GRACE}, promotions=[])
    document["accruals"], document["rewards"] = document["accruals"][:1], document["rewards"][:1]
    club.publish(document, now=datetime(2026, 1, 1, tzinfo=UTC))
    return club


def live(session: Session, club: Club, life: tuple[datetime, list[Any]]) -> None:
    """Live one life to its end, prove the ledger, and take it back."""
    try:
        lived = Life(session, club, life[0])
        for step in life[1]:
            lived.step(*step)
        assert queries.audit(session) == []
    finally:
        session.rollback()


_FIXED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=_FIXED)
@given(life=LIVES)
def test_a_members_stars_are_what_the_plain_model_says(
    session: Session, monthly: Club, life: tuple[datetime, list[Any]]
) -> None:
    live(session, monthly, life)


@pytest.mark.parametrize(
    ("guard", "instead"),
    [
        ("coming_back.with_grace", lambda _terms, expires_at, _now: expires_at),
        ("award.expiry_of", lambda _terms, earned_at: earned_at + timedelta(days=31)),
        ("redeem.earliest_expiry_first", lambda lots: list(lots)[::-1]),
    ],
)
def test_control_without_a_guard_the_model_says_so(
    session: Session, monthly: Club, monkeypatch: pytest.MonkeyPatch, guard: str, instead: Any
) -> None:
    module, _, name = guard.partition(".")
    monkeypatch.setattr(import_module(f"service.loyalty.actions.{module}"), name, instead)
    steps: list[Any] = [("earn", 6), ("wait", 48), ("earn", 6), ("redeem",), ("wait", 24 * 25), ("return", 0)]
    with pytest.raises(AssertionError):
        live(session, monthly, (BEGINNINGS[0], steps))


@pytest.mark.campaign
@settings(max_examples=400, suppress_health_check=_FIXED, print_blob=True)
@given(life=LIVES)
def test_campaign_of_members_stars(session: Session, monthly: Club, life: tuple[datetime, list[Any]]) -> None:
    live(session, monthly, life)
