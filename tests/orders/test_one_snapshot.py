"""An order is read in one snapshot: never the totals of one version beside the lines of another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from service.orders import queries
from service.orders.queries import orders as reading

from .shop import Shop


def amounts(order: dict[str, Any]) -> tuple[int, int]:
    """Return the subtotal and the sum of the lines."""
    return order["totals"]["subtotal"]["amount_minor"], sum(line["total"]["amount_minor"] for line in order["lines"])


def test_an_order_that_changes_all_the_time_always_adds_up(shop: Shop) -> None:
    order_id = shop.placed()["id"]
    stop = Event()

    def change() -> None:
        for number in range(20):
            lines = [shop.line()] * (1 + number % 3)
            quote = shop.quote(*lines, replaces_order_id=order_id).json["id"]
            assert shop.change_apart(order_id, quote).status_code == 200
        stop.set()

    def read() -> list[tuple[int, int]]:
        client, seen = shop.app.test_client(), []
        while not stop.is_set():
            seen.append(amounts(client.get(f"/v1/orders/{order_id}", headers=shop.customer).json))
            mine = client.get("/v1/me/orders", headers=shop.customer).json
            seen += [amounts(order) for order in mine["data"]]
            receipt = client.get(f"/v1/orders/{order_id}/receipt", headers=shop.customer)
            assert receipt.status_code == 200, receipt.text
        return seen

    with ThreadPoolExecutor(3) as threads:
        readers = [threads.submit(read) for _ in range(2)]
        threads.submit(change).result(60)
        seen = [pair for reader in readers for pair in reader.result(60)]

    assert {subtotal for subtotal, _ in seen} >= {400, 800, 1200}
    assert all(subtotal == lines for subtotal, lines in seen)


def test_a_receipt_of_an_order_that_changes_while_it_is_read_is_read_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = shop.finished()
    read, reads = reading.customer_order, iter([True])

    def read_slowly(session: Any, **which: Any) -> dict[str, Any]:
        shown = read(session, **which)
        if next(reads, False):
            with ThreadPoolExecutor(1) as threads:  # someone refunds after the order was read
                refunded = threads.submit(lambda: shop.refund(order["id"], amount_minor=100)).result(10)
            assert refunded.status_code == 201
        return shown

    monkeypatch.setattr(queries, "customer_order", read_slowly)
    receipt = shop.app.test_client().get(f"/v1/orders/{order['id']}/receipt", headers=shop.customer).json

    refunded = sum(refund["amount"]["amount_minor"] for refund in receipt["refunds"])
    assert refunded == receipt["order"]["tender"]["refunded"]["amount_minor"]
