"""GET|POST /v1/me/payment-methods, the default, and removing one: tokens only, and the customer's own choice."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import create_app
from service.http.edge import Edge
from service.http.limits import limiter
from service.payments.models import MOST_METHODS, PaymentMethod
from tests.conftest import settings_for
from tests.factories import make_customer, make_guest, sign_in_as

from .till import Till

PATH = "/v1/me/payment-methods"


def test_a_token_is_kept_as_its_provider_describes_it(till: Till, client: FlaskClient) -> None:
    added = till.add("sandbox_mastercard")

    assert added.status_code == 201
    assert (added.json["brand"], added.json["last4"], added.json["is_default"]) == ("mastercard", "4444", False)
    assert client.get(PATH, headers=till.headers).json["data"] == [added.json]
    assert "sandbox_mastercard" not in added.text


def test_adding_the_same_again_changes_nothing(till: Till, client: FlaskClient) -> None:
    assert till.add().json == till.add().json
    assert len(client.get(PATH, headers=till.headers).json["data"]) == 1


def test_a_guest_may_pay_by_card(app: Edge, session: Session, client: FlaskClient) -> None:
    guest = sign_in_as(app, make_guest(session))

    assert client.post(PATH, json={"token": "sandbox_visa"}, headers=guest).status_code == 201


def test_there_is_no_default_until_the_customer_chooses_one_and_none_once_it_is_gone(
    till: Till, client: FlaskClient
) -> None:
    first, second = till.add().json["id"], till.add("sandbox_mastercard").json["id"]

    def default() -> list[str]:
        return [each["id"] for each in client.get(PATH, headers=till.headers).json["data"] if each["is_default"]]

    assert default() == []
    assert till.add("sandbox_visa", is_default=True).json["id"] == first
    assert default() == [first]
    chosen = client.put(f"{PATH}/default", json={"method_id": second}, headers=till.headers)
    assert chosen.status_code == 200
    assert default() == [second]
    client.put(f"{PATH}/default", json={"method_id": None}, headers=till.headers)
    assert default() == []
    client.put(f"{PATH}/default", json={"method_id": second}, headers=till.headers)
    assert client.delete(f"{PATH}/{second}", headers=till.headers).status_code == 204
    assert default() == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"token": "4242424242424242"}, "token"),
        ({"token": "4242 4242-4242 4242"}, "token"),
        ({"token": "my card is 5555555555554444, thanks"}, "token"),
        ({"token": "sandbox_visa", "card": {"number": 4242424242424242}}, "card.number"),
        ({"token": "sandbox_visa", "cards": ["378282246310005"]}, "cards.0"),
        ({"token": "sandbox_visa", "4242424242424242": 1}, "body"),
        ({"token": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"}, "token"),
    ],
)
def test_a_card_number_anywhere_is_refused_and_never_logged_or_kept(
    till: Till,
    client: FlaskClient,
    session: Session,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    body: object,
    field: str,
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = client.post(PATH, json=body, headers=till.headers)

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/card-number-sent")
    assert list(answer.json["errors"]) == [field]
    logged = caplog.text + "".join(capsys.readouterr())
    for text in (answer.text, logged):
        assert not any(number in text for number in ("4242", "4444", "0005", "٤٢٤٢"))
    assert session.query(PaymentMethod).count() == 0


def test_an_unknown_token_is_refused_by_its_field(till: Till) -> None:
    answer = till.add("sandbox_none")

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/payment-method-refused")
    assert answer.json["reason"] == "no_such_card"


def test_a_customer_keeps_so_many_at_most(till: Till, session: Session) -> None:
    till.add()
    kept = session.query(PaymentMethod).one()
    for number in range(2, MOST_METHODS + 1):
        values = {column.name: getattr(kept, column.name) for column in PaymentMethod.__table__.columns}
        session.add(PaymentMethod(**values | {"id": uuid4(), "number": number, "token": f"sandbox_{number}"}))
    session.commit()

    answer = till.add("sandbox_mastercard")

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/too-many-payment-methods")


def test_another_customers_method_does_not_exist(till: Till, app: Edge, session: Session, client: FlaskClient) -> None:
    method_id = till.add().json["id"]
    other = sign_in_as(app, make_customer(session))

    assert client.get(PATH, headers=other).json["data"] == []
    assert client.delete(f"{PATH}/{method_id}", headers=other).status_code == 404
    assert client.put(f"{PATH}/default", json={"method_id": method_id}, headers=other).status_code == 404
    assert client.delete(f"{PATH}/{method_id}", headers=till.headers).status_code == 204
    assert client.delete(f"{PATH}/{method_id}", headers=till.headers).status_code == 404


@pytest.fixture
def limited(database_url: str, app: Edge, tmp_path: Path) -> Iterator[FlaskClient]:
    """A client of an application that limits, on the same database."""
    settings = settings_for(database_url, tmp_path, RATE_LIMITS=1, CARD_LIMIT="3/minute", GUEST_CARD_LIMIT="4/minute")
    usual = limiter.enabled  # the limiter is one for all applications of a process
    limiting = create_app(settings)
    yield limiting.test_client()
    limiter.reset()
    limiter.enabled = usual
    limiting.database.dispose()


def tried(client: FlaskClient, headers: dict[str, str], times: int, address: str = "198.51.100.1") -> list[int]:
    """Try to add so many cards; return what each was answered."""
    answers = (
        client.post(
            PATH, json={"token": f"stolen_{number}"}, headers=headers, environ_base={"REMOTE_ADDR": address}
        ).status_code
        for number in range(times)
    )
    return list(answers)


def test_who_tries_out_cards_is_stopped_and_others_are_not(
    limited: FlaskClient, till: Till, app: Edge, session: Session
) -> None:
    assert tried(limited, till.headers, 4) == [422, 422, 422, 429]
    assert tried(limited, till.headers, 1, "203.0.113.9") == [429]
    assert limited.get(PATH, headers=till.headers).status_code == 200
    assert tried(limited, sign_in_as(app, make_customer(session)), 3) == [422] * 3


def test_guests_of_an_address_try_out_cards_together(limited: FlaskClient, app: Edge, session: Session) -> None:
    guests = [sign_in_as(app, make_guest(session)) for _ in range(3)]
    assert [tried(limited, guest, 2) for guest in guests] == [[422, 422], [422, 422], [429, 429]]
    assert tried(limited, guests[2], 1, "203.0.113.9") == [422]
    assert tried(limited, sign_in_as(app, make_customer(session)), 3) == [422] * 3


def test_without_limits_nobody_is_stopped(till: Till, client: FlaskClient) -> None:
    """The control."""
    assert tried(client, till.headers, 12) == [422] * 12


def test_anonymous_callers_have_no_methods(client: FlaskClient) -> None:
    for answer in (client.get(PATH), client.post(PATH, json={}), client.delete(f"{PATH}/{uuid4()}")):
        assert answer.status_code == 401


def test_a_removed_method_is_forgotten_by_its_provider_once_nothing_is_paid_with_it(
    till: Till, client: FlaskClient, session: Session
) -> None:
    payment_id = till.begin()
    kept = session.query(PaymentMethod).one()
    session.commit()  # on SQLite nobody writes while it holds its turn
    client.delete(f"{PATH}/{kept.id}", headers=till.headers)

    till.drive(payment_id)
    till.reconcile()

    assert till.state(payment_id) == ("captured", 1_250, 0)
    session.refresh(kept)
    assert kept.detached_at == till.now
    session.commit()
    again = till.add()
    assert (again.status_code, again.json["id"] != str(kept.id)) == (201, True)
