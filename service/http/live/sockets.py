"""How the processes of one machine reach the live process: two datagram sockets in the instance folder.

One takes connections to write to (SCM_RIGHTS), one takes nudges: "there are new facts". Only who may enter the folder
can send; a datagram arrives whole or not at all, and one whose receiver died is gone with the connection in it, so
that the client comes back.
"""

from __future__ import annotations

import os
import socket
import ssl
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ...config import Settings

CONNECTIONS, NUDGES = "connections", "nudges"
PASS_SECONDS = 0.3  # a live process that takes no connection for so long counts as gone
LONGEST_MESSAGE = 65_536
_LONGEST_PATH = 100  # a Unix socket's may have 107 bytes, on some systems 103


class Doors:
    """The sockets of one instance's live process, by name."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.instance_path / "live" / str(settings.port)
        self._entered: int | None = None

    def nudge(self) -> None:
        """Say that there are new facts. Where nobody listens, or enough nudges wait, nothing happens."""
        # Made each time: 15 µs with sending it, and nothing that a fork shares or a thread must close.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as nudging:
            nudging.setblocking(False)
            nudging.sendto(b"!", self._path(NUDGES))

    def knock(self) -> socket.socket | None:
        """Return a socket that leads to the live process, None where there is none."""
        door = _datagrams()
        try:
            door.connect(self._path(CONNECTIONS))
        except OSError:
            door.close()
            return None
        door.settimeout(PASS_SECONDS)
        return door

    def open(self, name: str) -> socket.socket:
        """Listen under the name, in the place of whoever did; for the live process."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(stat.S_IRWXU)
        (self._folder / name).unlink(missing_ok=True)
        door = _datagrams()
        door.setblocking(False)
        door.bind(self._path(name))
        return door

    def taken_by(self) -> tuple[int, int] | None:
        """Return which socket it is that connections are passed to, None for none; each later one is another."""
        try:
            found = (self._folder / CONNECTIONS).stat()
        except OSError:
            return None
        return found.st_ino, found.st_ctime_ns  # numbers of files are used again

    def close(self) -> None:
        """Be found no more."""
        for name in (CONNECTIONS, NUDGES):
            (self._folder / name).unlink(missing_ok=True)

    def _path(self, name: str) -> str:
        path = str(self._folder / name)
        if len(os.fsencode(path)) <= _LONGEST_PATH:
            return path
        if self._entered is None:  # Linux has a short name for an open folder
            self._entered = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._entered}/{name}"


def _datagrams() -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * LONGEST_MESSAGE)
    return made


def connection_of(environ: Mapping[str, Any]) -> socket.socket | None:
    """Return the plain connection that the request came by, None where it can't be handed to another process."""
    connection = environ.get("gunicorn.socket")
    if not isinstance(connection, socket.socket) or isinstance(connection, ssl.SSLSocket):
        return None
    return None if environ.get("HTTP_VERSION") == "2" else connection


def pass_on(door: socket.socket, connection: socket.socket, message: bytes) -> None:
    """Hand the connection to the live process and let go of it. Raises OSError where it can't be handed over."""
    socket.send_fds(door, [message], [connection.fileno()])
    _let_go(connection)


def end(connection: socket.socket, text: bytes) -> None:
    """Send the text, as far as it goes at once, and close the connection."""
    with suppress(OSError):
        connection.send(text, socket.MSG_DONTWAIT)
    _let_go(connection)


def _let_go(connection: socket.socket) -> None:
    """Leave the server a dead connection in the place of this one, which stays open only where it was passed on.

    Whatever the server does to end the request can't reach the client any more: gunicorn shuts the connection down
    and waits up to 2 s for the client to follow, in the thread that accepts.
    """
    dead, other_end = socket.socketpair()
    with dead:
        other_end.close()
        os.dup2(dead.fileno(), connection.fileno(), inheritable=False)


def received(door: socket.socket) -> Iterator[tuple[bytes, socket.socket]]:
    """Return the connections that wait at the door, each with its message."""
    while True:
        try:
            message, files, _, _ = socket.recv_fds(door, LONGEST_MESSAGE, 1)
        except (BlockingIOError, InterruptedError):
            return
        if len(files) == 1:
            yield message, socket.socket(fileno=files[0])


def drained(door: socket.socket) -> bool:
    """Take all nudges; tell whether there was any."""
    found = False
    while True:
        try:
            door.recv(16)
        except (BlockingIOError, InterruptedError):
            return found
        found = True
