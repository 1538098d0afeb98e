"""A push service that never comes to an end holds up nobody."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Event, Thread

import pytest

from service.http.edge import Edge
from service.notifications.push import Answer, PushServices
from tests.contract.world import World


@contextmanager
def dribbling(words: bytes) -> Iterator[tuple[str, int]]:
    """Answer the first caller byte by byte and without an end: the words, and then zeros."""
    is_over = Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def dribble() -> None:
            with suppress(OSError):
                caller, _ = listening.accept()
                with caller:
                    for octet in words:
                        caller.sendall(bytes([octet]))
                    while not is_over.wait(0.02):
                        caller.sendall(b"0")

        thread = Thread(target=dribble)
        thread.start()
        yield listening.getsockname()
        is_over.set()
        thread.join()


class Near(PushServices):
    """The way to push services, all of which are at our own door."""

    def _connected(self, endpoint: str, host: str, port: int) -> socket.socket:
        plain = socket.create_connection(self.own_door, 4)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


@pytest.mark.parametrize(
    ("words", "is_near"),
    [(b"HTTP/1.1 2", False), (b"\x16\x03\x03\x3f\xff", True)],
    ids=["a status that never ends", "a TLS record that never ends"],
)
def test_an_answer_that_comes_byte_by_byte_is_cut_off(app: Edge, words: bytes, is_near: bool) -> None:
    push: PushServices = app.extensions["sayso.push"]
    device = World.PUSH
    with dribbling(words) as door:
        services = replace(push, own_door=door, answer_seconds=0.3)
        if is_near:
            services = Near(**vars(services))
        answer = services.send(
            b"{}",
            endpoint=device["endpoint"] if is_near else push.inbox or "",
            public_key=app.extensions["sayso.push-inbox"].public_key,
            auth_secret=b"0" * 16,
            topic="t",
            ttl_seconds=60,
            is_urgent=False,
            now_seconds=1_800_000_000,
        )

    assert answer is Answer.LATER


def test_a_name_that_can_not_be_looked_up_is_refused_for_good(app: Edge) -> None:
    push: PushServices = app.extensions["sayso.push"]
    answer = push.send(
        b"{}",
        endpoint="https://push..example.com/send",
        public_key=app.extensions["sayso.push-inbox"].public_key,
        auth_secret=b"0" * 16,
        topic="t",
        ttl_seconds=60,
        is_urgent=False,
        now_seconds=1_800_000_000,
    )

    assert answer is Answer.REFUSED
