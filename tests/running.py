"""`flask serve` and `flask demo run` as they really run: processes of their own, on a free port."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
START_SECONDS = 60


class Running:
    """A service that runs; its files and what it prints are in a folder of its own."""

    def __init__(self, *command: str, folder: Path, **settings: str) -> None:
        self.folder, self.port = folder, int(settings.get("PORT", 0)) or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environ = {
            "PATH": os.environ["PATH"],
            "INSTANCE_PATH": str(folder / "instance"),
            "PORT": str(self.port),
            "PASSWORD_MEMORY_KIB": "64",
            **settings,
        }
        with (folder / "printed").open("wb") as printed:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "flask", *command], cwd=ROOT, env=self.environ, stdout=printed, stderr=printed
            )

    def get(self, path: str) -> tuple[int, bytes]:
        """Return the status and body at the path. Raises OSError where nothing answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def post(self, path: str, body: Any) -> int:
        """Send JSON and return the status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            return connection.getresponse().status
        finally:
            connection.close()

    def ready(self) -> int:
        """Return the status of /readyz, 0 where nothing answers."""
        try:
            return self.get("/readyz")[0]
        except OSError:
            return 0

    def is_up(self) -> bool:
        """Tell whether it is ready and has told where it is."""
        return self.url in self.printed() and self.ready() == 200

    def flask(self, *command: str) -> str:
        """Return what another command of this instance prints; it is told all settings but the port."""
        environ = {name: value for name, value in self.environ.items() if name != "PORT"}
        return subprocess.run(
            [sys.executable, "-m", "flask", *command], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
        ).stdout

    def printed(self) -> str:
        """Return what it has printed so far."""
        return (self.folder / "printed").read_text()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(*command: str, folder: Path, **settings: str) -> Iterator[Running]:
    """Run the command for the block, from ready to stopped."""
    service = Running(*command, folder=folder, **settings)
    try:
        wait_until(lambda: service.is_up() or service.process.poll() is not None, START_SECONDS)
        assert service.is_up(), service.printed()
        yield service
    finally:
        service.process.terminate()
        try:
            service.process.wait(30)
        except subprocess.TimeoutExpired:
            service.process.kill()
            raise


def wait_until(condition: Any, seconds: float = 15) -> None:
    """Wait until the condition holds, for at most so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
