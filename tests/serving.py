"""A real server: the production WSGI server in processes of its own, on a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from service.config import Settings
from service.serving import server_command

ROOT = Path(__file__).parent.parent


class Server:
    """gunicorn as it is deployed, with two worker processes, serving the service or another WSGI `app`.

    `kill()` is kill -9 of all of them, `start()` brings them back.
    """

    def __init__(self, environ: Mapping[str, str], folder: Path, app: str | None = None) -> None:
        self.port = _free_port()
        self._environ = {**os.environ, **environ, "PORT": str(self.port)}
        self._folder, self._app = folder, app
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = server_command(Settings.from_environ(self._environ))
        if self._app is not None:
            command[command.index("gunicorn") + 1] = self._app
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self._environ, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 30
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError((self._folder / "server.log").read_text()[-3000:])
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return connection.recv(100).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    @property
    def pid(self) -> int:
        """The process that all of the server's others belong to."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Kill every process of the server at once."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End the server, whatever state it is in."""
        if self._process is not None and self._process.poll() is None:
            self.kill()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serving(environ: Mapping[str, str], folder: Path) -> Iterator[Server]:
    """Run a server for the block."""
    server = Server(environ, folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
