"""PUT /v1/stores/{store_id}/walk-in-share."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import events
from service.stores import queries

from ..factories import make_store
from .conftest import SignIn


def test_a_manager_says_it_once_and_the_store_shows_it(client: FlaskClient, session: Session, sign_in: SignIn) -> None:
    store = make_store(session)
    headers = sign_in(role="manager", store_id=store.id)
    url = f"/v1/stores/{store.id}"

    answers = [client.put(f"{url}/walk-in-share", json={"percent": 30}, headers=headers) for _ in range(2)]

    assert [(answer.status_code, answer.json) for answer in answers] == [(200, {"percent": 30})] * 2
    assert client.get(url).json["walk_in_percent"] == 30
    assert queries.store_facts(session, store.id).version == 2
    session.rollback()
    assert [row.name for row in events.recorded_about(session, [store.id], after=0)] == ["WalkInShareChanged"]


@pytest.mark.parametrize("body", [{}, {"percent": -1}, {"percent": 91}, {"percent": 1.5}, {"percent": None}])
def test_a_wrong_share_is_refused(client: FlaskClient, session: Session, sign_in: SignIn, body: dict[str, Any]) -> None:
    store = make_store(session)
    headers = sign_in(role="manager", store_id=store.id)

    answer = client.put(f"/v1/stores/{store.id}/walk-in-share", json=body, headers=headers)

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["percent"])


def test_only_the_stores_own_managers_may(client: FlaskClient, session: Session, sign_in: SignIn) -> None:
    store, other = make_store(session), make_store(session)
    url, body = f"/v1/stores/{store.id}/walk-in-share", {"percent": 5}

    assert client.put(url, json=body).status_code == 401
    assert client.put(url, json=body, headers=sign_in()).status_code == 403
    assert client.put(url, json=body, headers=sign_in(role="barista", store_id=store.id)).status_code == 403
    assert client.put(url, json=body, headers=sign_in(role="manager", store_id=other.id)).status_code == 403
    nowhere = f"/v1/stores/{uuid4()}/walk-in-share"
    assert client.put(nowhere, json=body, headers=sign_in(is_operator=True)).status_code == 404
