"""Counted stock: PUT and DELETE /v1/stores/{store_id}/stock/{item_id}, claims and releases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.events import OutboxRow
from service.http.edge import Edge
from service.menu import actions, queries
from service.menu.errors import SoldOut
from service.menu.models import StockCount

from ..factories import NOW, make_customer, make_menu, make_staff, make_store, sign_in_as


def _left(session: Session, store: Any, item_id: UUID) -> int | None:
    statement = sa.select(StockCount.units_left).filter_by(store_id=store.id, item_id=item_id)
    return session.execute(statement).scalar()


def _count(session: Session, store: Any, item_id: UUID, left: int) -> None:
    actions.count_stock(session, store_id=store.id, item_id=item_id, left=left, now=NOW)
    session.commit()


def test_staff_count_an_item_and_stop_counting_it(session: Session, app: Edge, client: FlaskClient) -> None:
    small, store = make_menu(session), make_store(session)
    barista = sign_in_as(app, make_staff(session, store.id))
    path, menu = f"/v1/stores/{store.id}/stock/{small.croissant}", f"/v1/stores/{store.id}/menu"

    counted = client.put(path, json={"left": 0}, headers=barista)

    assert (counted.status_code, counted.json) == (200, {"item_id": str(small.croissant), "left": 0})
    assert client.get(menu).json["items"][1]["availability"]["reason"] == "sold_out"
    assert client.put(path, json={"left": 3}, headers=barista).json["left"] == 3
    assert client.get(menu).json["items"][1]["availability"]["is_available"]
    for _ in range(2):
        assert client.delete(path, headers=barista).status_code == 204
    assert _left(session, store, small.croissant) is None


def test_only_the_store_s_staff_may_count(session: Session, app: Edge, client: FlaskClient) -> None:
    small, here, there = make_menu(session), make_store(session), make_store(session)
    path = f"/v1/stores/{here.id}/stock/{small.croissant}"
    elsewhere = sign_in_as(app, make_staff(session, there.id))
    customer = sign_in_as(app, make_customer(session))

    assert client.put(path, json={"left": 1}).status_code == client.delete(path).status_code == 401
    for who in (elsewhere, customer):
        assert client.put(path, json={"left": 1}, headers=who).status_code == 403
        assert client.delete(path, headers=who).status_code == 403


@pytest.mark.parametrize("left", [-1, 1.5, "three", 2**62, None])
def test_a_count_that_is_none_is_refused(session: Session, app: Edge, client: FlaskClient, left: Any) -> None:
    small, store = make_menu(session), make_store(session)
    barista = sign_in_as(app, make_staff(session, store.id))

    answer = client.put(f"/v1/stores/{store.id}/stock/{small.croissant}", json={"left": left}, headers=barista)

    assert answer.status_code in (400, 422)
    assert client.put(f"/v1/stores/{store.id}/stock/{uuid4()}", json={"left": 1}, headers=barista).status_code == 404


def test_a_claim_takes_from_what_is_counted_and_leaves_the_rest_alone(session: Session) -> None:
    small, store = make_menu(session), make_store(session)
    _count(session, store, small.croissant, 3)
    version = queries.version(session, store_id=store.id)

    actions.claim_stock(session, store_id=store.id, quantities={small.croissant: 2, small.americano: 9}, now=NOW)

    assert _left(session, store, small.croissant) == 1
    assert queries.version(session, store_id=store.id) == version


def test_the_last_claim_sells_out_on_the_menu_and_a_release_brings_it_back(session: Session) -> None:
    small, store = make_menu(session), make_store(session)
    _count(session, store, small.croissant, 2)
    version = queries.version(session, store_id=store.id)

    actions.claim_stock(session, store_id=store.id, quantities={small.croissant: 2}, now=NOW)
    sold_out = queries.version(session, store_id=store.id)
    actions.release_stock(session, store_id=store.id, quantities={small.croissant: 2}, now=NOW)

    assert version < sold_out < queries.version(session, store_id=store.id)
    assert _left(session, store, small.croissant) == 2
    assert session.scalars(sa.select(OutboxRow.name)).all() == ["StockRanOut"]


def test_everything_that_is_short_is_named(session: Session) -> None:
    small, store = make_menu(session), make_store(session)
    _count(session, store, small.croissant, 1)
    _count(session, store, small.americano, 1)

    with pytest.raises(SoldOut) as refused:
        actions.claim_stock(session, store_id=store.id, quantities={small.croissant: 2, small.americano: 2}, now=NOW)

    assert set(refused.value.item_ids) == {small.croissant, small.americano}


def test_the_table_itself_refuses_to_oversell(session: Session) -> None:
    small, store = make_menu(session), make_store(session)
    _count(session, store, small.croissant, 1)

    with pytest.raises(sa.exc.IntegrityError, match="never_oversold"):
        session.execute(sa.update(StockCount).values(units_left=StockCount.units_left - 2))


def test_of_a_hundred_claims_of_the_last_unit_one_gets_it(session: Session, app: Edge) -> None:
    small, store = make_menu(session), make_store(session)
    _count(session, store, small.croissant, 1)

    def claim(session: Session) -> None:
        actions.claim_stock(session, store_id=store.id, quantities={small.croissant: 1}, now=NOW)

    assert _race(app, claim, 100) == 1
    assert _left(session, store, small.croissant) == 0


def test_control_reading_first_and_writing_after_oversells(session: Session, app: Edge) -> None:
    """The race above proves something: the same race without the conditional update hands out more than one."""
    small, store = make_menu(session), make_store(session)
    _count(session, store, small.croissant, 1)
    both_have_read = Barrier(2, timeout=10)

    def naive(session: Session) -> None:
        # In a reading transaction, so that SQLite's writers don't take turns already.
        with app.database.reading() as reading:
            left = _left(reading, store, small.croissant)
        both_have_read.wait()
        if not left:
            raise SoldOut([small.croissant])
        session.execute(sa.update(StockCount).values(units_left=left - 1))

    assert _race(app, naive, 2) == 2


def _race(app: Edge, claim: Callable[[Session], None], runners: int) -> int:
    """Run the claim in as many transactions at once, committing each; return how many got through."""
    together = Barrier(min(runners, 20))

    def run(number: int) -> bool:
        if number < 20:
            together.wait(10)
        with app.database.writing() as session:
            try:
                claim(session)
                session.commit()
            except SoldOut:
                return False
            return True

    with ThreadPoolExecutor(min(runners, 20)) as pool:
        return sum(pool.map(run, range(runners)))
