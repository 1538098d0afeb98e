"""GET /v1/stores/{store_id}/menu."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.http.edge import Edge
from service.menu import actions, queries, schemas

from ..counting import counted
from ..factories import make_menu, make_store, small_chain_menu


@pytest.fixture
def show(client: FlaskClient) -> Any:
    """Ask for a store's menu."""

    def show(store: Any, headers: dict[str, str] | None = None, **query: Any) -> Any:
        return client.get(f"/v1/stores/{store.id}/menu", query_string=query, headers=headers)

    return show


def _names(answer: Any) -> list[str]:
    return [item["name"] for item in answer.json["items"]]


def test_anyone_sees_the_whole_menu_of_a_store(session: Session, show: Any) -> None:
    small, store = make_menu(session), make_store(session)

    answer = show(store)

    assert answer.status_code == 200
    assert schemas.MenuSchema().validate(answer.json) == {}
    americano, croissant = answer.json["items"]
    assert americano["id"] == str(small.americano)
    assert americano["sizes"][1]["price"] == {"amount_minor": 350, "currency": "USD"}
    milk = americano["groups"][0]
    oat = milk["options"][2]
    assert oat["prices"] == {
        "tall": {"amount_minor": 70, "currency": "USD"},
        "grande": {"amount_minor": 90, "currency": "USD"},
    }
    assert americano["groups"][2]["options"][0]["groups"][0]["options"][0]["name"] == "Cocoa"
    assert croissant["contains"] == ["eggs", "gluten", "milk"]
    assert croissant["sizes"][0]["nutrition"] == {"caffeine_mg": 0, "energy_kcal": 260, "sugars_g": 6.5}
    assert croissant["availability"] == {"is_available": True, "reason": None, "until": None}


def test_how_it_is_made_is_not_shown(session: Session, show: Any) -> None:
    make_menu(session)

    assert b"work" not in show(make_store(session)).data


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("menu", ["Americano", "Croissant"]),
        ("name", ["Americano", "Croissant"]),
        ("price", ["Croissant", "Americano"]),
        ("energy", ["Americano", "Croissant"]),
    ],
)
def test_the_order_is_the_one_that_the_caller_named(session: Session, show: Any, sort: str, names: list[str]) -> None:
    make_menu(session)

    answer = show(make_store(session), sort=sort)

    assert (answer.json["sort"], _names(answer)) == (sort, names)


def test_there_is_no_order_by_popularity(session: Session, show: Any) -> None:
    answer = show(make_store(session), sort="popularity")

    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["sort"]


def test_a_copy_that_still_holds_is_not_sent_again(session: Session, show: Any) -> None:
    small, store = make_menu(session), make_store(session)
    first = show(store)

    again = show(store, {"If-None-Match": first.headers["ETag"]})
    actions.mark_sold_out(
        session, store_id=store.id, kind="item", subject_id=small.croissant, until=None, now=datetime.now(UTC)
    )
    session.commit()
    queries.forget(store.id)
    changed = show(store, {"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert changed.status_code == 200
    assert changed.json["items"][1]["availability"] == {"is_available": False, "reason": "sold_out", "until": None}


def test_the_zipped_menu_is_another_representation_of_the_same(session: Session, show: Any) -> None:
    make_menu(session)
    store = make_store(session)
    plain = show(store)

    zipped = show(store, {"Accept-Encoding": "gzip"})

    assert zipped.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in zipped.headers["Vary"]
    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    again = show(store, {"Accept-Encoding": "gzip", "If-None-Match": zipped.headers["ETag"]})
    assert again.status_code == 304
    assert show(store, {"Accept-Encoding": "gzip;q=0"}).headers.get("Content-Encoding") is None


def test_a_menu_once_built_is_served_without_a_statement(session: Session, show: Any, app: Edge) -> None:
    make_menu(session)
    store = make_store(session)
    etag = show(store).headers["ETag"]

    with counted(app) as statements:
        show(store)
        show(store, {"If-None-Match": etag})

    assert [each for each in statements if "menu" in each] == []


def test_another_process_s_change_is_seen_within_a_second(session: Session, show: Any, time_machine: Any) -> None:
    small, store = make_menu(session), make_store(session)
    start = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    time_machine.move_to(start, tick=False)
    assert show(store).json["items"][1]["availability"]["is_available"]

    actions.mark_sold_out(session, store_id=store.id, kind="item", subject_id=small.croissant, until=None, now=start)
    session.commit()  # by another process: nothing here was told
    time_machine.move_to(start + timedelta(seconds=0.5), tick=False)

    assert not show(store).json["items"][1]["availability"]["is_available"]


def test_a_sold_out_mark_ends_by_itself_also_in_built_bytes(session: Session, show: Any, time_machine: Any) -> None:
    small, store = make_menu(session), make_store(session)
    start = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    until = start + timedelta(minutes=10)
    actions.mark_sold_out(session, store_id=store.id, kind="size", subject_id=small.grande, until=until, now=start)
    session.commit()
    time_machine.move_to(start, tick=False)

    before = show(store)
    time_machine.move_to(until, tick=False)
    after = show(store, {"If-None-Match": before.headers["ETag"]})

    assert before.json["valid_until"] == "2026-11-23T12:10:00Z"
    assert before.json["items"][0]["sizes"][1]["availability"]["reason"] == "sold_out"
    assert after.status_code == 200
    assert after.json["items"][0]["sizes"][1]["availability"]["is_available"]


def test_the_menu_of_a_coming_time_shows_what_can_be_ordered_then(
    session: Session, show: Any, time_machine: Any
) -> None:
    make_menu(session, available_hours="Mo-Su 06:00-11:00")
    store = make_store(session)
    time_machine.move_to(datetime(2026, 11, 23, 17, 0, tzinfo=UTC), tick=False)  # noon in New York

    now, tomorrow = show(store), show(store, at="2026-11-24T11:30:00Z")

    assert now.json["items"][0]["availability"] == {
        "is_available": False,
        "reason": "daypart",
        "until": "2026-11-24T11:00:00Z",
    }
    assert (now.json["valid_until"], tomorrow.json["valid_until"]) == ("2026-11-24T11:00:00Z", "2026-11-24T16:00:00Z")
    assert tomorrow.json["items"][0]["availability"]["is_available"]
    assert now.headers["ETag"] != tomorrow.headers["ETag"]


@pytest.mark.parametrize(
    "at", ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "tomorrow", "9999-12-31T23:59:59-23:59"]
)
def test_a_time_that_is_past_far_off_or_none_is_refused(session: Session, show: Any, at: str) -> None:
    answer = show(make_store(session), at=at)

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["at"])


def test_an_unknown_store_has_no_menu(app: Edge, client: FlaskClient) -> None:
    assert client.get(f"/v1/stores/{uuid4()}/menu").status_code == 404
    assert client.get("/v1/stores/corner/menu").status_code == 404


def test_hidden_groups_are_not_shown(session: Session, show: Any) -> None:
    chain = small_chain_menu()
    groups = tuple(replace(group, hidden=group.ref == "syrup") for group in chain.groups)
    actions.load_menu(session, replace(chain, groups=groups), now=datetime.now(UTC))
    session.commit()

    shown = show(make_store(session)).json["items"][0]["groups"]

    assert [group["key"] for group in shown] == ["milk", "topping", "cup"]


def test_two_processes_build_the_same_bytes(session: Session, show: Any) -> None:
    make_menu(session)
    store = make_store(session)

    first, second = show(store, sort="name"), show(store, sort="name")

    assert first.data == second.data
    assert orjson.loads(first.data)["version"] == queries.version(session, store_id=store.id)
