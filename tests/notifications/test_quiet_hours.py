"""Quiet hours as they are lived: held until they end, dropped where it isn't so any more; withdrawn is withdrawn."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from service import clock
from service.notifications.actions import telling
from service.notifications.rules.deciding import Tell
from tests.orders.shop import Shop

from .conftest import Ear


def _coming_monday() -> datetime:
    """Return the begin of a Monday whose weekend lies ahead, while every device is signed in still."""
    ahead = clock.now() + timedelta(days=3)
    monday = ahead + timedelta(days=7 - ahead.weekday())
    return monday.replace(hour=0, minute=0, second=0, microsecond=0)


MONDAY = _coming_monday()
SATURDAY = MONDAY - timedelta(hours=38)


def weekend(ear: Ear, others: str = "hold", *, allow: tuple[str, ...] = ()) -> None:
    """Say that all of Saturday and Sunday is quiet."""
    times = [
        {"days": ["sa", "su"], "from": "00:00", "until": "12:00"},
        {"days": ["sa", "su"], "from": "12:00", "until": "00:00"},
    ]
    answer = ear.voice.say("quiet_hours", zone="UTC", times=times, allow=list(allow), others=others)
    assert answer.status_code == 200, answer.text


def ready(shop: Shop) -> dict[str, Any]:
    """Have an order made ready."""
    order = shop.placed()
    for to in ("fired", "ready"):
        assert shop.move(order["id"], to).status_code == 200
    return order


def test_what_is_held_comes_when_the_quiet_ends_and_not_before(ear: Ear) -> None:
    ear.wants("ready")
    weekend(ear)
    order = ready(ear.shop)

    ear.carry(SATURDAY)
    ear.carry(MONDAY - timedelta(seconds=1))
    assert ear.heard() == ([], [])

    ear.carry(MONDAY)
    assert ear.heard() == ([f"Order {order['code']} is ready"],) * 2


def test_nothing_is_told_in_quiet_hours_and_without_the_guard_it_would_be(
    ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the guard is taken away, and the test above fails."""
    ear.wants("ready")
    weekend(ear)
    monkeypatch.setattr(telling, "verdict", lambda *_, now, lasts, **__: Tell(now + lasts))
    ready(ear.shop)

    ear.carry(SATURDAY)

    assert [len(each) for each in ear.heard()] == [1, 1]


def test_what_is_allowed_comes_anyway(ear: Ear) -> None:
    ear.wants("ready", "started")
    weekend(ear, allow=("ready",))
    order = ready(ear.shop)

    ear.carry(SATURDAY)

    assert ear.heard() == ([f"Order {order['code']} is ready"],) * 2


def test_what_is_to_be_dropped_never_comes(ear: Ear) -> None:
    ear.wants("ready")
    weekend(ear, "drop")
    ready(ear.shop)

    ear.carry(SATURDAY)
    ear.carry(MONDAY)

    assert ear.heard() == ([], [])
    assert {each.outcome for each in ear.notifications()} == {"dropped"}


def test_what_is_not_so_any_more_when_the_quiet_ends_is_dropped(ear: Ear) -> None:
    ear.wants("ready", "question")
    weekend(ear)
    order = ready(ear.shop)
    asked = ear.shop.placed()
    ear.shop.reject(asked["id"], 1)
    ear.carry(SATURDAY)
    assert len(ear.notifications()) == 4

    ear.shop.move(order["id"], "picked_up")
    ear.shop.answer(asked["id"], 1, "refund_line")
    ear.carry(MONDAY)

    assert ear.heard() == ([], [])


@pytest.mark.parametrize("how", ["withdraw", "forget"])
def test_after_a_withdrawal_nothing_goes_out_also_nothing_that_was_held(ear: Ear, how: str) -> None:
    ear.wants("ready")
    weekend(ear)
    ready(ear.shop)
    ear.carry(SATURDAY)
    assert len(ear.notifications()) == 2

    assert getattr(ear.voice, how)("notifications").status_code == 204
    ear.carry(MONDAY)

    assert ear.heard() == ([], [])


def test_a_push_service_keeps_no_message_into_the_quiet(ear: Ear) -> None:
    ear.wants("ready", channels=("push",))
    weekend(ear)
    ready(ear.shop)

    ear.carry(MONDAY - timedelta(days=2, minutes=10))

    (entry,) = ear.app.test_client().get("/demo/push.json").json["data"]
    assert (entry["ttl_seconds"], entry["urgency"]) == (600, "high")


def test_what_makes_no_sense_is_refused_by_field(ear: Ear) -> None:
    good = {"others": "hold", "zone": "UTC", "times": [{"days": ["sa"], "from": "22:00", "until": "07:00"}]}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"times": [good["times"][0] | {"until": "22:00"}]}, "value.times.0.until"),
        ({"times": [good["times"][0] | {"days": ["sa", "sa"]}]}, "value.times.0.days.1"),
        ({"zone": "Mars/Base"}, "value.zone"),
        ({"others": "later"}, "value.others"),
        ({"allow": ["tea"]}, "value.allow.0"),
        ({"allow": ["ready", "ready"]}, "value.allow.1"),
    ]
    for changes, field in wrong:
        answer = ear.voice.say("quiet_hours", **(good | changes))
        assert (answer.status_code, list(answer.json["errors"])) == (422, [field])
    twice = [{"moment": "ready", "channels": ["push"]}, {"moment": "ready", "channels": ["mail"]}]
    answer = ear.voice.say("notifications", moments=twice)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["value.moments.1"])
