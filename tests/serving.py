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
from service.http.live.sockets import Doors
from service.serving import flask_command, server_command

ROOT = Path(__file__).parent.parent


class Server:
    """gunicorn as it is deployed, with two worker processes, serving the service or another WSGI `app`.

    `kill()` is kill -9 of all of them, `start()` brings them back. `live` has a live process of its own beside it.
    """

    def __init__(self, environ: Mapping[str, str], folder: Path, app: str | None = None) -> None:
        self.port = _free_port()
        self.live = LiveProcess({**environ, "PORT": str(self.port)}, folder)
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
        deadline = time.monotonic() + 60
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

    def revive(self) -> None:
        """Start what does not run."""
        if not self._answers():
            self.start()
        if not self.live.is_running:
            self.live.start()

    def stop(self) -> None:
        """End the server, whatever state it is in."""
        self.live.stop()
        if self._process is not None and self._process.poll() is None:
            self.kill()


class LiveProcess:
    """`flask live`, for the servers of one instance folder and port."""

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        self._environ, self._folder = {**os.environ, **environ}, folder
        self._doors = Doors(Settings.from_environ(self._environ))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        before = self._doors.taken_by()
        with (self._folder / "live.log").open("ab") as log:
            self._process = subprocess.Popen(
                flask_command("live"), cwd=ROOT, env=self._environ, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 60
        while self._doors.taken_by() in {None, before}:
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(self.log()[-3000:])
            time.sleep(0.02)

    def nudge(self) -> None:
        """Tell it of new facts, as every process of the instance does after a commit."""
        self._doors.nudge()

    def log(self) -> str:
        """Return what it has logged."""
        return (self._folder / "live.log").read_text()

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Tell whether it runs."""
        return self._process is not None and self._process.poll() is None

    def end(self, number: signal.Signals) -> None:
        """Send it the signal that ends it."""
        os.kill(self.pid, number)
        self.wait()

    def wait(self) -> None:
        """Wait until it has ended."""
        assert self._process is not None
        self._process.wait(20)

    def stop(self) -> None:
        """End it, if it runs."""
        if self.is_running:
            self.end(signal.SIGKILL)


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
