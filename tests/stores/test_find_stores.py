"""GET /v1/stores."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from service.stores.rules.distance import boxes_around, distance_m

from ..factories import make_store


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json
    return [store["name"] for store in answer.json["data"]]


def test_stores_near_a_point_come_nearest_first_with_their_distance(client: FlaskClient, session: Session) -> None:
    make_store(session, name="Far", latitude=40.80, longitude=-73.95)
    make_store(session, name="Near", latitude=40.7485, longitude=-73.9857)
    make_store(session, name="Boston", latitude=42.36, longitude=-71.06)

    answer = client.get("/v1/stores?near=40.7484,-73.9857")

    assert names(answer) == ["Near", "Far"]
    assert answer.json["sort"] == "distance"
    assert [store["distance_m"] for store in answer.json["data"]] == [11, 6477]


def test_without_a_point_stores_come_by_name_in_any_case(client: FlaskClient, session: Session) -> None:
    for name in ("beta", "Alpha", "Gamma"):
        make_store(session, name=name)

    answer = client.get("/v1/stores")

    assert (names(answer), answer.json["sort"]) == (["Alpha", "beta", "Gamma"], "name")
    assert answer.json["data"][0]["distance_m"] is None


def test_stores_near_a_point_can_come_by_name(client: FlaskClient, session: Session) -> None:
    make_store(session, name="B", latitude=40.7484)
    make_store(session, name="A", latitude=40.7600)

    assert names(client.get("/v1/stores?near=40.7484,-73.9857&sort=name")) == ["A", "B"]


@pytest.mark.parametrize("query", ["near=40.7484,-73.9857", "sort=name", "near=40.7484,-73.9857&sort=name&open=now"])
def test_pages_give_every_store_once_also_when_one_opens_meanwhile(
    client: FlaskClient, session: Session, query: str
) -> None:
    for name in "ABCDEFG":
        make_store(session, name=name)  # all at one distance: the id breaks the tie
    first = client.get(f"/v1/stores?{query}&limit=3").json
    make_store(session, name="00 earlier", latitude=40.7484)
    seen = [store["name"] for store in first["data"]]
    cursor = first["next_cursor"]
    while cursor:
        page = client.get(f"/v1/stores?{query}&limit=3&cursor={cursor}").json
        seen += [store["name"] for store in page["data"]]
        cursor = page["next_cursor"]

    assert [name for name in seen if name != "00 earlier"] == list("ABCDEFG")
    assert len(seen) == len(set(seen))


def test_open_finds_the_stores_that_are_open_then_paused_ones_too(client: FlaskClient, session: Session) -> None:
    make_store(session, name="Day", hours="08:00-18:00")
    make_store(session, name="Night", hours="18:00-03:00")
    make_store(session, name="Day off", hours="08:00-18:00", exceptions={date(2026, 3, 2): "off"})

    assert names(client.get("/v1/stores?open=2026-03-02T17:00:00Z")) == ["Day"]
    assert names(client.get("/v1/stores?open=2026-03-03T07:30:00Z")) == ["Night"]
    with time_machine.travel(datetime(2026, 3, 2, 17, tzinfo=UTC), tick=False):
        assert names(client.get("/v1/stores?open=now&near=40.7484,-73.9857")) == ["Day"]


def test_stores_are_found_by_pickup_method_and_by_city_in_any_case(client: FlaskClient, session: Session) -> None:
    make_store(session, name="Lane", pickup_methods=("drive_through", "counter"), city="Évry")
    make_store(session, name="Bar", pickup_methods=("counter",), city="Paris")

    assert names(client.get("/v1/stores?pickup_method=drive_through")) == ["Lane"]
    assert names(client.get("/v1/stores?city=ÉVRY")) == ["Lane"]
    assert names(client.get("/v1/stores?city=Évry&pickup_method=curbside")) == []


def test_a_circle_over_the_antimeridian_holds_both_its_sides(client: FlaskClient, session: Session) -> None:
    make_store(session, name="Fiji", latitude=-16.8, longitude=179.95)
    make_store(session, name="Beyond", latitude=-16.8, longitude=-179.95)

    assert names(client.get("/v1/stores?near=-16.8,179.99&sort=name")) == ["Beyond", "Fiji"]
    assert names(client.get("/v1/stores?near=-16.8,-180&sort=name")) == ["Beyond", "Fiji"]


def test_a_circle_over_a_pole_holds_every_longitude(client: FlaskClient, session: Session) -> None:
    make_store(session, name="Ice", latitude=89.95, longitude=120.0)

    assert names(client.get("/v1/stores?near=90,0")) == ["Ice"]
    assert names(client.get("/v1/stores?near=89.99,-60")) == ["Ice"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("near=91,0", "near"),
        ("near=0,181", "near"),
        ("near=nan,nan", "near"),
        ("near=inf,0", "near"),
        ("near=1e1,0", "near"),
        ("near=40.7", "near"),
        ("near=40.7,-73.9,3", "near"),
        ("near=٤٠,٧", "near"),
        ("near=", "near"),
        ("near=40,0%00", "near"),
        ("sort=distance", "near"),
        ("sort=popularity", "sort"),
        ("near=1,1&radius_km=nan", "radius_km"),
        ("near=1,1&radius_km=0", "radius_km"),
        ("near=1,1&radius_km=501", "radius_km"),
        ("open=yesterday", "open"),
        ("open=1999-01-01T00:00:00Z", "open"),
        ("open=2026-03-02T17:00:00", "open"),
        ("pickup_method=drone", "pickup_method"),
        ("city=%00", "city"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=AAAA", "cursor"),
        ("cursor=WyJhXHUwMDAwIiwiMDE5YWM1YTAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAwIl0", "cursor"),
        ("near=1,1&cursor=WyJhIiwiMDE5YWM1YTAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAwIl0", "cursor"),
        ("colour=red", "colour"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(client: FlaskClient, query: str, field: str) -> None:
    answer = client.get(f"/v1/stores?{query}")

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert list(answer.json["errors"]) == [field]


latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)


@given(latitudes, longitudes, latitudes, longitudes, st.floats(100, 500_000))
def test_a_point_within_the_radius_is_in_a_box(
    latitude: float, longitude: float, there_latitude: float, there_longitude: float, radius_m: float
) -> None:
    # Pull the other point near, so that many examples lie within the radius.
    there_latitude = max(-90.0, min(90.0, latitude + (there_latitude - latitude) / 40))
    there_longitude = (longitude + (there_longitude - longitude) / 40 + 180) % 360 - 180
    if distance_m(latitude, longitude, there_latitude, there_longitude) <= radius_m - 1:
        assert any(
            box.south <= there_latitude <= box.north and box.west <= there_longitude <= box.east
            for box in boxes_around(latitude, longitude, radius_m)
        )
