"""The connection is cut at any byte of placing; the app retries; there is one order."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service.orders.models import Order
from tests.orders.shop import Shop
from tests.serving import Server

from .wire import Placement


@pytest.mark.parametrize("every", [23, pytest.param(1, marks=pytest.mark.campaign)])
def test_cut_at_any_byte_of_the_request_and_retried_there_is_exactly_one_order(
    shop: Shop, server: Server, every: int
) -> None:
    length = len(Placement(shop, server.port, "0" * 36).request)

    for sent in [*range(0, length, every), length]:
        placement = Placement(shop, server.port, shop.quote().json["id"])
        placement.cut_after_sending(sent)
        status, order = placement.send()
        assert status == 201, (sent, order)
        assert orders_named(shop, placement) == [order["id"]], sent


@pytest.mark.parametrize("every", [97, pytest.param(1, marks=pytest.mark.campaign)])
def test_cut_at_any_byte_of_the_answer_and_retried_there_is_exactly_one_order(
    shop: Shop, server: Server, every: int
) -> None:
    for read in [*range(0, 40, every), *range(40, 2_000, 24 * every + 25)]:
        placement = Placement(shop, server.port, shop.quote().json["id"])
        placement.cut_after_reading(read)
        status, order = placement.send()
        assert status == 201, (read, order)
        assert orders_named(shop, placement) == [order["id"]], read


def orders_named(shop: Shop, placement: Placement) -> list[str]:
    """Return the ids of the orders that the placement made."""
    with shop.app.database.reading() as session:
        named = sa.select(Order.id).where(Order.client_order_id == placement.client_order_id)
        return [str(order_id) for order_id in session.scalars(named)]
