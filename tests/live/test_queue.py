"""Following a store's queue through the live process."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.orders.shop import Shop
from tests.serving import Server

from .reading import Reader

Follow = Callable[[str, dict[str, str]], Reader]


def test_twenty_screens_see_a_ticket_come_change_and_go(shop: Shop, server: Server, follow: Follow) -> None:
    order = shop.placed()
    path = f"/v1/stores/{shop.store.id}/queue/events"
    screens = [follow(path, shop.barista) for _ in range(20)]
    assert {screen.next("check").data["tickets"] for screen in screens} == {0}

    for to, shown in (("fired", "fired"), ("ready", "ready"), ("picked_up", None)):
        moved_at = time.monotonic()
        shop.move(order["id"], to)
        for screen in screens:
            told = screen.next("ticket").data
            assert told["order_id"] == order["id"]
            assert (told["ticket"] and told["ticket"]["state"]) == shown
        assert time.monotonic() - moved_at < 1
        assert told["version"] == shop.show(order["id"]).json["version"]


def test_a_screen_that_dropped_is_told_what_it_missed(shop: Shop, follow: Follow) -> None:
    first, second = shop.placed()["id"], shop.placed()["id"]
    path = f"/v1/stores/{shop.store.id}/queue/events"
    screen = follow(path, shop.barista)
    screen.next("check")
    shop.move(first, "fired")
    seen = screen.next("ticket")
    screen.close()
    shop.move(second, "fired")

    again = follow(path, shop.barista | {"Last-Event-ID": seen.id})

    missed = [again.next(), again.next(), again.next()]
    assert {each.data["order_id"] for each in missed if each.event == "ticket"} >= {second}
    assert missed[-1].event == "check" or again.next("check").data["tickets"] == 2


def test_a_place_that_is_not_remembered_is_a_reset(shop: Shop, follow: Follow) -> None:
    shop.placed()
    screen = follow(f"/v1/stores/{shop.store.id}/queue/events", shop.barista | {"Last-Event-ID": "999999999"})

    assert screen.next().event == "reset"
    assert screen.next().event == "check"


def test_checks_go_on_coming_and_tell_what_the_queue_tells(shop: Shop, follow: Follow) -> None:
    order, nothing = shop.placed(), {"tickets": 0, "versions": 0}
    screen = follow(f"/v1/stores/{shop.store.id}/queue/events", shop.barista)
    assert screen.next("check").data == nothing
    moved = shop.move(order["id"], "fired").json

    told = [screen.next("check").data for _ in range(2)]  # one may have been made while the order was moved
    assert told[1] == {"tickets": 1, "versions": moved["version"]}
    assert told[0] in (nothing, told[1])
