"""GET /v1/stores/{store_id}."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.stores import actions

from ..factories import make_store

OPEN = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # noon in New York
CLOSED = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)  # 20:00


def test_anyone_sees_a_store_and_that_it_takes_orders(client: FlaskClient, session: Session) -> None:
    store = make_store(session, hours="08:00-18:00", exceptions={date(2026, 12, 25): "off"})

    with time_machine.travel(OPEN, tick=False):
        answer = client.get(f"/v1/stores/{store.id}")

    assert answer.status_code == 200
    assert answer.json["number"] == store.number
    assert answer.json["exceptions"] == [{"on_date": "2026-12-25", "hours": "off"}]
    assert answer.json["tax_rates"] == {"standard": 825}
    assert answer.json["availability"] == {
        "takes_orders": True,
        "reason": None,
        "is_open": True,
        "opens_at": None,
        "closes_at": "2026-03-02T23:00:00Z",
        "resumes_at": None,
    }


def test_the_etag_stands_while_the_page_says_the_same_and_changes_when_it_says_otherwise(
    client: FlaskClient, session: Session
) -> None:
    store = make_store(session, hours="08:00-18:00")
    with time_machine.travel(OPEN, tick=False) as clock:
        etag = client.get(f"/v1/stores/{store.id}").headers["ETag"]
        clock.shift(60)
        assert client.get(f"/v1/stores/{store.id}", headers={"If-None-Match": etag}).status_code == 304
        clock.move_to(CLOSED)
        after_closing = client.get(f"/v1/stores/{store.id}", headers={"If-None-Match": etag})
        assert after_closing.status_code == 200
        assert after_closing.json["availability"]["reason"] == "closed"
        assert after_closing.json["availability"]["opens_at"] == "2026-03-03T13:00:00Z"
        clock.move_to(OPEN)
        actions.pause_ordering(session, store_id=store.id, until=None, reason=None, now=OPEN)
        session.commit()
        assert client.get(f"/v1/stores/{store.id}", headers={"If-None-Match": etag}).status_code == 200


def test_so_close_to_closing_that_nothing_can_be_made_the_store_takes_no_orders(
    client: FlaskClient, session: Session
) -> None:
    store = make_store(session, hours="08:00-18:00", lead_minutes=10, cutoff_minutes=15)

    with time_machine.travel(datetime(2026, 3, 2, 22, 36, tzinfo=UTC), tick=False):
        says = client.get(f"/v1/stores/{store.id}").json["availability"]

    assert (says["takes_orders"], says["reason"], says["is_open"]) == (False, "past_cutoff", True)


def test_a_store_that_is_not_there_is_404(client: FlaskClient) -> None:
    answer = client.get(f"/v1/stores/{uuid4()}")

    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
