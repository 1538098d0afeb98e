"""The demo chain: flask seed, flask demo accounts."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import clock
from service.accounts.models import Person
from service.db import Base
from service.demo.actions import open_screens
from service.demo.chain import PEOPLE, STORES, TOLD, TOLD_MOMENTS
from service.demo.menu import COUNTED_SKU, MENU, SOLD_OUT_SKU
from service.http.edge import Edge
from service.menu import queries as menu_queries
from service.menu.rules import LineRequest, resolve_line
from service.notifications.queries import live_subscriptions
from service.preferences import queries as preferences
from service.stores import queries as store_queries

from ..conftest import KEPT

Run = Callable[..., Result]


@pytest.fixture
def run(app: Edge) -> Run:
    def run_command(*arguments: str) -> Result:
        return app.test_cli_runner().invoke(args=list(arguments))

    return run_command


def _rows(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, in any order."""
    session.rollback()  # look at what is there now
    tables = [table for table in Base.metadata.sorted_tables if table.name not in KEPT]
    rows = {table.name: sorted((tuple(row) for row in session.execute(sa.select(table))), key=repr) for table in tables}
    session.rollback()  # let go of the one write lock of SQLite
    return rows


def test_one_customer_has_said_that_she_is_told_and_where(session: Session, run: Run) -> None:
    run("seed")

    (maya,) = session.scalars(sa.select(Person.id).where(Person.email == TOLD))
    spoken = preferences.said_by(session, customer_id=maya).of("notifications")
    assert spoken is not None
    assert {each["moment"] for each in spoken.value["moments"]} == set(TOLD_MOMENTS)
    assert len(live_subscriptions(session, maya, now=clock.now())) == 1


def test_loading_the_demo_twice_changes_nothing(session: Session, run: Run) -> None:
    first = run("seed")
    before = _rows(session)

    again = run("seed")

    assert (first.exit_code, again.exit_code) == (0, 0), (first, again)
    assert f"{len(STORES)} stores, {len(PEOPLE)} people" in first.output
    assert "0 stores, 0 people and 0 parts of the menu" in again.output
    assert _rows(session) == before


def test_what_people_changed_stays_when_the_demo_is_loaded_again(session: Session, run: Run, app: Edge) -> None:
    run("seed")
    with app.database.writing.begin() as other:
        other.execute(sa.text("UPDATE stores SET hours = 'Mo-Su 10:00-11:00', version = version + 1"))
        other.execute(sa.text("UPDATE menu_stock SET units_left = 3"))
    before = _rows(session)

    run("seed")

    assert _rows(session) == before


def test_every_sign_in_of_the_demo_works_and_says_who_it_is(run: Run, client: FlaskClient) -> None:
    run("seed")
    listed = json.loads(run("demo", "accounts", "--json").output)

    assert {account["role"] for account in listed["accounts"]} == {"operator", "manager", "barista", "customer"}
    for account in listed["accounts"]:
        signed_in = client.post("/v1/sessions", json={name: account[name] for name in ("email", "password")})
        assert signed_in.status_code == 201, account["email"]
        headers = {"Authorization": f"Bearer {signed_in.json['access_token']}"}
        me = client.get("/v1/me", headers=headers).json
        assert me["is_operator"] is (account["role"] == "operator")
        assert [entry["store_id"] for entry in me["memberships"]] == account["store_ids"]


def test_every_item_can_be_ordered_as_it_comes_in_every_store(session: Session, run: Run) -> None:
    run("seed")
    ids = store_queries.stores_by_number(session, numbers=[store.number for store in STORES])

    assert len(ids) == len(STORES)
    for number, store_id in ids.items():
        store = store_queries.store_facts(session, store_id)
        menu = menu_queries.menu_of(session, store)
        assert {item.sku for item in menu.items.values()} == {item.sku for item in MENU.items}
        for item in menu.items.values():
            if item.available_hours is None and not item.is_sold_out:
                line = resolve_line(
                    menu,
                    LineRequest(item_id=item.id, size_id=None, quantity=1, modifiers=()),
                    at=clock.now(),
                    timezone=store.timezone,
                    country=store.country,
                )
                assert line.unit_price_minor > 0
                assert set(line.work) <= set(store.stations), (number, item.sku)


def test_one_item_is_sold_out_and_one_is_counted(session: Session, run: Run) -> None:
    run("seed")
    ids = store_queries.stores_by_number(session, numbers=["CL-001", "CL-101"])
    pier, foundry = (
        {
            item.sku: item
            for item in menu_queries.menu_of(session, store_queries.store_facts(session, ids[n])).items.values()
        }
        for n in ("CL-001", "CL-101")
    )

    assert (pier[SOLD_OUT_SKU].is_sold_out, foundry[SOLD_OUT_SKU].is_sold_out) == (True, False)
    assert (pier[COUNTED_SKU].counted_stock, foundry[COUNTED_SKU].counted_stock) == (True, True)


def test_without_the_demo_there_are_no_sign_ins_to_list(run: Run) -> None:
    listed = run("demo", "accounts", "--json")

    assert listed.exit_code == 1
    assert "not loaded yet" in listed.output


def test_the_stores_are_in_three_time_zones_and_one_never_closes() -> None:
    assert len({store.timezone for store in STORES}) >= 3
    assert len({store.currency for store in STORES}) >= 3
    assert "24/7" in {store.hours for store in STORES}


def test_the_public_passwords_need_the_demo_setting(run: Run, app: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = app.extensions["sayso.settings"]
    monkeypatch.setitem(app.extensions, "sayso.settings", _without_demo(settings))

    refused = run("seed")

    assert refused.exit_code == 1
    assert "DEMO=1" in refused.output


def _without_demo(settings: object) -> object:
    return dataclasses.replace(settings, demo=False)  # type: ignore[type-var]


def test_the_screens_of_the_first_store_are_there_and_an_older_board_link_ends(
    client: FlaskClient, app: Edge, run: Run
) -> None:
    run("seed")
    with app.database.writing.begin() as session:
        earlier = open_screens(session, now=clock.now())
        now = open_screens(session, now=clock.now())

    assert client.get(now.queue_path).status_code == 200
    assert client.get(now.board_path.split("#")[0]).status_code == 200
    tokens = [screens.board_path.split("#")[1] for screens in (earlier, now)]
    answers = [client.get("/v1/board", headers={"Board-Token": token}).status_code for token in tokens]
    assert answers == [404, 200]
