"""A shop whose customer is told of things, and the push service and mailbox that they come to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service import clock, reactions
from service.http.edge import Edge
from service.notifications.models import Notification
from service.worker import Worker
from tests.orders.shop import Shop
from tests.preferences.voice import Voice

MOMENTS = "/v1/me/preferences/notifications"
SUBSCRIPTIONS = "/v1/me/push-subscriptions"


class PushService(ThreadingHTTPServer):
    """A push service on a port of its own: what it takes goes to the demo's inbox, unless it answers something else."""

    daemon_threads = True

    def __init__(self, app: Edge) -> None:
        self.app, self.answer = app, 201
        self.topics: list[str] = []
        super().__init__(("127.0.0.1", 0), _Taking)


class _Taking(BaseHTTPRequestHandler):
    server: PushService

    def do_POST(self) -> None:
        body, status = self.rfile.read(int(self.headers["Content-Length"])), self.server.answer
        if status == 201:
            taken = self.server.app.test_client().post(self.path, data=body, headers=dict(self.headers))
            status = taken.status_code
        self.server.topics.append(self.headers["Topic"])
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Ear:
    """The shop's customer, what they said they want to hear, and what they heard."""

    def __init__(self, shop: Shop, service: PushService) -> None:
        self.shop, self.service, self.app = shop, service, shop.app
        self.voice = Voice(shop, shop.customer)
        self.at = clock.now()

    def wants(self, *moments: str, channels: tuple[str, ...] = ("push", "mail")) -> None:
        """Say of which moments to be told, and how."""
        said = [{"moment": moment, "channels": list(channels)} for moment in moments]
        answer = self.voice.say("notifications", moments=said)
        assert answer.status_code == 200, answer.text

    def subscribe(self, headers: dict[str, str] | None = None) -> Any:
        """Let push come to the demo's inbox, from the device of the headers."""
        client = self.app.test_client()
        subscription = client.get("/demo/push.json").json["subscription"]
        return client.post(SUBSCRIPTIONS, json=subscription, headers=headers or self.shop.customer)

    def carry(self, at: datetime | None = None) -> None:
        """Let a worker carry all that is due at an instant: now, unless told otherwise."""
        self.at = at or clock.now()
        worker = self.worker()
        while worker.carry(self.at):
            pass

    def worker(self) -> Worker:
        """Return a worker whose clock stands at `at`, and whose push messages go to the service."""
        settings = replace(self.app.extensions["sayso.settings"], port=self.service.server_port)
        return Worker(self.app.database, reactions.outward(settings, self.app.database, now=lambda: self.at))

    def pushed(self) -> list[dict[str, Any]]:
        """Return the messages that the device read, oldest first."""
        found: list[dict[str, Any]] = self.app.test_client().get("/demo/push.json").json["data"]
        return [each["message"] for each in reversed(found)]

    def mailed(self) -> list[dict[str, Any]]:
        """Return the mails that were sent, oldest first."""
        found: list[dict[str, Any]] = self.app.test_client().get("/demo/mail.json").json["data"]
        return found[::-1]

    def heard(self) -> tuple[list[str], list[str]]:
        """Return the titles that came by push and by mail."""
        return [each["title"] for each in self.pushed()], [each["subject"] for each in self.mailed()]

    def notifications(self) -> list[Notification]:
        """Return what was noted."""
        with self.app.database.reading() as session:
            return list(session.scalars(sa.select(Notification).order_by(Notification.id)))


@pytest.fixture
def shop(app: Edge, session: Session) -> Shop:
    """A store with a menu, a customer and a barista."""
    return Shop(app, session)


@pytest.fixture
def service(app: Edge) -> Iterator[PushService]:
    """A push service."""
    app.extensions["sayso.push-inbox"].file.unlink(missing_ok=True)
    with PushService(app) as service:
        thread = Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield service
        service.shutdown()
        thread.join()


@pytest.fixture
def ear(shop: Shop, service: PushService) -> Ear:
    """The shop's customer with a device that takes push."""
    ear = Ear(shop, service)
    assert ear.subscribe().status_code == 201
    return ear


def order_id(order: dict[str, Any]) -> UUID:
    """Return an order's id."""
    return UUID(order["id"])
