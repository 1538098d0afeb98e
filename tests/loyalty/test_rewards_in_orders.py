"""Rewards in a basket: lines get cheaper, placing uses the redemption, and it comes back where it was for nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from service.loyalty.models import Redemption
from tests.orders.test_reject_lines import soon

from .club import Club
from .test_ordering import pick_up


def amount(money: dict[str, Any]) -> int:
    """Return the minor units."""
    return int(money["amount_minor"])


def off(club: Club, *lines: dict[str, Any], rewards: list[dict[str, Any]], **basket: Any) -> Any:
    """Ask for a quote with rewards."""
    return club.shop.quote(*lines, rewards=rewards, **basket)


@pytest.fixture
def redeemed(club: Club) -> str:
    """A dollar off that was redeemed, with two stars to spare."""
    club.earn(12)
    return str(club.redeem().json["id"])


def state(club: Club, redemption_id: str) -> tuple[str, str | None]:
    """Return the redemption's state, and the order that it stands in."""
    shown = club.send("GET", f"/redemptions/{redemption_id}").json
    return shown["state"], shown["order_id"]


def test_a_reward_takes_its_amount_off_the_lines_and_tax_is_of_the_rest(club: Club, redeemed: str) -> None:
    lines = [club.shop.line(), club.shop.line(club.shop.croissant)]
    plain, quote = club.shop.quote(*lines).json, off(club, *lines, rewards=[{"redemption_id": redeemed}]).json

    assert [amount(line["discount"]) for line in quote["lines"]] == [55, 45]  # 400 : 325
    assert [amount(line["total"]) for line in quote["lines"]] == [345, 280]
    rates = [line["tax"]["rate_bps"] for line in quote["lines"]]
    assert [amount(line["tax"]) for line in quote["lines"]] == [
        round(345 * rates[0] / 10_000),
        round(280 * rates[1] / 10_000),
    ]
    assert amount(plain["totals"]["subtotal"]) - amount(quote["totals"]["subtotal"]) == 100
    assert quote["rewards"] == [
        {
            "redemption_id": redeemed,
            "reward": "off-1",
            "label": "1.00 off",
            "stars": 10,
            "discount": {"amount_minor": 100, "currency": "USD"},
            "lines": [
                {"position": 1, "discount": {"amount_minor": 55, "currency": "USD"}},
                {"position": 2, "discount": {"amount_minor": 45, "currency": "USD"}},
            ],
            "lots": [],
        }
    ]
    assert quote["stars"]["rules"][0]["stars"] == 12  # of 6.25 USD


def test_placing_uses_the_reward_and_the_pickup_ends_it(club: Club, redeemed: str) -> None:
    quote = off(club, rewards=[{"redemption_id": redeemed}]).json
    order = club.shop.place(quote["id"]).json
    assert (order["rewards"], order["totals"]) == (quote["rewards"], quote["totals"])
    assert state(club, redeemed) == ("reserved", order["id"])
    again = off(club, rewards=[{"redemption_id": redeemed}])
    assert (again.status_code, again.json["state"]) == (409, "reserved")

    pick_up(club, order["id"])

    assert state(club, redeemed) == ("used", order["id"])
    assert club.stars() == 2 + quote["stars"]["stars"]
    club.expect_whole()


def test_a_reward_can_be_redeemed_by_placing_from_the_lots_that_the_quote_shows(club: Club) -> None:
    club.earn(6)
    club.earn(8)
    quote = off(club, rewards=[{"reward": "off-1", "lots": [lot["id"] for lot in club.lots()[::-1]]}]).json
    (shown,) = quote["rewards"]
    assert (shown["redemption_id"], [lot["stars"] for lot in shown["lots"]]) == (None, [8, 2])
    assert club.stars() == 14  # a quote takes nothing

    order = club.shop.place(quote["id"]).json

    (used,) = order["rewards"]
    assert used == shown | {"redemption_id": used["redemption_id"]}
    assert state(club, used["redemption_id"]) == ("reserved", order["id"])
    assert [lot["remaining"] for lot in club.lots()] == [4, 0]
    assert club.shop.show(order["id"]).json["rewards"] == order["rewards"]


