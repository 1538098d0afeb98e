"""A client of a stream: raw bytes on a socket, so that it can be slow, or gone."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True)
class Told:
    """One event as a client gets it."""

    id: str
    event: str
    data: Any


class Reader:
    """An open stream: `head` is the answer's, `events()` what was told since."""

    def __init__(self, connection: socket.socket, seconds: float = 10) -> None:
        self.connection = connection
        self._received = b""
        self.head = self._until(b"\r\n\r\n", time.monotonic() + seconds).decode()
        self.is_over = False

    @property
    def status(self) -> int:
        """The answer's status."""
        return int(self.head.split(" ")[1])

    def next(self, name: str | None = None, seconds: float = 10) -> Told:
        """Return the next event (of this name). Raises TimeoutError, EOFError."""
        deadline = time.monotonic() + seconds
        while True:
            told = _parsed(self._until(b"\n\n", deadline).decode())
            if told is not None and name in {None, told.event}:
                return told

    def rest(self, seconds: float = 10) -> list[Told]:
        """Return every event up to the stream's end. Raises TimeoutError."""
        deadline, found = time.monotonic() + seconds, []
        while True:
            try:
                told = _parsed(self._until(b"\n\n", deadline).decode())
            except EOFError:
                return found
            if told is not None:
                found.append(told)

    def close(self) -> None:
        """Leave."""
        self.connection.close()

    def _until(self, mark: bytes, deadline: float) -> bytes:
        while mark not in self._received:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(self._received)
            self.connection.settimeout(left)
            try:
                got = self.connection.recv(65_536)
            except ConnectionResetError:
                got = b""
            if not got:
                self.is_over = True
                raise EOFError(self._received)
            self._received += got
        found, _, self._received = self._received.partition(mark)
        return found


def open_stream(port: int, path: str, headers: dict[str, str], seconds: float = 10) -> Reader:
    """Ask for a stream and return it once its head is there. Raises TimeoutError, EOFError."""
    connection = socket.create_connection(("127.0.0.1", port), seconds)
    try:
        connection.sendall(request(path, headers))
        return Reader(connection, seconds)
    except BaseException:
        connection.close()
        raise


def request(path: str, headers: dict[str, str], method: str = "GET") -> bytes:
    """Return the request's bytes."""
    given = {"Host": "127.0.0.1", "Connection": "close", **headers}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _parsed(block: str) -> Told | None:
    fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
    return Told(fields.get("id", ""), fields["event"], orjson.loads(fields["data"])) if "event" in fields else None
