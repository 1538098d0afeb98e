"""The followers: streams opened and read by one process of their own, each event stamped as it arrives.

Reads a pickled `Crowd` on stdin, says `ready` once every stream is open, reads until stdin closes, and writes a pickled
list of `Arrival` on stdout.
"""

from __future__ import annotations

import pickle
import re
import resource
import selectors
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import NamedTuple

_ORDER = re.compile(rb'"(?:order_id|subject_id)":"([0-9a-f-]{36})"')
_VERSION = re.compile(rb'"version":(\d+)')
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Crowd:
    """What to open: each request is one stream."""

    port: int
    requests: list[bytes]


class Arrival(NamedTuple):
    """One event of one order at one follower; `at` is the machine's monotonic clock."""

    follower: int
    order_id: str
    version: int
    at: float


class Followers:
    """A crowd in a process of its own."""

    def __init__(self, crowd: Crowd) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from bench.followers import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        pickle.dump(crowd, self._process.stdin)
        self._process.stdin.flush()
        if self._process.stdout.readline() != b"ready\n":
            raise RuntimeError("not every stream could be opened")

    def leave(self) -> list[Arrival]:
        """Close every stream; return what arrived."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        arrivals: list[Arrival] = pickle.loads(self._process.stdout.read())
        self._process.wait()
        return arrivals


def main() -> None:
    """Follow until stdin closes."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    crowd: Crowd = pickle.load(sys.stdin.buffer)
    selector = selectors.EpollSelector()
    for first in range(0, len(crowd.requests), _AT_ONCE):
        _open(crowd, range(first, min(first + _AT_ONCE, len(crowd.requests))), selector)
    sys.stdout.buffer.write(b"ready\n")
    sys.stdout.buffer.flush()
    sys.stdout.buffer.write(pickle.dumps(_read(selector)))


def _open(crowd: Crowd, numbers: range, selector: selectors.EpollSelector) -> None:
    opened = []
    for number in numbers:
        connection = socket.create_connection(("127.0.0.1", crowd.port), 20)
        connection.sendall(crowd.requests[number])
        opened.append((number, connection))
    for number, connection in opened:
        head = connection.recv(65_536)
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head[:500].decode())
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ, [number, b""])


def _read(selector: selectors.EpollSelector) -> list[Arrival]:
    arrivals: list[Arrival] = []
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    while True:
        for ready, _ in selector.select():
            if ready.data is None:
                return arrivals
            got = ready.fileobj.recv(262_144)  # type: ignore[union-attr]
            at = time.monotonic()
            number, rest = ready.data
            if not got:
                selector.unregister(ready.fileobj)
                continue
            blocks = (rest + got).split(b"\n\n")
            ready.data[1] = blocks.pop()
            for block in blocks:
                order, version = _ORDER.search(block), _VERSION.search(block)
                if order and version:
                    arrivals.append(Arrival(number, order[1].decode(), int(version[1]), at))