def test_a_quote_whose_lots_were_spent_meanwhile_is_offered_anew(club: Club) -> None:
    club.earn(10)
    quote = off(club, rewards=[{"reward": "off-1"}]).json
    club.earn(10)
    club.redeem(lots=[quote["rewards"][0]["lots"][0]["lot_id"]])

    refused = club.shop.place(quote["id"])
    assert (refused.status_code, refused.json["type"].rsplit("/", 1)[-1]) == (409, "quote-outdated")
    assert [each["path"] for each in refused.json["differences"]] == ["rewards.0.lots.0.lot_id"]
    assert club.shop.place(refused.json["quote"]["id"]).status_code == 201
    assert off(club, rewards=[{"reward": "off-1"}]).json["type"].endswith("/not-enough-stars")


def test_of_a_limited_reward_none_is_shown_that_nobody_can_have(club: Club) -> None:
    club.earn(10)
    croissant, last = club.shop.line(club.shop.croissant), [{"reward": "last"}]
    shown = off(club, croissant, rewards=last).json
    preview = {"path": "/redemptions/preview", "json": {"reward": "last"}}
    assert club.send("POST", **preview).status_code == 200

    mug = club.redeem("last").json["id"]

    gone = [off(club, croissant, rewards=last), club.send("POST", **preview), club.shop.place(shown["id"])]
    assert {(answer.status_code, answer.json["type"]) for answer in gone} == {(409, "/problems/rewards-gone")}
    assert off(club, croissant, rewards=[{"redemption_id": mug}]).status_code == 201  # theirs already


@pytest.mark.parametrize("ends", ["cancelled", "rejected", "line_rejected"])
def test_a_reward_comes_back_to_its_lots_where_the_order_ends_otherwise(club: Club, redeemed: str, ends: str) -> None:
    quote = off(club, rewards=[{"redemption_id": redeemed}], if_unavailable={"do": "refund_line"}).json
    order = club.shop.place(quote["id"]).json
    answer = {
        "cancelled": lambda: club.shop.cancel(order["id"]),
        "rejected": lambda: club.shop.move(order["id"], "rejected"),
        "line_rejected": lambda: club.shop.reject(order["id"], 1),
    }[ends]()
    assert answer.status_code == 200, answer.text

    assert (state(club, redeemed)[0], club.stars()) == ("cancelled", 12)
    assert [lot["remaining"] for lot in club.lots()] == [12]
    club.expect_whole()


def test_a_reward_comes_back_where_all_of_its_lines_are_given_back(club: Club) -> None:
    shop = club.shop
    club.earn(10)
    mug = club.redeem("last").json["id"]
    lines = [shop.line(quantity=2), shop.line(shop.croissant)]
    order = shop.place(off(club, *lines, rewards=[{"redemption_id": mug}]).json["id"]).json
    assert [amount(line["total"]) for line in order["lines"]] == [800, 0]  # up to 9.00, and it costs 3.25
    pick_up(club, order["id"])
    earned = club.stars()

    def refund(*lines: dict[str, int]) -> Any:
        return shop.client.post(
            f"/v1/orders/{order['id']}/refunds",
            json={"reason": "Cold", "lines": list(lines)},
            headers=shop.barista | {"Idempotency-Key": str(lines)},
        )

    assert refund({"position": 1, "quantity": 1}).status_code == 201
    assert (state(club, mug)[0], club.stars()) == ("used", earned - 8)
    assert refund({"position": 1, "quantity": 1}, {"position": 2, "quantity": 1}).status_code == 201

    assert state(club, mug)[0] == "cancelled"
    assert club.stars() == 10
    receipt = shop.client.get(f"/v1/orders/{order['id']}/receipt", headers=club.headers).json
    assert receipt["order"]["tender"]["refunded"] == receipt["order"]["tender"]["paid"]
    club.expect_whole()


def test_an_order_that_is_changed_keeps_the_reward_or_gives_it_back(club: Club, redeemed: str) -> None:
    shop = club.shop
    order = shop.place(off(club, rewards=[{"redemption_id": redeemed}]).json["id"]).json
    kept = off(club, shop.line(quantity=2), rewards=[{"redemption_id": redeemed}], replaces_order_id=order["id"])
    changed = shop.change(order["id"], kept.json["id"]).json
    assert (changed["rewards"], state(club, redeemed)) == (kept.json["rewards"], ("reserved", order["id"]))
    assert changed["stars"] == kept.json["stars"]

    without = shop.quote(replaces_order_id=order["id"]).json
    changed = shop.change(order["id"], without["id"]).json

    assert ("rewards" in changed, state(club, redeemed)[0], club.stars()) == (False, "cancelled", 12)
    club.expect_whole()


