"""The day's limit of a grant: never passed, by however many at once; what goes back is room again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from service import clock
from service.accounts import actions as account_actions
from service.accounts.rules.grants import Limit
from service.orders import queries
from service.orders.models import Order
from tests.factories import make_store

from ..meeting import without_turns
from .errand import Errand
from .shop import Shop
from .test_races import all_at_once, outcomes

FLAT_WHITE = 433  # 4.00 and 8.25 % tax; four of them are 17.32
THREADS = 20


def _is_full(answer: Any, left_minor: int) -> bool:
    return (answer.status_code, answer.json["type"], answer.json["left"]) == (
        409,
        "/problems/daily-limit-reached",
        {"amount_minor": left_minor, "currency": "USD"},
    )


def test_what_fits_is_placed_and_what_does_not_is_refused_with_what_is_left(errand: Errand) -> None:
    for _ in range(4):
        errand.placed()

    answer = errand.place()

    assert _is_full(answer, 2_000 - 4 * FLAT_WHITE)
    assert answer.json["limit"] == {"amount_minor": 2_000, "currency": "USD"}
    assert len(errand.get("/v1/me/orders").json["data"]) == 4


def test_the_limit_may_be_used_to_the_last_cent(shop: Shop) -> None:
    errand = Errand(shop, limit_minor=2 * FLAT_WHITE)

    assert errand.place(shop.line(quantity=2)).status_code == 201
    assert _is_full(errand.place(), 0)


def test_the_givers_own_orders_take_no_room(errand: Errand) -> None:
    for _ in range(6):
        errand.shop.placed()

    assert errand.place(errand.shop.line(quantity=4)).status_code == 201


def test_each_grant_has_its_own_room(errand: Errand) -> None:
    errand.placed(errand.shop.line(quantity=4))
    another = errand.another()

    answer = errand.shop.place(errand.shop.quote(headers=another).json["id"], headers=another)

    assert answer.status_code == 201


@pytest.mark.parametrize("who", ["giver", "receiver", "staff"])
def test_cancelling_gives_room_back(errand: Errand, who: str) -> None:
    order = errand.placed(errand.shop.line(quantity=4))
    if who == "staff":
        errand.shop.move(order["id"], "cancelled")
    else:
        errand.shop.cancel(order["id"], headers=errand.ana if who == "receiver" else errand.shop.customer)

    assert errand.place(errand.shop.line(quantity=4)).status_code == 201


def test_a_refund_gives_room_back_to_the_cent(errand: Errand) -> None:
    order = errand.placed(errand.shop.line(quantity=4))
    for to in ("fired", "ready", "picked_up"):
        errand.shop.move(order["id"], to)
    assert _is_full(errand.place(), 268)

    errand.shop.refund(order["id"], amount_minor=FLAT_WHITE - 268)

    assert errand.place().status_code == 201
    assert _is_full(errand.place(), 0)


def test_a_line_that_can_not_be_made_gives_room_back(errand: Errand) -> None:
    refunded = {"if_unavailable": {"do": "refund_line"}}
    order = errand.placed(errand.shop.line(quantity=3, **refunded), errand.shop.line(**refunded))
    errand.shop.reject(order["id"], 1)

    assert errand.place(errand.shop.line(quantity=3)).status_code == 201


def test_the_next_day_has_its_own_room(errand: Errand) -> None:
    order = errand.placed(errand.shop.line(quantity=4))
    resets_at = errand.place().json["resets_at"]
    begins, ends = Limit(amount_minor=1, currency="USD", timezone="America/New_York").day_of(clock.now())
    _placed_at(errand, order["id"], begins - timedelta(seconds=1))

    assert datetime.fromisoformat(resets_at) == ends
    assert errand.place(errand.shop.line(quantity=4)).status_code == 201


def _placed_at(errand: Errand, order_id: str, at: datetime) -> None:
    errand.shop.session.execute(sa.update(Order).where(Order.id == UUID(order_id)).values(placed_at=at))
    errand.shop.session.commit()


def test_yesterdays_order_gets_no_dearer_than_yesterday_had_room_for(errand: Errand) -> None:
    """Else a new day would let yesterday's open orders grow."""
    order = errand.placed(errand.shop.line(quantity=4))
    _placed_at(errand, order["id"], clock.now() - timedelta(days=1))
    quote = errand.quote(errand.shop.line(quantity=5), replaces_order_id=order["id"])

    assert _is_full(errand.shop.change(order["id"], quote["id"], headers=errand.ana), 2_000)


def test_a_change_that_does_not_fit_leaves_the_order_as_it_was(errand: Errand) -> None:
    order = errand.placed(errand.shop.line(quantity=2))
    errand.placed(errand.shop.line(quantity=2))
    dearer = errand.quote(errand.shop.line(quantity=3), replaces_order_id=order["id"])
    cheaper = errand.quote(errand.shop.line(), replaces_order_id=order["id"])

    refused = errand.shop.change(order["id"], dearer["id"], headers=errand.ana)
    assert _is_full(refused, 2_000 - 2 * FLAT_WHITE)
    assert errand.shop.show(order["id"]).json == order
    assert errand.shop.change(order["id"], cheaper["id"], headers=errand.ana).status_code == 200
    assert errand.place().status_code == 201


