"""GET /v1/stores/{id}/queue/events, written by the request's own thread (tests/live has the live process)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
import pytest

from service.http.live import alone
from tests.orders.shop import Shop


def follow(shop: Shop, headers: dict[str, str] | None = None) -> Any:
    """Follow the shop's queue, as its barista unless told otherwise."""
    return shop.client.get(f"/v1/stores/{shop.store.id}/queue/events", headers=headers or shop.barista)


@pytest.fixture
def patient(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams that last longer, with quick looks."""
    live = shop.app.extensions["sayso.live"]
    monkeypatch.setattr(live, "seconds", 10)
    monkeypatch.setattr(alone, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(alone, "CHECK_SECONDS", 0.2)


def parsed(block: bytes) -> list[tuple[str, Any]]:
    """Return the names and data of events."""
    found = []
    for text in block.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in text.split("\n") if ": " in line)
        if "event" in fields:
            found.append((fields["event"], orjson.loads(fields["data"])))
    return found


@pytest.mark.usefixtures("patient")
def test_a_screen_is_told_of_each_order_that_changes(shop: Shop) -> None:
    order = shop.placed()
    with follow(shop) as answer:
        lines = iter(answer.response)
        assert next(lines) == b"retry: 2000\n\n"
        assert parsed(next(lines)) == [("check", {"tickets": 0, "versions": 0})]
        moved = shop.move(order["id"], "fired").json
        (name, told), *_ = parsed(next(lines))

        assert (name, told["order_id"], told["version"]) == ("ticket", order["id"], moved["version"])
        assert told["ticket"] == {key: moved[key] for key in told["ticket"]}

        checked = ("check", {"tickets": 1, "versions": moved["version"]})
        assert any(checked in parsed(block) for block in [next(lines), next(lines)])
        shop.move(order["id"], "rejected")
        while True:
            gone = [told for name, told in parsed(next(lines)) if name == "ticket"]
            if gone:
                break
        assert gone[0]["ticket"] is None


def test_only_the_stores_own_makers_may(shop: Shop) -> None:
    assert follow(shop, {"X-Nobody": "1"}).status_code == 401
    assert follow(shop, shop.customer).status_code == 403
    assert follow(shop, shop.stranger).status_code == 403
    assert shop.client.get(f"/v1/stores/{uuid4()}/queue/events", headers=shop.barista).status_code == 403


def test_a_place_that_was_never_given_is_refused(shop: Shop) -> None:
    answer = follow(shop, shop.barista | {"Last-Event-ID": "-1"})

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["Last-Event-ID"])


def test_other_stores_orders_are_not_told(shop: Shop) -> None:
    other = Shop(shop.app, shop.session)
    order = other.placed()
    with follow(shop) as answer:
        lines = iter(answer.response)
        next(lines)
        next(lines)
        other.move(order["id"], "fired")

        assert "ticket" not in [name for block in lines for name, _ in parsed(block)]
