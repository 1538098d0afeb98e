"""Devices that take push: subscribed, listed, ended; each as long as its sign-in lasts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import clock, create_app
from service.accounts.models import Person
from service.config import ConfigError
from service.http.edge import Edge
from service.notifications import actions
from service.notifications.push import PushServices
from service.notifications.push.addresses import ForbiddenAddress, public_address
from service.notifications.rules.devices import MOST_DEVICES, fault_of_endpoint
from tests.conftest import settings_for
from tests.contract.world import World
from tests.factories import make_customer, make_guest, sign_in_as

from .conftest import SUBSCRIPTIONS, Ear

DEVICE = World.PUSH


@pytest.fixture
def jane(session: Session) -> Person:
    return make_customer(session)


def subscribe(app: Edge, headers: dict[str, str], **changes: Any) -> Any:
    """Subscribe the device that is signed in with these headers."""
    return app.test_client().post(SUBSCRIPTIONS, json=DEVICE | changes, headers=headers)


def listed(app: Edge, headers: dict[str, str]) -> list[dict[str, Any]]:
    """Return the devices."""
    found: list[dict[str, Any]] = app.test_client().get(SUBSCRIPTIONS, headers=headers).json["data"]
    return found


def test_a_device_subscribes_with_the_key_that_is_public(app: Edge, client: FlaskClient, jane: Person) -> None:
    headers = sign_in_as(app, jane)
    assert len(client.get("/v1/push-key").json["public_key"]) == 87

    made = subscribe(app, headers, expirationTime=None)

    assert made.status_code == 201
    assert (made.json["push_service"], made.json["is_current"]) == ("push.example.com", True)
    assert "endpoint" not in made.json
    assert listed(app, headers) == [made.json]
    assert client.get(SUBSCRIPTIONS).status_code == 401


def test_a_device_that_subscribes_again_has_one_still(app: Edge, jane: Person) -> None:
    headers = sign_in_as(app, jane)
    subscribe(app, headers)
    subscribe(app, headers, endpoint="https://push.example.com/send/other")

    assert len(listed(app, headers)) == 1


def test_a_browser_that_another_person_signed_in_on_brings_nothing_of_the_first_ones(
    app: Edge, session: Session, jane: Person
) -> None:
    first, second = sign_in_as(app, jane), sign_in_as(app, make_customer(session))
    subscribe(app, first)
    subscribe(app, second)

    assert (listed(app, first), len(listed(app, second))) == ([], 1)


def test_signing_out_ends_push_on_that_device_only(app: Edge, client: FlaskClient, jane: Person) -> None:
    phone, tablet = sign_in_as(app, jane), sign_in_as(app, jane)
    subscribe(app, phone)
    subscribe(app, tablet, endpoint="https://push.example.com/send/tablet")

    assert client.delete("/v1/sessions/current", headers=phone).status_code == 204

    assert [device["is_current"] for device in listed(app, tablet)] == [True]
    with app.database.writing.begin() as session:
        (ended,) = actions.ended_subscriptions(session, now=clock.now())
        assert actions.forget_subscriptions(session, subscription_ids=ended) == 1
        assert actions.ended_subscriptions(session, now=clock.now()) == []
    assert [device["is_current"] for device in listed(app, tablet)] == [True]


def test_a_subscription_is_ended_by_its_owner_only(app: Edge, client: FlaskClient, session: Session) -> None:
    jane, other = sign_in_as(app, make_customer(session)), sign_in_as(app, make_customer(session))
    path = f"{SUBSCRIPTIONS}/{subscribe(app, jane).json['id']}"

    assert client.delete(path, headers=other).status_code == 404
    assert client.delete(path, headers=jane).status_code == 204
    assert client.delete(path, headers=jane).status_code == 404
    assert listed(app, jane) == []


def test_guests_take_push_too(app: Edge, session: Session) -> None:
    assert subscribe(app, sign_in_as(app, make_guest(session))).status_code == 201


def test_there_are_so_many_devices_and_those_signed_out_make_room(app: Edge, client: FlaskClient, jane: Person) -> None:
    devices = [sign_in_as(app, jane) for _ in range(MOST_DEVICES + 1)]
    for number, headers in enumerate(devices[:-1]):
        assert subscribe(app, headers, endpoint=f"https://push.example.com/{number}").status_code == 201
    assert subscribe(app, devices[-1]).json["type"] == "/problems/too-many-devices"

    client.delete("/v1/sessions/current", headers=devices[0])
    assert subscribe(app, devices[-1]).status_code == 201


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.com/send",
        "https://127.0.0.1/send",
        "https://[::1]/send",
        "https://localhost/send",
        "https://push.example.com:8443/send",
        "https://jane:secret@push.example.com/send",
        "https://2130706433/send",
        "https://push.example.com/a b",
        "https://[half",
        "https://push..example.com/send",
        "https://push.example.com./send",
        f"https://{'a' * 64}.example.com/send",
        "https://push.example.1/send",
        "https://push.ex\u00e4mple.com/send",
        "https://evil.example\\@push.example.com/send",
        "not an address",
    ],
)
def test_only_a_push_service_on_the_internet_is_taken(endpoint: str) -> None:
    assert fault_of_endpoint(endpoint) is not None
    assert fault_of_endpoint(DEVICE["endpoint"]) is None


def test_where_or_with_what_nothing_can_be_sent_is_refused_by_field(app: Edge, jane: Person) -> None:
    headers, keys = sign_in_as(app, jane), DEVICE["keys"]
    wrong = {
        "endpoint": {"endpoint": "https://127.0.0.1/send"},
        "keys.p256dh": {"keys": keys | {"p256dh": "B" + "A" * 86}},  # no point on the curve
        "keys.auth": {"keys": keys | {"auth": "AAAA"}},
    }
    for field, changes in wrong.items():
        answer = subscribe(app, headers, **changes)
        assert (answer.status_code, list(answer.json["errors"])) == (422, [field])
    assert listed(app, headers) == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fe80::1",
     "224.0.0.1", "0.0.0.0", "2002:a00:1::", "fec0::1", "::7f00:1", "64:ff9b:1::a00:1", "fc00::1", "ff0e::1"],
)  # fmt: skip
def test_a_name_that_leads_to_a_machine_of_ours_is_not_called(host: str) -> None:
    with pytest.raises(ForbiddenAddress):
        public_address(host, 443)


def test_an_address_of_the_internet_is_called() -> None:
    assert public_address("93.184.216.34", 443) == "93.184.216.34"


def test_without_a_key_push_is_not_offered_and_mail_is(database_url: str, tmp_path: Path, session: Session) -> None:
    app = create_app(settings_for(database_url, tmp_path, DEMO=0))
    headers = sign_in_as(app, make_customer(session))

    assert app.test_client().get("/v1/push-key").json["type"] == "/problems/push-not-offered"
    assert subscribe(app, headers).json["type"] == "/problems/push-not-offered"
    assert app.test_client().get("/demo/push").status_code == 404
    app.database.dispose()


@pytest.mark.parametrize("key", ["short", "A" * 43, "_" * 43])
def test_a_key_that_is_none_ends_the_start(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError, match="VAPID_PRIVATE_KEY"):
        PushServices.from_settings(settings_for("sqlite:///:memory:", tmp_path, VAPID_PRIVATE_KEY=key))


def test_the_page_shows_what_came_and_strangers_can_not_send(ear: Ear) -> None:
    client = ear.app.test_client()
    ear.wants("started", channels=("push",))
    ear.shop.move(ear.shop.placed()["id"], "fired")
    ear.carry()

    page = client.get("/demo/push")
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert ear.pushed()[0]["title"] in page.text
    assert client.post("/demo/push/inbox", data=b"x").status_code == 401
    key = client.get("/v1/push-key").json["public_key"]
    forged = {"Authorization": f"vapid t=a.b.c, k={key}"}
    assert client.post("/demo/push/inbox", data=b"x", headers=forged).status_code == 403
