"""flask serve: the HTTP server, the live process and the worker, started, drained and stopped together.

gunicorn's master looks after its own processes; this looks after gunicorn and the two others. In production a process
manager may run the three apart (docs/architecture.md, "Processes"); the commands below are what it runs.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from ..config import ConfigError, Settings
from ..http.health import DRAIN_FILE
from . import lifeline

log = structlog.get_logger()

GRACEFUL_SECONDS = 15  # for the requests that run when the stop begins; the longest may take 3 s
START_SECONDS = 60
RESTART_SECONDS = 5  # what dies at once is not started more often than this
_POLL_SECONDS = 0.1


def server_command(settings: Settings) -> list[str]:
    """Return the command that runs gunicorn as this service needs it."""
    return [
        *(sys.executable, "-m", "gunicorn", "service:create_app()"),
        f"--config={lifeline.__file__}",
        f"--bind={_bracketed(settings.host)}:{settings.port}",
        "--worker-class=gthread",
        f"--workers={settings.server_processes}",
        f"--threads={settings.server_threads}",
        f"--timeout={2 * GRACEFUL_SECONDS}",
        f"--graceful-timeout={GRACEFUL_SECONDS}",
        # Longer than a proxy keeps its idle connections (nginx: 60 s), so that it never sends into a closed one.
        "--keep-alive=65",
        # Who is behind a proxy is ProxyFix's to say, by TRUSTED_PROXIES: gunicorn believes no header.
        "--forwarded-allow-ips=",
        "--log-level=warning",
        "--no-control-socket",
    ]


def flask_command(name: str) -> list[str]:
    """Return the command that runs one of the processes beside the server: `worker`, `live` or `demo busy`."""
    return [sys.executable, "-m", "flask", "--app", "service", *name.split()]


def require_free_port(settings: Settings) -> None:
    """Raise ConfigError where another program listens at the address."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        raise ConfigError(
            f"{settings.host}:{settings.port} can't be served ({os.strerror(error.errno or 0)}): "
            "stop what listens there or choose another port, as in PORT=8001 make run"
        ) from error


# Where the running service tells other commands its address (`flask demo accounts`).
ADDRESS_FILE = "address"


BESIDE = ("live", "worker")
"""The processes that run beside the server, in the order in which they stop after it."""
BUSY = "demo busy"
"""One more where DEMO_BUSY=1: it plays customers and baristas, and ends by itself."""


class Service:
    """The processes and what the operator asked of them by signals."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._drain_file = settings.instance_path / DRAIN_FILE
        self._address_file = settings.instance_path / ADDRESS_FILE
        self._signals = 0
        # Both ends stay open for as long as this process is there; nobody else gets the second.
        self._lifeline, self._held = os.pipe()
        self._environ = {**os.environ, lifeline.LIFELINE: str(self._lifeline)}
        self._beside: dict[str, subprocess.Popen[bytes]] = {}
        self._began: dict[str, float] = {}

    def run(self, when_up: Callable[[], None]) -> int:
        """Run all until a signal asks to stop or the server ends by itself; return the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._count_signal)
        self._environ["PROMETHEUS_MULTIPROC_DIR"] = str(_empty_metrics_folder(self._settings))
        self._drain_file.unlink(missing_ok=True)
        server = self._start(server_command(self._settings))
        try:
            if self._comes_up(server):
                self._address_file.write_text(self._settings.public_url)
                when_up()
            for name in (
                *BESIDE,
                *[BUSY] * self._settings.demo_busy,
            ):  # now, so that their start doesn't slow the server's
                self._start_beside(name)
            while not self._signals and server.poll() is None:
                self._keep_alive()
                time.sleep(_POLL_SECONDS)
            if server.poll() is None:
                self._drain()
        finally:
            # The server first: whose stream ends must not come back to it.
            for process in (server, *self._beside.values()):
                _stop(process)
            self._drain_file.unlink(missing_ok=True)
            self._address_file.unlink(missing_ok=True)
        return 0 if self._signals else server.returncode or 1

    def _count_signal(self, *_: object) -> None:
        self._signals += 1

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=self._environ, pass_fds=[self._lifeline])  # noqa: S603 - our own commands

    def _start_beside(self, name: str) -> None:
        self._began[name] = time.monotonic()
        self._beside[name] = self._start(flask_command(name))

    def _comes_up(self, server: subprocess.Popen[bytes]) -> bool:
        give_up_at = time.monotonic() + START_SECONDS
        while not self._signals and server.poll() is None and time.monotonic() < give_up_at:
            if _answers(self._settings):
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def _keep_alive(self) -> None:
        for name, process in self._beside.items():
            code = process.poll()
            if name == BUSY and code == 0:
                continue  # the morning is over
            if code is not None and time.monotonic() - self._began[name] >= RESTART_SECONDS:
                log.warning("restarted", process=name, exit_code=code)
                self._start_beside(name)

    def _drain(self) -> None:
        """Say 503 at /readyz until balancers stopped sending; a second signal cuts the wait short."""
        self._drain_file.touch()
        until = time.monotonic() + self._settings.drain_seconds
        while time.monotonic() < until and self._signals < 2:
            time.sleep(_POLL_SECONDS)


def address(settings: Settings) -> str:
    """Return the public address of the service that runs in this instance, or that would by the settings."""
    try:
        return (settings.instance_path / ADDRESS_FILE).read_text()
    except FileNotFoundError:
        return settings.public_url


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(GRACEFUL_SECONDS + 5)
    except subprocess.TimeoutExpired:
        log.error("killed", command=process.args)
        process.kill()
        process.wait()


def _empty_metrics_folder(settings: Settings) -> Path:
    """The folder in which the processes share their counters; what another run left would be added to them."""
    folder = settings.instance_path / "metrics" / str(settings.port)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _answers(settings: Settings) -> bool:
    local: Mapping[str, str] = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(local.get(settings.host, settings.host), settings.port, timeout=1)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
