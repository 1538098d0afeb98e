"""Streams of the production server: written by the live process, not by a request's thread."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.orders.errand import Errand
from tests.orders.shop import Shop
from tests.serving import Server

from .reading import Reader, open_stream, request

Follow = Callable[[str, dict[str, str]], Reader]


def path_of(order: dict[str, str]) -> str:
    """Return where the order is followed."""
    return f"/v1/orders/{order['id']}/events"


def test_an_order_is_followed_through_its_life_and_the_stream_ends_with_it(shop: Shop, follow: Follow) -> None:
    order = shop.placed()
    stream = follow(path_of(order), shop.customer)

    assert stream.status == 200
    assert "Content-Type: text/event-stream" in stream.head
    assert "X-Request-Id" in stream.head
    assert stream.next().event == "OrderPlaced"
    for to in ("fired", "in_preparation", "ready", "picked_up"):
        moved_at = time.monotonic()
        shop.move(order["id"], to)
        assert stream.next().data["state"] == to
        assert time.monotonic() - moved_at < 1
        if to == "ready":
            assert stream.next().event == "PromiseKept"
    assert stream.rest() == []


def test_a_stream_that_dropped_goes_on_where_it_stopped(shop: Shop, follow: Follow) -> None:
    order = shop.placed()
    first = follow(path_of(order), shop.customer)
    seen = first.next()
    first.close()
    shop.move(order["id"], "fired")
    shop.move(order["id"], "in_preparation")

    again = follow(path_of(order), shop.customer | {"Last-Event-ID": seen.id})

    assert [again.next().data["state"] for _ in range(2)] == ["fired", "in_preparation"]


def test_what_was_committed_elsewhere_without_a_nudge_is_told_within_the_second(
    shop: Shop, server: Server, follow: Follow
) -> None:
    order = shop.placed()
    stream = follow(path_of(order), shop.customer)
    stream.next()
    shop.app.database.on_facts.remove(server.live.nudge)
    moved_at = time.monotonic()
    shop.move(order["id"], "fired")

    assert stream.next().data["state"] == "fired"
    assert time.monotonic() - moved_at < 1
    shop.app.database.on_facts.append(server.live.nudge)


def test_what_is_ended_already_is_replayed_and_closed(shop: Shop, follow: Follow) -> None:
    order = shop.finished()

    told = follow(path_of(order), shop.customer).rest()

    assert [each.data["state"] for each in told][-2:] == ["ready", "picked_up"]


def test_a_gap_is_told_and_what_comes_after_it_too(shop: Shop, follow: Follow) -> None:
    order = shop.placed()
    stream = follow(path_of(order), shop.customer | {"Last-Event-ID": "999999999"})

    assert stream.next().event == "resync"
    shop.move(order["id"], "fired")
    assert stream.next().data["state"] == "fired"


def test_anothers_order_is_refused_by_the_request_itself(shop: Shop, follow: Follow) -> None:
    order = shop.placed()

    assert follow(path_of(order), shop.other).status == 404
    assert follow(path_of(order), {}).status == 401
    assert follow(path_of(order), shop.customer | {"Last-Event-ID": "x"}).status == 422


def test_the_head_alone_is_answered_by_the_server(shop: Shop, server: Server) -> None:
    order = shop.placed()
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        connection.sendall(request(path_of(order), shop.customer, "HEAD"))
        answer = b""
        while got := connection.recv(4_096):
            answer += got

    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\n")


class TestWhoMay:
    def test_a_revoked_sessions_stream_ends_within_the_second(self, shop: Shop, follow: Follow) -> None:
        order = shop.placed()
        stream, others = follow(path_of(order), shop.customer), follow(path_of(order), shop.barista)
        stream.next()
        others.next()
        revoke = sa.text(
            "UPDATE device_sessions SET revoked_at = created_at WHERE person_id = (SELECT customer_id FROM orders)"
        )
        shop.session.execute(revoke)
        shop.session.commit()
        revoked_at = time.monotonic()

        assert stream.rest() == []
        assert time.monotonic() - revoked_at < 1.5
        shop.move(order["id"], "fired")
        assert others.next().data["state"] == "fired"

    def test_a_revoked_grants_stream_is_told_nothing_that_comes_after(self, shop: Shop, follow: Follow) -> None:
        errand = Errand(shop)
        order = errand.placed()
        stream, others = follow(path_of(order), errand.ana), follow(path_of(order), shop.barista)
        stream.next()
        others.next()
        assert errand.shop.move(order["id"], "fired").status_code == 200
        assert stream.next().data["state"] == "fired"

        errand.revoke()
        shop.move(order["id"], "ready")

        assert stream.rest() == []
        assert [others.next().data["state"] for _ in range(2)] == ["fired", "ready"]

    def test_a_lost_role_ends_the_streams_it_opened(self, shop: Shop, follow: Follow) -> None:
        stream = follow(path_of(shop.placed()), shop.barista)
        stream.next()
        shop.session.execute(sa.text("DELETE FROM staff_memberships"))
        shop.session.commit()

        assert stream.rest(3) == []


@pytest.mark.campaign
class TestThreads:
    """One process with 8 threads and 50 streams."""

    STREAMS = 50

    def test_fifty_streams_leave_every_request_thread_free(
        self, shop: Shop, environ: dict[str, str], tmp_path: Path, readers: list[Reader]
    ) -> None:
        with _one_process(environ, tmp_path) as server:
            server.live.start()
            self._follow(shop, server, readers)

            assert _answers_within(server, 1.0)

    def test_the_control_a_thread_for_each_stream_starves_the_requests(
        self, shop: Shop, environ: dict[str, str], tmp_path: Path, readers: list[Reader]
    ) -> None:
        with _one_process(environ, tmp_path) as server:
            with pytest.raises(TimeoutError):
                self._follow(shop, server, readers)

            assert not _answers_within(server, 1.0)

    def _follow(self, shop: Shop, server: Server, readers: list[Reader]) -> None:
        path = path_of(shop.placed())
        for _ in range(self.STREAMS):
            readers.append(open_stream(server.port, path, shop.customer, seconds=2))
        assert {reader.next().event for reader in readers} == {"OrderPlaced"}


@contextmanager
def _one_process(environ: dict[str, str], folder: Path) -> Iterator[Server]:
    more = {"SERVER_PROCESSES": "1", "SERVER_THREADS": "8", "STREAM_LIMIT": "1000"}
    server = Server(environ | more, folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _answers_within(server: Server, seconds: float) -> bool:
    with socket.create_connection(("127.0.0.1", server.port), seconds) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            return connection.recv(100).startswith(b"HTTP/1.1 200")
        except TimeoutError:
            return False
