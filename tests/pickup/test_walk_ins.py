"""Walk-ins over HTTP: who orders at the counter takes part of the store's time."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from .counter import Counter


def register(counter: Counter, headers: dict[str, str] | None = None, **body: Any) -> Any:
    """Register a walk-in of a minute at the bar, as the barista unless told otherwise."""
    return counter.shop.client.post(
        f"{counter.path}/walk-ins",
        json={"work_seconds": {"bar": 60}, **body},
        headers=(headers or counter.barista) | {"Idempotency-Key": str(uuid4())},
    )


def listed(counter: Counter) -> list[str]:
    """Return the ids of the walk-ins that are being made."""
    shown = counter.shop.client.get(f"{counter.path}/walk-ins", headers=counter.barista).json["data"]
    return [walk_in["id"] for walk_in in shown]


def test_it_is_told_when_it_will_be_ready_and_is_listed_until_it_is_ended(counter: Counter) -> None:
    registered = register(counter, label="Blue scarf")
    path = f"{counter.path}/walk-ins/{registered.json['id']}"

    assert registered.status_code == 201
    assert (registered.json["label"], registered.json["work"]) == ("Blue scarf", {"bar": 60})
    assert registered.json["expected_at"] > registered.json["registered_at"]
    assert listed(counter) == [registered.json["id"]]
    ended = [counter.shop.client.delete(path, headers=counter.barista).status_code for _ in range(2)]
    assert ended == [204, 204]
    assert listed(counter) == []


def test_what_can_not_be_made_is_refused_by_name(counter: Counter) -> None:
    assert register(counter, work_seconds={}).status_code == 422
    assert register(counter, work_seconds={"roof": 5}).status_code == 422
    assert register(counter, work_seconds={"bar": 0}).status_code == 422


def test_only_the_stores_own_staff_may(counter: Counter) -> None:
    shop, walk_in = counter.shop, register(counter).json
    path = f"{counter.path}/walk-ins"

    for headers, status in (({"X-Nobody": "1"}, 401), (shop.customer, 403), (shop.stranger, 403)):
        assert register(counter, headers).status_code == status
        assert shop.client.get(path, headers=headers).status_code == status
        assert shop.client.delete(f"{path}/{walk_in['id']}", headers=headers).status_code == status
    assert shop.client.delete(f"{path}/{uuid4()}", headers=shop.barista).status_code == 404
