"""Each moment is told by each channel, once; and nothing that nobody asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from service import clock
from service.orders import actions
from tests.orders.paying import Payer
from tests.orders.shop import Shop
from tests.orders.standing import coming, start
from tests.orders.test_promise_ledger import end_of, ready_at
from tests.orders.test_reject_lines import policy

from .conftest import Ear

Told = tuple[str, datetime]  # what the message says, and when it is carried


def _fired(shop: Shop, **basket: Any) -> dict[str, Any]:
    order = shop.placed(**basket)
    assert shop.move(order["id"], "fired").status_code == 200
    return order


def _started(shop: Shop) -> Told:
    order = _fired(shop)
    return f"Order {order['code']} is being made", clock.now()


def _ready(shop: Shop) -> Told:
    order = _fired(shop)
    shop.move(order["id"], "ready")
    return f"Order {order['code']} is ready", clock.now()


def _window_moved(shop: Shop) -> Told:
    order = _fired(shop)
    late = end_of(order) + timedelta(minutes=1)
    assert actions.propose_revision(shop.session, order_id=UUID(order["id"]), now=late)
    shop.session.commit()
    return f"Order {order['code']} will be late", late


def _promise_missed(shop: Shop) -> Told:
    order = _fired(shop)
    late = end_of(order) + timedelta(seconds=90)
    ready_at(shop, order["id"], late)
    return f"Order {order['code']} was ready late", late


def _question(shop: Shop) -> Told:
    order = shop.placed()
    assert shop.reject(order["id"], 1).status_code == 200
    return f"A question about order {order['code']}", clock.now()


def _lines_changed(shop: Shop) -> Told:
    order = shop.placed(shop.line(if_unavailable=policy("refund_line")), shop.line(shop.croissant))
    assert shop.reject(order["id"], 1).status_code == 200
    return f"Order {order['code']} was changed", clock.now()


def _ended(shop: Shop) -> Told:
    order = _fired(shop)
    assert shop.move(order["id"], "rejected", reason="Flooded").status_code == 200
    return f"Order {order['code']} has ended", clock.now()


def _refunded(shop: Shop) -> Told:
    order = shop.finished()
    assert shop.refund(order["id"], amount_minor=100).status_code == 201
    return f"Given back for order {order['code']}", clock.now()


def _standing(shop: Shop, title: str, **said: Any) -> Told:
    standing = start(shop, **said).json
    at = datetime.fromisoformat(coming(shop, standing, 1)[0]["place_at"])
    shop.follow_up(at)
    return title, at


SCENES: dict[str, Callable[[Shop], Told]] = {
    "started": _started,
    "ready": _ready,
    "window_moved": _window_moved,
    "promise_missed": _promise_missed,
    "question": _question,
    "lines_changed": _lines_changed,
    "ended": _ended,
    "refunded": _refunded,
    "standing_placed": lambda shop: _standing(shop, "Your standing order is placed"),
    "standing_asked": lambda shop: _standing(
        shop, "Your standing order needs you", price_ceiling={"amount_minor": 1, "currency": "USD"}
    ),
    "standing_skipped": lambda shop: _skipped(shop),
    "standing_failed": lambda shop: _failed(shop),
}


def _skipped(shop: Shop) -> Told:
    standing = start(shop, if_unmakeable="skip").json
    shop.sell_out("item", shop.flat_white)
    at = datetime.fromisoformat(coming(shop, standing, 1)[0]["place_at"])
    shop.follow_up(at)
    return "Your standing order is left out", at


def _failed(shop: Shop) -> Told:
    card = {"kind": "card", "method_id": Payer(shop).card("sandbox_declined")}
    told = _standing(shop, "Your standing order wasn't paid", tenders=[card])
    shop.app.extensions["sayso.payments"].drive_due(now=told[1])
    return told


@pytest.mark.parametrize("moment", SCENES)
def test_a_moment_that_was_asked_for_is_told_once_by_push_and_once_by_mail(moment: str, ear: Ear) -> None:
    ear.wants(moment)

    title, at = SCENES[moment](ear.shop)
    ear.carry(at)
    ear.carry(at)

    assert ear.heard() == ([title], [title])
    (message,), (mail,) = ear.pushed(), ear.mailed()
    assert message["body"] in mail["body"]
    assert ear.shop.store.name in message["body"]
    assert message["moment"] == moment
    assert message["source"]["kind"] == "customer_rule"
    assert message["source"]["preference"] == "notifications"


def test_nothing_said_is_nothing_told_and_nothing_is_left_to_carry(ear: Ear) -> None:
    for moment in ("ready", "ended", "question"):
        SCENES[moment](ear.shop)

    ear.carry()

    assert ear.heard() == ([], [])
    assert ear.notifications() == []


def test_a_moment_that_was_not_named_is_not_told(ear: Ear) -> None:
    ear.wants("ready", channels=("mail",))

    _ready(ear.shop)
    _ended(ear.shop)
    ear.carry()

    pushed, mailed = ear.heard()
    assert pushed == []
    assert len(mailed) == 1
