"""GET /v1/stores/{store_id}/staff, PUT and DELETE /v1/stores/{store_id}/staff/{person_id}."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.accounts.models import StaffMembership
from service.db import new_id
from service.events import OutboxRow
from service.http.edge import Edge
from tests.factories import make_customer, make_guest, make_operator, make_staff, sign_in_as

STORE, ELSEWHERE = new_id(), new_id()


def _path(person: Any = None, store_id: Any = STORE) -> str:
    return f"/v1/stores/{store_id}/staff" + (f"/{person.id}" if person is not None else "")


@pytest.fixture
def manager(app: Edge, session: Session) -> dict[str, str]:
    return sign_in_as(app, make_staff(session, STORE, "manager"))


def test_a_manager_grants_a_role_and_it_holds_at_once(
    app: Edge, client: FlaskClient, session: Session, jane: Any, manager: dict[str, str]
) -> None:
    headers = sign_in_as(app, jane)
    assert client.get(_path(), headers=headers).status_code == 403

    answer = client.put(_path(jane), json={"role": "manager"}, headers=manager)

    assert answer.status_code == 200
    assert (answer.json["person_id"], answer.json["role"], answer.json["name"]) == (str(jane.id), "manager", "Jane")
    assert client.get(_path(), headers=headers).status_code == 200


def test_an_operator_appoints_the_first_manager(app: Edge, client: FlaskClient, session: Session, jane: Any) -> None:
    operator = sign_in_as(app, make_operator(session))

    assert client.put(_path(jane), json={"role": "manager"}, headers=operator).status_code == 200


def test_a_role_replaces_the_one_before_and_a_repeat_changes_nothing(
    client: FlaskClient, session: Session, jane: Any, manager: dict[str, str]
) -> None:
    client.put(_path(jane), json={"role": "barista"}, headers=manager)
    first = client.put(_path(jane), json={"role": "front_desk"}, headers=manager)
    again = client.put(_path(jane), json={"role": "front_desk"}, headers=manager)

    assert first.data == again.data
    roles = sa.select(StaffMembership.role).where(StaffMembership.person_id == jane.id)
    assert session.scalars(roles).all() == ["front_desk"]
    changes = sa.select(OutboxRow.payload).where(OutboxRow.name == "StaffRoleChanged").order_by(OutboxRow.seq)
    facts = session.scalars(changes).all()
    assert [fact["role"] for fact in facts] == ["barista", "front_desk"]


def test_a_revoked_role_ends_at_once(app: Edge, client: FlaskClient, session: Session, manager: dict[str, str]) -> None:
    other = make_staff(session, STORE, "manager")
    headers = sign_in_as(app, other)
    assert client.get(_path(), headers=headers).status_code == 200

    assert client.delete(_path(other), headers=manager).status_code == 204

    assert client.get(_path(), headers=headers).status_code == 403
    assert client.delete(_path(other), headers=manager).status_code == 404


def test_staff_are_listed_by_pages(client: FlaskClient, session: Session, manager: dict[str, str]) -> None:
    people = [make_staff(session, STORE, name=f"Barista {number}") for number in range(3)]
    make_staff(session, ELSEWHERE)

    first = client.get(f"{_path()}?limit=2", headers=manager).json
    rest = client.get(f"{_path()}?limit=2&cursor={first['next_cursor']}", headers=manager).json

    listed = [member["person_id"] for member in first["data"] + rest["data"]]
    assert listed[1:] == [str(person.id) for person in people]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("role", ["operator", "owner", "", None, 1])
def test_there_is_no_role_above_manager_to_grant(
    client: FlaskClient, jane: Any, manager: dict[str, str], role: Any
) -> None:
    answer = client.put(_path(jane), json={"role": role}, headers=manager)

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["role"])


def test_only_someone_with_an_account_can_work_somewhere(
    client: FlaskClient, session: Session, manager: dict[str, str]
) -> None:
    guest = make_guest(session)

    assert client.put(_path(guest), json={"role": "barista"}, headers=manager).status_code == 404
    nobody = f"{_path()}/{new_id()}"
    assert client.put(nobody, json={"role": "barista"}, headers=manager).status_code == 404
    assert client.delete(nobody, headers=manager).status_code == 404


@pytest.mark.parametrize("who", ["customer", "guest", "barista here", "manager elsewhere"])
def test_nobody_else_manages_staff(app: Edge, client: FlaskClient, session: Session, jane: Any, who: str) -> None:
    person = {
        "customer": lambda: make_customer(session),
        "guest": lambda: make_guest(session),
        "barista here": lambda: make_staff(session, STORE, "barista"),
        "manager elsewhere": lambda: make_staff(session, ELSEWHERE, "manager"),
    }[who]()
    headers = sign_in_as(app, person)

    assert client.get(_path(), headers=headers).status_code == 403
    assert client.put(_path(jane), json={"role": "barista"}, headers=headers).status_code == 403
    assert client.delete(_path(jane), headers=headers).status_code == 403


def test_grants_at_once_leave_one_role(app: Edge, session: Session, jane: Any, manager: dict[str, str]) -> None:
    start, statuses = Barrier(6), []

    def grant(role: str) -> None:
        start.wait()
        statuses.append(app.test_client().put(_path(jane), json={"role": role}, headers=manager).status_code)

    threads = [Thread(target=grant, args=[role]) for role in ("barista", "front_desk", "manager") * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 6
    theirs = sa.select(sa.func.count()).where(StaffMembership.person_id == jane.id)
    assert session.scalar(theirs) == 1
