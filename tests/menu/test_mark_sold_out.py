"""PUT and DELETE /v1/stores/{store_id}/sold-out/{kind}/{id}."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.events import OutboxRow
from service.http.edge import Edge

from ..factories import SmallMenu, make_customer, make_menu, make_staff, make_store, sign_in_as


def _path(store: Any, kind: str, subject_id: UUID) -> str:
    return f"/v1/stores/{store.id}/sold-out/{kind}/{subject_id}"


def _facts(session: Session) -> list[str]:
    return list(session.scalars(sa.select(OutboxRow.name).where(OutboxRow.subject == "store").order_by(OutboxRow.seq)))


@pytest.mark.parametrize("kind", ["item", "size", "option"])
def test_a_barista_sells_out_and_takes_it_back(session: Session, app: Edge, client: FlaskClient, kind: str) -> None:
    small, store = make_menu(session), make_store(session)
    barista = sign_in_as(app, make_staff(session, store.id))
    subject_id = {"item": small.croissant, "size": small.tall, "option": small.oat}[kind]
    until = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
    before = client.get(f"/v1/stores/{store.id}/menu").json

    marked = client.put(_path(store, kind, subject_id), json={"until": until.isoformat()}, headers=barista)
    sold_out = client.get(f"/v1/stores/{store.id}/menu").json
    unmarked = client.delete(_path(store, kind, subject_id), headers=barista)
    after = client.get(f"/v1/stores/{store.id}/menu").json

    assert (marked.status_code, unmarked.status_code) == (200, 204)
    assert (marked.json["kind"], marked.json["id"]) == (kind, str(subject_id))
    assert str(sold_out).count("sold_out") == 1
    assert sold_out["valid_until"] == until.isoformat().replace("+00:00", "Z")
    assert (after["items"], after["version"] > before["version"]) == (before["items"], True)
    assert _facts(session) == ["MarkedSoldOut", "MarkedAvailable"]


def test_saying_the_same_again_changes_nothing(session: Session, app: Edge, client: FlaskClient) -> None:
    small, store = make_menu(session), make_store(session)
    barista = sign_in_as(app, make_staff(session, store.id))
    path, menu = _path(store, "item", small.croissant), f"/v1/stores/{store.id}/menu"
    client.put(path, json={}, headers=barista)
    marked = client.get(menu).json["version"]

    again = client.put(path, json={}, headers=barista)

    assert again.status_code == 200
    assert client.get(menu).json["version"] == marked
    assert [client.delete(path, headers=barista).status_code for _ in range(2)] == [204, 204]
    assert client.get(menu).json["version"] == marked + 1


def test_another_until_replaces_the_first(session: Session, app: Edge, client: FlaskClient) -> None:
    small, store = make_menu(session), make_store(session)
    barista = sign_in_as(app, make_staff(session, store.id))
    client.put(_path(store, "item", small.croissant), json={"until": "2099-01-01T00:00:00Z"}, headers=barista)

    answer = client.put(_path(store, "item", small.croissant), json={}, headers=barista)

    assert answer.json["until"] is None
    assert client.get(f"/v1/stores/{store.id}/menu").json["items"][1]["availability"]["until"] is None


def test_only_the_store_s_staff_may(session: Session, app: Edge, client: FlaskClient) -> None:
    small, here, there = make_menu(session), make_store(session), make_store(session)
    path = _path(here, "item", small.croissant)
    elsewhere = sign_in_as(app, make_staff(session, there.id, role="manager"))
    customer = sign_in_as(app, make_customer(session))
    front_desk = sign_in_as(app, make_staff(session, here.id, role="front_desk"))

    assert client.put(path, json={}).status_code == 401
    assert [client.put(path, json={}, headers=who).status_code for who in (elsewhere, customer, front_desk)] == [
        403
    ] * 3
    assert [client.delete(path, headers=who).status_code for who in (elsewhere, customer)] == [403] * 2
    assert client.delete(path).status_code == 401
    assert _facts(session) == []


def test_what_the_menu_does_not_have_can_not_sell_out(session: Session, app: Edge, client: FlaskClient) -> None:
    small: SmallMenu = make_menu(session)
    store = make_store(session)
    manager = sign_in_as(app, make_staff(session, store.id, role="manager"))

    for kind, subject_id in (("item", uuid4()), ("size", small.croissant), ("option", small.tall)):
        assert client.put(_path(store, kind, subject_id), json={}, headers=manager).status_code == 404
        assert client.delete(_path(store, kind, subject_id), headers=manager).status_code == 404
    assert client.put(_path(store, "group", small.milk), json={}, headers=manager).status_code == 404


@pytest.mark.parametrize("until", ["2020-01-01T00:00:00Z", "soon", 5])
def test_until_must_lie_ahead(session: Session, app: Edge, client: FlaskClient, until: Any) -> None:
    small, store = make_menu(session), make_store(session)
    barista = sign_in_as(app, make_staff(session, store.id))

    answer = client.put(_path(store, "item", small.croissant), json={"until": until}, headers=barista)

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["until"])
