"""The budget of the hot routes in statements, caches warm. BEGIN and COMMIT are not among them.

SQLite says BEGIN as a statement of its own; `sent` leaves transaction control out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..counting import counted
from .paying import Payer
from .shop import Shop

IN_QUEUE = 5


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """The shop with orders in its queue, every cache warm: each route was called once."""
    for _ in range(IN_QUEUE):
        order = shop.placed(*three_lines(shop))
        shop.move(order["id"], "fired")
    shop.show(order["id"])
    shop.client.get(_menu(shop))
    shop.client.get(_queue(shop), headers=shop.barista)
    return shop


def three_lines(shop: Shop) -> list[dict[str, Any]]:
    """Return a basket of three lines."""
    return [shop.line(), shop.line(quantity=2), shop.line(shop.croissant)]


def sent(shop: Shop, request: Callable[[], Any], *, answers: int) -> list[str]:
    """Return the statements of a request, without the look at the caller's session: it is due every half second."""
    with counted(shop.app) as statements:
        answer = request()
    assert answer.status_code == answers, answer.text
    own = [each for each in statements if "device_sessions" not in each]
    return [verb for verb in (each.split()[0] for each in own) if verb not in {"BEGIN", "COMMIT"}]


def test_a_quote_takes_three_statements(busy: Shop) -> None:
    """Both versions, the taken time, the quote."""
    assert sent(busy, lambda: busy.quote(*three_lines(busy)), answers=201) == ["SELECT", "SELECT", "INSERT"]


def test_a_placement_takes_eight_statements_of_which_two_are_waited_for(busy: Shop) -> None:
    """The quote and the time are answered; order, lines, claims, step, fact and kept answer travel with COMMIT."""
    quote = busy.quote(*three_lines(busy)).json

    assert sent(busy, lambda: busy.place(quote["id"]), answers=201) == ["SELECT", *["INSERT"] * 7]


def test_a_wallet_takes_one_statement_more_to_quote_and_four_to_place(busy: Shop) -> None:
    """What is available. The hold: whether it is there, the wallet's row, the hold itself; and the tender."""
    Payer(busy).load(5_000)
    paid_by_wallet = {"tenders": [{"kind": "wallet"}]}
    quoted = sent(busy, lambda: busy.quote(*three_lines(busy), **paid_by_wallet), answers=201)
    quote = busy.quote(*three_lines(busy), **paid_by_wallet).json

    placed = sent(busy, lambda: busy.place(quote["id"]), answers=201)
    assert quoted == ["SELECT", "SELECT", "SELECT", "INSERT"]
    assert sorted(placed) == sorted(["SELECT", *["INSERT"] * 7, "SELECT", "UPDATE", "INSERT", "INSERT"])


def test_an_orders_status_takes_one_statement(busy: Shop) -> None:
    order = busy.placed()

    assert sent(busy, lambda: busy.show(order["id"]), answers=200) == ["SELECT"]


def test_a_queue_takes_two_statements_however_long_it_is(busy: Shop) -> None:
    """Its version, the orders: their tickets were made before."""
    queue = _queue(busy)

    statements = sent(busy, lambda: busy.client.get(queue, headers=busy.barista), answers=200)

    assert statements == ["SELECT"] * 2


def test_a_queue_with_changed_tickets_takes_three_more_however_many_they_are(busy: Shop) -> None:
    """What is made of them, where that stands, what was said about them."""
    for _ in range(IN_QUEUE):
        busy.move(busy.placed(*three_lines(busy))["id"], "fired")

    statements = sent(busy, lambda: busy.client.get(_queue(busy), headers=busy.barista), answers=200)

    assert statements == ["SELECT"] * 5


def test_a_queue_without_news_takes_one_statement(busy: Shop) -> None:
    queue = _queue(busy)
    etag = busy.client.get(queue, headers=busy.barista).headers["ETag"]

    statements = sent(busy, lambda: busy.client.get(queue, headers=busy.barista | {"If-None-Match": etag}), answers=304)

    assert statements == ["SELECT"]


def test_a_menu_that_was_just_served_takes_no_statement(busy: Shop) -> None:
    etag = busy.client.get(_menu(busy)).headers["ETag"]

    def shown() -> list[str]:
        return sent(busy, lambda: busy.client.get(_menu(busy)), answers=200)

    def unchanged() -> list[str]:
        return sent(busy, lambda: busy.client.get(_menu(busy), headers={"If-None-Match": etag}), answers=304)

    # Its version is read again every half second, which may be due at any one of them.
    assert min(shown() for _ in range(5)) == []
    assert min(unchanged() for _ in range(5)) == []


def _menu(shop: Shop) -> str:
    return f"/v1/stores/{shop.store.id}/menu"


def _queue(shop: Shop) -> str:
    return f"/v1/stores/{shop.store.id}/queue"
