"""A wire between the clients and the service that is cut now and then, at whatever byte it carries."""

from __future__ import annotations

import random
import socket
from contextlib import suppress
from threading import Event, Lock, Thread


class Wire:
    """Listens on `port` and carries every connection to the service; `cut` ends one of them at once."""

    def __init__(self, to_port: int) -> None:
        self._to, self._open, self._lock = to_port, set[socket.socket](), Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._closed = Event()
        Thread(target=self._listen, daemon=True).start()

    def cut(self, chance: random.Random) -> bool:
        """Cut a connection of a client's; False where there is none."""
        with self._lock:
            chosen = chance.choice(sorted(self._open, key=id)) if self._open else None
        if chosen is None:
            return False
        _hang_up(chosen)
        return True

    def close(self) -> None:
        """Cut them all and listen no more."""
        self._closed.set()
        _hang_up(self._listener)
        self._listener.close()
        with self._lock:
            for each in self._open:
                _hang_up(each)

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client:
            try:
                service = socket.create_connection(("127.0.0.1", self._to), 5)
            except OSError:
                return
            with service:
                service.settimeout(None)
                with self._lock:
                    self._open.add(client)
                back = Thread(target=_pour, args=(service, client), daemon=True)
                back.start()
                _pour(client, service)
                back.join()
        with self._lock:
            self._open.discard(client)


def _pour(source: socket.socket, sink: socket.socket) -> None:
    """Carry bytes until one side ends; then end both."""
    with suppress(OSError):
        while got := source.recv(65_536):
            sink.sendall(got)
    for each in (source, sink):
        _hang_up(each)


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
