"""flask serve: the HTTP server and the worker, started together, drained and stopped together.

gunicorn's master looks after its own processes; this looks after gunicorn and the worker. In production a process
manager may run the two apart (docs/architecture.md, "Processes"); the commands below are what it runs.
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

from .config import ConfigError, Settings
from .http.health import DRAIN_FILE

log = structlog.get_logger()

GRACEFUL_SECONDS = 15  # for the requests that run when the stop begins; the longest may take 3 s
START_SECONDS = 60
RESTART_SECONDS = 5  # a worker that dies at once is not started more often than this
_POLL_SECONDS = 0.1


def server_command(settings: Settings) -> list[str]:
    """Return the command that runs gunicorn as this service needs it."""
    return [
        *(sys.executable, "-m", "gunicorn", "service:create_app()"),
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


def worker_command() -> list[str]:
    """Return the command that runs the worker."""
    return [sys.executable, "-m", "flask", "--app", "service", "worker"]


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


class Service:
    """The two processes and what the operator asked of them by signals."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._drain_file = settings.instance_path / DRAIN_FILE
        self._address_file = settings.instance_path / ADDRESS_FILE
        self._signals = 0
        self._environ = dict(os.environ)
        self._worker_began = 0.0

    def run(self, when_up: Callable[[], None]) -> int:
        """Run both until a signal asks to stop or the server ends by itself; return the exit code."""
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, self._count_signal)
        self._environ["PROMETHEUS_MULTIPROC_DIR"] = str(_empty_metrics_folder(self._settings))
        self._drain_file.unlink(missing_ok=True)
        server = self._start(server_command(self._settings))
        worker = None
        try:
            if self._comes_up(server):
                self._address_file.write_text(self._settings.public_url)
                when_up()
            worker = self._start_worker()  # now, so that its start doesn't slow the server's
            while not self._signals and server.poll() is None:
                worker = self._kept_alive(worker)
                time.sleep(_POLL_SECONDS)
            if server.poll() is None:
                self._drain()
        finally:
            _stop(server)
            if worker is not None:
                _stop(worker)
            self._drain_file.unlink(missing_ok=True)
            self._address_file.unlink(missing_ok=True)
        return 0 if self._signals else server.returncode or 1

    def _count_signal(self, *_: object) -> None:
        self._signals += 1

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=self._environ)  # noqa: S603 - our own two commands

    def _start_worker(self) -> subprocess.Popen[bytes]:
        self._worker_began = time.monotonic()
        return self._start(worker_command())

    def _comes_up(self, server: subprocess.Popen[bytes]) -> bool:
        give_up_at = time.monotonic() + START_SECONDS
        while not self._signals and server.poll() is None and time.monotonic() < give_up_at:
            if _answers(self._settings):
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def _kept_alive(self, worker: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        code = worker.poll()
        if code is None or time.monotonic() - self._worker_began < RESTART_SECONDS:
            return worker
        log.warning("worker restarted", exit_code=code)
        return self._start_worker()

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
