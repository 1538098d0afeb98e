"""Orders that nobody collects or finishes: what the customer chose, made once more, expired."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service import clock
from service.http.edge import Edge
from service.orders.models import Order, OrderTransition
from service.orders.rules.aftermath import GRACE, NO_SHOW_AFTER, ask_deadline, expires_at

from .shop import Shop
from .test_order_life import held_seconds

LATE = NO_SHOW_AFTER + timedelta(minutes=1)


def ready(shop: Shop, choice: str | None = None) -> dict[str, Any]:
    """Return an order that stands ready."""
    pickup = {"if_not_collected": choice} if choice else {}
    order = shop.placed(pickup=pickup)
    for to in ("fired", "ready"):
        answer = shop.move(order["id"], to)
    return answer.json  # type: ignore[no-any-return]


def steps(shop: Shop) -> list[tuple[str, str]]:
    """Return every step that was logged: state and who."""
    with shop.app.database.reading() as session:
        rows = session.execute(sa.select(OrderTransition.to_state, OrderTransition.actor).order_by(OrderTransition.id))
        return [tuple(row) for row in rows]


class TestNoShow:
    def test_by_default_it_is_held_and_the_source_says_so(self, shop: Shop) -> None:
        order = ready(shop)
        shop.follow_up(clock.now() + LATE)

        assert order["pickup"]["if_not_collected"] == {"do": "hold", "source": {"kind": "store_default"}}
        assert shop.show(order["id"]).json["state"] == "ready"

    def test_where_the_customer_chose_so_it_ends_and_nothing_is_due(self, shop: Shop) -> None:
        order = ready(shop, "cancel")
        shop.follow_up(clock.now() + timedelta(minutes=29))
        waiting = shop.show(order["id"]).json["state"]
        shop.follow_up(clock.now() + LATE)

        ended = shop.show(order["id"]).json

        assert (waiting, ended["state"], ended["end_reason"]) == ("ready", "no_show", "not_collected")
        assert (ended["tender"]["paid"]["amount_minor"], ended["next_actions"]) == (0, [])
        assert shop.remake(order["id"]).json["type"] == "/problems/nothing-to-remake"

    def test_where_the_customer_chose_so_it_is_made_once_more_when_they_come(self, shop: Shop) -> None:
        order = ready(shop, "remake_once")
        shop.follow_up(clock.now() + LATE)
        missed = shop.show(order["id"]).json

        again = shop.remake(order["id"]).json

        assert (missed["state"], missed["next_actions"]) == ("no_show", ["remake"])
        assert (again["state"], again["ended_at"], again["end_reason"]) == ("in_preparation", None, None)
        assert shop.move(order["id"], "ready").status_code == 200
        shop.follow_up(clock.now() + LATE)
        assert shop.show(order["id"]).json["next_actions"] == []  # once
        assert shop.remake(order["id"]).status_code == 409
        assert [step for step in steps(shop) if step[0] == "no_show"] == [("no_show", "system")] * 2

    def test_where_another_order_has_its_code_by_then_it_gets_a_new_one(self, shop: Shop) -> None:
        order = ready(shop, "remake_once")
        shop.follow_up(clock.now() + LATE)
        other = shop.placed()
        shop.session.execute(sa.text("UPDATE orders SET code = :code WHERE state = 'placed'"), {"code": order["code"]})
        shop.session.commit()

        again = shop.remake(order["id"]).json

        assert shop.show(other["id"]).json["code"] == order["code"] != again["code"]

    def test_only_its_customer_and_only_what_was_missed(self, shop: Shop) -> None:
        order = ready(shop, "remake_once")
        early = shop.remake(order["id"])
        shop.follow_up(clock.now() + LATE)

        assert early.json["type"] == "/problems/nothing-to-remake"
        assert shop.remake(order["id"], headers=shop.other).status_code == 404
        assert shop.remake(order["id"], headers=shop.barista).status_code == 404
        assert shop.remake(order["id"], headers={"X-Nobody": "1"}).status_code == 401

    def test_a_wrong_choice_is_refused_by_name(self, shop: Shop) -> None:
        answer = shop.quote(pickup={"if_not_collected": "eat it"})

        assert (answer.status_code, list(answer.json["errors"])) == (422, ["pickup.if_not_collected"])


class TestExpiring:
    def test_what_was_never_finished_expires_and_frees_exactly_what_it_held(self, shop: Shop) -> None:
        order, kept = shop.placed(), shop.placed()
        shop.move(order["id"], "fired")
        shop.move(kept["id"], "fired")
        before = held_seconds(shop)
        later = clock.now() + timedelta(days=1)
        shop.session.execute(sa.update(Order).where(Order.code == kept["code"]).values(window_ends_at=later))
        shop.session.commit()

        shop.follow_up(clock.now() + timedelta(hours=13))

        ended = shop.show(order["id"]).json
        assert (ended["state"], ended["end_reason"], ended["next_actions"]) == ("expired", "not_finished", [])
        assert shop.show(kept["id"]).json["state"] == "fired"
        assert (before, held_seconds(shop)) == ((120, 120), (60, 60))

    def test_what_is_held_expires_when_the_store_has_closed(self, app: Edge, session: Session) -> None:
        local = clock.now().astimezone(ZoneInfo("America/New_York")).replace(second=0, microsecond=0)
        opens, closes = local - timedelta(hours=1), local + timedelta(hours=3)
        shop = Shop(app, session, hours=f"Mo-Su {opens:%H:%M}-{closes:%H:%M}")
        order = ready(shop)

        shop.follow_up(closes + GRACE - timedelta(minutes=1))
        held = shop.show(order["id"]).json["state"]
        shop.follow_up(closes + GRACE)
        ended = shop.show(order["id"]).json

        assert (held, ended["state"], ended["end_reason"]) == ("ready", "expired", "not_collected")

    def test_what_ended_stays_as_it_ended(self, shop: Shop) -> None:
        order = shop.show(shop.finished()["id"]).json
        shop.follow_up(clock.now() + timedelta(days=2))

        assert shop.show(order["id"]).json == order


class TestLimits:
    AT = datetime.fromisoformat("2026-11-22T12:00:00+00:00")

    def test_a_question_waits_five_minutes_or_until_the_start(self) -> None:
        assert ask_deadline(fire_at=self.AT, now=self.AT) == self.AT + timedelta(minutes=5)
        assert ask_deadline(fire_at=self.AT + timedelta(hours=1), now=self.AT) == self.AT + timedelta(hours=1)

    @pytest.mark.parametrize(
        ("closes", "ready_minutes", "expected_minutes"),
        [
            (60, None, 75),  # a quarter of an hour after closing
            (None, None, 735),  # twelve hours where it doesn't close
            (9_999, None, 735),
            (-60, None, 15),  # closed early: not before the window ended
            (60, 70, 100),  # made late: as long as any no-show
        ],
    )
    def test_an_order_expires(self, closes: int | None, ready_minutes: int | None, expected_minutes: int) -> None:
        def at(minutes: int | None) -> datetime | None:
            return None if minutes is None else self.AT + timedelta(minutes=minutes)

        found = expires_at(window_ends_at=self.AT, closes_at=at(closes), ready_at=at(ready_minutes))
        assert found == at(expected_minutes)


PAID = sa.text("UPDATE orders SET paid_minor = total_minor")


@pytest.mark.parametrize(
    ("states", "given_back"), [((), True), (("fired", "in_preparation"), True), (("fired", "ready"), False)]
)
def test_what_was_paid_for_an_order_that_expires_is_given_back_unless_it_was_made(
    shop: Shop, states: tuple[str, ...], given_back: bool
) -> None:
    order = shop.placed(shop.line(), shop.line(shop.croissant))
    for to in states:
        shop.move(order["id"], to)
    shop.session.execute(PAID)
    shop.session.commit()

    for _ in range(2):
        shop.follow_up(clock.now() + timedelta(hours=30))

    ended = shop.show(order["id"]).json
    total = ended["totals"]["total"]["amount_minor"]
    assert ended["state"] == "expired"
    assert ended["tender"]["refunded"]["amount_minor"] == (total if given_back else 0)


def test_what_was_paid_for_an_order_that_is_cancelled_is_given_back_by_its_lines(shop: Shop) -> None:
    order = shop.placed(shop.line(), shop.line(shop.croissant))
    shop.session.execute(PAID)
    shop.session.commit()

    shop.cancel(order["id"])

    receipt = shop.client.get(f"/v1/orders/{order['id']}/receipt", headers=shop.customer).json
    (refund,) = receipt["refunds"]
    assert refund["amount"] == receipt["order"]["totals"]["total"] == receipt["order"]["tender"]["refunded"]
    assert [line["position"] for line in refund["lines"]] == [1, 2]
    assert receipt["order"]["state"] == "cancelled"