def test_what_the_giver_makes_dearer_counts_and_can_still_be_cancelled(errand: Errand) -> None:
    order = errand.placed()
    dearer = errand.shop.quote(errand.shop.line(quantity=6), replaces_order_id=order["id"]).json
    assert errand.shop.change(order["id"], dearer["id"]).status_code == 200

    assert _is_full(errand.place(), 0)
    assert errand.shop.cancel(order["id"], headers=errand.ana).status_code == 200
    assert errand.place().status_code == 201


def test_an_answer_that_costs_more_must_fit(shop: Shop) -> None:
    errand = Errand(shop, limit_minor=FLAT_WHITE)
    large = {"item_id": str(shop.flat_white), "size_id": str(shop.large)}
    order = errand.placed(shop.line(if_unavailable={"do": "closest", "substitutes": [large]}))
    shop.reject(order["id"], 1)
    asked = shop.show(order["id"], headers=errand.ana).json["asks"][0]

    answer = shop.answer(order["id"], asked["number"], asked["options"][0]["answer"], headers=errand.ana)

    assert _is_full(answer, FLAT_WHITE)
    assert shop.show(order["id"], headers=errand.ana).json["asks"] == [asked]
    assert shop.answer(order["id"], asked["number"], asked["options"][0]["answer"]).status_code == 200  # Jane may


def test_another_currency_is_refused(errand: Errand) -> None:
    """Before anything is quoted: no limit is ever reckoned in it."""
    abroad = make_store(errand.shop.session, currency="EUR", country="DE", timezone="Europe/Berlin")

    answer = errand.post("/v1/quotes", store_id=str(abroad.id), lines=[errand.shop.line()])

    assert (answer.status_code, answer.json["type"], answer.json["currency"]) == (
        409,
        "/problems/other-currency",
        "USD",
    )


def test_the_same_placement_again_needs_no_room(errand: Errand) -> None:
    quote = errand.quote(errand.shop.line(quantity=4))["id"]
    first = errand.shop.place(quote, client_order_id="an-id-of-mine", headers=errand.ana)

    again = errand.shop.place(quote, client_order_id="an-id-of-mine", headers=errand.ana)

    assert (again.status_code, again.json["id"]) == (201, first.json["id"])


# ---- many at once


def _spent(errand: Errand) -> int:
    limit = Limit(amount_minor=1, currency="USD", timezone="America/New_York")
    with errand.shop.app.database.reading() as session:
        return queries.spent_under(session, grant_id=errand.grant.id, limit=limit, at=clock.now())


def test_of_forty_placements_at_once_those_that_fit_are_placed(errand: Errand) -> None:
    quotes = [errand.quote()["id"] for _ in range(40)]

    answers = all_at_once(lambda index: errand.shop.place(quotes[index], headers=errand.ana), 40)

    assert outcomes(answers) == {"201": 4, "/problems/daily-limit-reached": 36}
    assert _spent(errand) == 4 * FLAT_WHITE
    assert len(errand.acts(errand.alone)) == 4


def test_placing_changing_and_cancelling_at_once_never_pass_the_limit(errand: Errand) -> None:
    orders = [errand.placed() for _ in range(3)]
    changes = [errand.quote(errand.shop.line(quantity=3), replaces_order_id=order["id"])["id"] for order in orders]
    quotes = [errand.quote()["id"] for _ in range(THREADS)]
    seen: list[int] = []

    def act(index: int) -> Any:
        order = orders[index % 3]["id"]
        if index % 4 == 0:
            answer = errand.shop.change_apart(order, changes[index % 3], headers=errand.ana)
        elif index % 4 == 1:
            answer = errand.shop.app.test_client().post(
                f"/v1/orders/{order}/cancellation", json={}, headers=errand.ana | {"Idempotency-Key": str(uuid4())}
            )
        else:
            answer = errand.shop.place(quotes[index % THREADS], headers=errand.ana)
        seen.append(_spent(errand))
        return answer

    answers = all_at_once(act, 2 * THREADS)

    assert max(seen) <= 2_000
    assert not [answer.text for answer in answers if answer.status_code >= 500]


def placed_at_once(errand: Errand, monkeypatch: pytest.MonkeyPatch) -> int:
    """Place two orders of which one fits, both pausing once they know what was spent; return how many were placed."""
    quotes = [errand.quote(errand.shop.line(quantity=3))["id"] for _ in range(2)]
    both, spent_under = Barrier(2), queries.spent_under

    def pausing(*args: Any, **kwargs: Any) -> int:
        spent = spent_under(*args, **kwargs)
        with suppress(BrokenBarrierError):
            both.wait(0.5)
        return spent

    monkeypatch.setattr(queries, "spent_under", pausing)
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda quote: errand.shop.place(quote, headers=errand.ana), quotes))
    return outcomes(answers)["201"]


def test_two_that_look_at_once_do_not_spend_the_same_room(errand: Errand, monkeypatch: pytest.MonkeyPatch) -> None:
    assert placed_at_once(errand, monkeypatch) == 1


def test_control_without_the_grants_lock_they_do(errand: Errand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor its giver's turn, which comes before it. On SQLite writers take turns anyway."""
    monkeypatch.setattr(account_actions, "hold_grant", lambda *_, **__: None)
    database = errand.shop.app.database
    with without_turns(database):
        assert placed_at_once(errand, monkeypatch) == (2 if database.is_postgresql else 1)
