"""PUT and DELETE /v1/stores/{store_id}/pause."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service import events
from service.stores import queries
from service.stores.models import Store

from ..factories import make_store
from .conftest import SignIn


def facts_about(session: Session, store: Store) -> list[str]:
    session.rollback()
    return [row.name for row in events.recorded_about(session, [store.id], after=0)]


@pytest.mark.parametrize("role", ["barista", "manager"])
def test_staff_pause_the_store_and_take_orders_again(
    client: FlaskClient, session: Session, sign_in: SignIn, role: str
) -> None:
    store = make_store(session)
    headers = sign_in(role=role, store_id=store.id)

    paused = client.put(f"/v1/stores/{store.id}/pause", json={"reason": "The bar is flooded"}, headers=headers)

    assert (paused.status_code, paused.json) == (200, {"until": None, "reason": "The bar is flooded"})
    assert paused.headers["ETag"] == '"2"'
    says = client.get(f"/v1/stores/{store.id}").json["availability"]
    assert (says["takes_orders"], says["reason"], says["is_open"]) == (False, "paused", True)

    assert client.delete(f"/v1/stores/{store.id}/pause", headers=headers).status_code == 204
    assert client.get(f"/v1/stores/{store.id}").json["availability"]["takes_orders"] is True
    assert facts_about(session, store) == ["OrderingPaused", "OrderingResumed"]


def test_repeating_a_pause_or_its_end_changes_nothing(client: FlaskClient, session: Session, sign_in: SignIn) -> None:
    store = make_store(session)
    headers = sign_in(role="barista", store_id=store.id)
    until = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0).isoformat()

    tags = [
        client.put(f"/v1/stores/{store.id}/pause", json={"until": until}, headers=headers).headers["ETag"]
        for _ in range(2)
    ]
    for _ in range(2):
        assert client.delete(f"/v1/stores/{store.id}/pause", headers=headers).status_code == 204

    assert tags == ['"2"', '"2"']
    assert facts_about(session, store) == ["OrderingPaused", "OrderingResumed"]
    assert queries.store_facts(session, store.id).version == 3


def test_a_pause_that_would_end_before_it_begins_is_refused(
    client: FlaskClient, session: Session, sign_in: SignIn
) -> None:
    store = make_store(session)

    answer = client.put(
        f"/v1/stores/{store.id}/pause",
        json={"until": "2020-01-01T00:00:00Z"},
        headers=sign_in(role="barista", store_id=store.id),
    )

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["until"])
    assert queries.store_facts(session, store.id).version == 1


@pytest.mark.parametrize("method", ["put", "delete"])
def test_only_staff_of_the_store_pause_it(client: FlaskClient, session: Session, sign_in: SignIn, method: str) -> None:
    store, other = make_store(session), make_store(session)
    call = getattr(client, method)
    body = {"json": {}} if method == "put" else {}

    statuses = [
        call(f"/v1/stores/{store.id}/pause", headers=headers, **body).status_code
        for headers in (
            {},
            sign_in(),
            sign_in(role="barista", store_id=other.id),
            sign_in(role="front_desk", store_id=store.id),
            sign_in(is_operator=True),
        )
    ]

    assert statuses == [401, 403, 403, 403, 200 if method == "put" else 204]


def test_pausing_a_store_that_is_not_there_is_404(client: FlaskClient, sign_in: SignIn) -> None:
    answer = client.put(f"/v1/stores/{uuid4()}/pause", json={}, headers=sign_in(is_operator=True))

    assert answer.status_code == 404


def test_the_table_refuses_a_pause_without_a_begin(session: Session) -> None:
    store = make_store(session)

    with pytest.raises(IntegrityError):
        session.execute(sa.update(Store).where(Store.id == store.id).values(pause_reason="why"))
    session.rollback()
