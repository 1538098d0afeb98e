"""`flask serve` as a process manager runs it: started again when it ends, its processes killed by their ids."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Event, Thread

ROOT = Path(__file__).parents[2]
KINDS = ("gunicorn process", "gunicorn master", "worker", "live")
START_SECONDS = 60
AGAIN_SECONDS = 0.3


class Supervised:
    """The service on a database of its own, with the demo loaded; `kill` ends one of its processes with -9."""

    def __init__(self, database_url: str, folder: Path, settings: Mapping[str, str]) -> None:
        self.port, self.folder = _free_port(), folder
        self.environ = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database_url,
            "INSTANCE_PATH": str(folder),
            "PORT": str(self.port),
            "SECRET_KEY": "the chaos keeps no secrets, forty letters",
            "PASSWORD_MEMORY_KIB": "64",
            "ACCESS_TOKEN_SECONDS": "86400",
            "RATE_LIMITS": "0",
            "DEMO": "1",
            **settings,
        }
        self.restarts = 0
        self._stopping, self._process = Event(), None
        self._log = (folder / "log").open("ab")
        self._keeper = Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Migrate, load the demo, and serve."""
        for command in (("db", "upgrade"), ("seed",)):
            subprocess.run(self._flask(*command), cwd=ROOT, env=self.environ, check=True, stdout=self._log,
                           stderr=self._log)  # fmt: skip
        self._keeper.start()
        self.wait_until_up()

    def wait_until_up(self) -> None:
        """Wait until it answers. Raises RuntimeError where it doesn't come up."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise RuntimeError(f"the service doesn't come up; see {self.folder / 'log'}")
            time.sleep(0.1)

    def kill(self, kind: str, chosen: int) -> bool:
        """Kill one process of this kind; False where there is none now."""
        pids = self._processes().get(kind, [])
        if not pids:
            return False
        try:
            os.kill(pids[chosen % len(pids)], signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def stop(self) -> None:
        """Stop it, and whatever it left."""
        self._stopping.set()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
        self._keeper.join(40)
        self._log.close()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            self._process = subprocess.Popen(
                self._flask("serve"), cwd=ROOT, env=self.environ, stdout=self._log, stderr=self._log
            )
            self._process.wait()
            self.restarts += not self._stopping.is_set()
            self._stopping.wait(AGAIN_SECONDS)

    def _processes(self) -> dict[str, list[int]]:
        """The processes that belong to the service we started, by kind."""
        found: dict[str, list[int]] = {}
        for child in _children(self._process.pid) if self._process is not None else ():
            command = _command(child)
            if "gunicorn" in command:
                found["gunicorn master"], found["gunicorn process"] = [child], _children(child)
            for name in ("worker", "live"):
                if command[-1:] == [name]:
                    found[name] = [child]
        return found

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return connection.recv(100).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    @staticmethod
    def _flask(*command: str) -> list[str]:
        return [sys.executable, "-m", "flask", "--app", "service", *command]


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _command(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
    except OSError:
        return []


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
