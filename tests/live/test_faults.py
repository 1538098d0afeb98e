"""What dies, what is slow, what comes late: nobody misses an event."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from service import clock, events
from service.http.live import tail
from service.http.live.tail import Tail
from service.orders import actions
from service.orders.actions.facts import OrderMoved
from tests.orders.shop import Shop
from tests.serving import LiveProcess, Server

from .reading import Reader, Told, open_stream, request
from .test_hand_over import path_of

Follow = Callable[[str, dict[str, str]], Reader]
pytestmark = pytest.mark.campaign


def test_streams_outlive_the_server(shop: Shop, server: Server, follow: Follow) -> None:
    order = shop.placed()
    stream = follow(path_of(order), shop.customer)
    stream.next()

    server.kill()
    shop.move(order["id"], "fired")
    assert stream.next().data["state"] == "fired"
    server.start()

    assert follow(path_of(order), shop.customer).next().event == "OrderPlaced"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_live_process_ends_and_its_followers_go_on_without_a_loss(
    shop: Shop, server: Server, follow: Follow, number: signal.Signals
) -> None:
    order = shop.placed()
    stream = follow(path_of(order), shop.customer)
    seen = stream.next()

    server.live.end(number)
    assert stream.rest(2) == []
    shop.move(order["id"], "fired")
    server.live.start()
    shop.move(order["id"], "in_preparation")

    again = follow(path_of(order), shop.customer | {"Last-Event-ID": seen.id})
    assert [again.next().data["state"] for _ in range(2)] == ["fired", "in_preparation"]


def test_without_a_live_process_a_thread_writes_until_there_is_one_again(
    shop: Shop, server: Server, follow: Follow
) -> None:
    server.live.end(signal.SIGKILL)
    stream = follow(path_of(shop.placed()), shop.customer)
    assert stream.next().event == "OrderPlaced"

    server.live.start()

    assert stream.rest(3) == []


def test_a_second_live_process_takes_over(
    shop: Shop, server: Server, follow: Follow, environ: dict[str, str], tmp_path: Path
) -> None:
    order = shop.placed()
    stream = follow(path_of(order), shop.customer)
    stream.next()
    second = LiveProcess({**environ, "PORT": str(server.port)}, tmp_path)
    try:
        second.start()

        assert stream.rest(5) == []
        again = follow(path_of(order), shop.customer)
        assert again.next().event == "OrderPlaced"
        server.live.wait()
    finally:
        second.stop()


def test_a_live_process_that_hangs_stops_no_request(shop: Shop, server: Server) -> None:
    path = path_of(shop.placed())
    os.kill(server.live.pid, signal.SIGSTOP)
    try:
        waiting = [socket.create_connection(("127.0.0.1", server.port), 10) for _ in range(40)]
        for connection in waiting:
            connection.sendall(request(path, shop.customer))
        time.sleep(1.5)
        with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.settimeout(8)
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
    finally:
        os.kill(server.live.pid, signal.SIGCONT)
        for connection in waiting:
            connection.close()


class TestSlowReaders:
    EVENTS = 400

    def test_one_that_reads_nothing_is_cut_and_slows_nobody(self, shop: Shop, server: Server, follow: Follow) -> None:
        order = shop.placed()
        slow, quick = _small(server, path_of(order), shop.customer), follow(path_of(order), shop.customer)
        seen = [slow.next()]
        quick.next()
        told = []
        began = time.monotonic()
        for _ in range(self.EVENTS // 20):
            self._record(shop, order["id"], 20)
            told += [quick.next() for _ in range(20)]
        took = time.monotonic() - began
        seen += slow.rest()  # what was on its way when it was cut
        slow.close()
        again = follow(path_of(order), shop.customer | {"Last-Event-ID": seen[-1].id})
        missed = [again.next() for _ in range(self.EVENTS + 1 - len(seen))]

        assert took < 10
        assert 0 < len(missed) < self.EVENTS
        assert [each.id for each in [*seen[1:], *missed]] == [each.id for each in told]

    def _record(self, shop: Shop, order_id: str, count: int) -> None:
        events.record(
            shop.session,
            *(
                OrderMoved(
                    subject_id=UUID(order_id),
                    happened_at=clock.now(),
                    store_id=shop.store.id,
                    state="fired",
                    version=1,
                    from_state="fired",
                    ended=False,
                    reason="x" * 4_000,
                )
                for _ in range(count)
            ),
        )
        shop.session.commit()


def _small(server: Server, path: str, headers: dict[str, str]) -> Reader:
    """Open a stream that takes little before it is read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(request(path, headers))
    return Reader(connection)


class TestOrderOfCommits:
    """A fact whose number is lower may appear later (docs/decisions/0010)."""

    def test_a_fact_that_appears_late_is_told_late_not_never(
        self, shop: Shop, server: Server, follow: Follow, session: Session
    ) -> None:
        told = self._follow(shop, follow)

        assert {each.data["order_id"] for each in told} == {self.slow, self.quick}

    def test_the_control_without_looking_back_it_is_lost(
        self, shop: Shop, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._need_two_writers(shop)
        for awaited, expected in ((0, 0), (1_000, 1)):
            monkeypatch.setattr(tail, "AWAITED", awaited)
            order, other = shop.placed()["id"], shop.place(headers=shop.other).json["id"]
            reading = Tail()
            with shop.app.database.reading() as reader, shop.app.database.writing() as late:
                reading.have_seen(reading.look(reader))
                _fire(shop, late, order)
                _fire(shop, session, other)
                session.commit()
                reading.have_seen(reading.look(reader))
                late.commit()
                assert len(reading.look(reader)) == expected

    def _follow(self, shop: Shop, follow: Follow) -> list[Told]:
        self._need_two_writers(shop)
        self.slow, self.quick = shop.placed()["id"], shop.place(headers=shop.other).json["id"]
        screen = follow(f"/v1/stores/{shop.store.id}/queue/events", shop.barista)
        screen.next("check")
        with shop.app.database.writing() as late:
            _fire(shop, late, self.slow)
            shop.move(self.quick, "fired")
            first = screen.next("ticket")
            late.commit()
        return [first, screen.next("ticket")]

    def _need_two_writers(self, shop: Shop) -> None:
        if not shop.app.database.is_postgresql:
            pytest.skip("writers take turns on SQLite: numbers appear in their order")


def _fire(shop: Shop, session: Session, order_id: str) -> None:
    actions.move_order(
        session,
        order_id=UUID(order_id),
        store_ids=None,
        to="fired",
        reason=None,
        actor_id=shop.store.id,
        now=clock.now(),
    )


def test_many_come_and_go_and_nothing_is_left_open(shop: Shop, server: Server) -> None:
    path = path_of(shop.placed())
    before = len(os.listdir(f"/proc/{server.live.pid}/fd"))
    for _ in range(10):
        opened = [open_stream(server.port, path, shop.customer) for _ in range(20)]
        for each in opened:
            each.next()
            each.close()
    deadline = time.monotonic() + 5
    while (after := len(os.listdir(f"/proc/{server.live.pid}/fd"))) > before + 8 and time.monotonic() < deadline:
        time.sleep(0.1)

    assert after <= before + 8