def test_a_reward_redeemed_anew_is_paid_as_shown_though_the_dropped_ones_stars_come_back(club: Club) -> None:
    club.earn(12)
    club.earn(8)
    order = club.shop.place(off(club, rewards=[{"reward": "off-1"}]).json["id"]).json
    anew = off(club, rewards=[{"reward": "off-1"}], replaces_order_id=order["id"]).json

    changed = club.shop.change(order["id"], anew["id"])

    assert changed.status_code == 200, changed.text
    (before,), (after,) = order["rewards"], changed.json["rewards"]
    assert [lot["stars"] for lot in after["lots"]] == [2, 8]
    assert after["lots"] == anew["rewards"][0]["lots"]
    assert (state(club, before["redemption_id"])[0], state(club, after["redemption_id"])[0]) == (
        "cancelled",
        "reserved",
    )
    assert [lot["remaining"] for lot in club.lots()] == [10, 0]
    club.expect_whole()


def test_a_substitute_keeps_what_was_taken_off_its_line(club: Club, redeemed: str) -> None:
    shop = club.shop
    policy = {"do": "closest", "substitutes": [{"item_id": str(shop.croissant)}]}
    line = shop.line(shop.flat_white, if_unavailable=policy)
    quote = off(club, line, rewards=[{"redemption_id": redeemed}], pickup=soon())
    assert quote.status_code == 201, quote.text
    order = shop.place(quote.json["id"]).json
    assert amount(order["lines"][0]["total"]) == 300

    assert shop.reject(order["id"], 1).status_code == 200

    (after,) = shop.show(order["id"]).json["lines"]
    assert (after["change"]["kind"], amount(after["discount"]), amount(after["total"])) == ("substituted", 100, 225)
    assert state(club, redeemed)[0] == "reserved"


@pytest.mark.parametrize(
    ("rewards", "names"),
    [
        ([{"redemption_id": "0198a000-0000-7000-8000-000000000001"}], "rewards.0.redemption_id"),
        ([{"reward": "nothing"}], "rewards.0.reward"),
        ([{"reward": "off-1", "lots": ["0198a000-0000-7000-8000-000000000001"]}], "rewards.0.lots.0"),
        ([{"reward": "last"}], "rewards.0"),  # a croissant, in a basket without any
        ([{"reward": "last"}, {"reward": "off-1"}], "rewards"),
        ([{}], "rewards.0.redemption_id"),
    ],
)
def test_a_reward_that_cant_be_used_is_refused_by_its_name(
    club: Club, rewards: list[dict[str, Any]], names: str
) -> None:
    club.earn(20)
    answer = off(club, rewards=rewards)

    assert answer.status_code == 422, answer.text
    assert any(path.startswith(names) for path in answer.json["errors"]), answer.json["errors"]


def test_nobody_uses_anothers_reward(club: Club, redeemed: str) -> None:
    club.join(club.other)
    answer = off(club, rewards=[{"redemption_id": redeemed}], headers=club.other)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["rewards.0.redemption_id"])
    assert off(club, rewards=[{"reward": "off-1"}], headers=club.other).json["available"] == 0
    assert off(club, rewards=[{"reward": "off-1"}], headers=club.shop.barista).status_code == 409  # not joined


def placed_at_once(club: Club, redeemed: str, count: int) -> list[Any]:
    """Place so many orders at once that all use one redemption; return the answers."""
    quotes = [off(club, rewards=[{"redemption_id": redeemed}]).json["id"] for _ in range(count)]
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(club.shop.place, quotes))


def test_of_fifty_orders_at_once_one_uses_the_reward(club: Club, redeemed: str) -> None:
    answers = placed_at_once(club, redeemed, 50)

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 49
    refused = {answer.json["type"].rsplit("/", 1)[-1] for answer in answers if answer.status_code == 409}
    assert refused == {"redemption-over"}
    assert state(club, redeemed)[0] == "reserved"
    club.expect_whole()


@pytest.mark.broken_on_purpose
def test_control_who_believes_what_the_quote_saw_uses_the_reward_twice(
    club: Club, redeemed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken away: nobody looks under the lock whether another order has it by now."""

    def naive(session: Session, redemption_id: UUID) -> Redemption:
        redemption = session.get_one(Redemption, redemption_id)
        redemption.state = "held"  # as the quote saw it
        return redemption

    monkeypatch.setattr(import_module("service.loyalty.actions.redeem"), "_locked", naive)
    answers = placed_at_once(club, redeemed, 2)

    assert [answer.status_code for answer in answers] == [201, 201]
    rewards = [club.shop.show(answer.json["id"]).json["rewards"][0]["redemption_id"] for answer in answers]
    assert rewards == [redeemed, redeemed]
