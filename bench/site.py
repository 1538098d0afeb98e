"""One database with its server: the production WSGI server, two processes, as it is deployed."""

from __future__ import annotations

import logging
import shutil
import tempfile
from pathlib import Path

import structlog

from service import create_app
from service.config import Settings
from service.http.edge import Edge
from tests.postgres import Cluster
from tests.serving import Server

from .load import Job, fire
from .processes import Usage, cpu_seconds


class Yardstick:
    """The same server with an application that does nothing."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="sayso-bench-"))
        environ = {"INSTANCE_PATH": str(self._folder), "SECRET_KEY": "no secret is kept here, forty characters"}
        self._server = Server(environ, self._folder, "bench.yardstick:app")
        self._server.start()

    def cpu_ms(self) -> float:
        """Return the CPU milliseconds of one request at 8 clients, now."""
        before = cpu_seconds(self._server.pid)
        outcome = fire(Job(self._server.port, 8, [b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n"], 200, seconds=0.5))
        return 1000 * (cpu_seconds(self._server.pid) - before) / len(outcome.latencies)

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self._server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


class Site:
    """The application on a database of the cluster: in this process to arrange, in a server's to be measured."""

    def __init__(self, cluster: Cluster, database: str) -> None:
        self.database = database
        self.folder = Path(tempfile.mkdtemp(prefix="sayso-bench-"))
        metrics = self.folder / "metrics"
        metrics.mkdir()
        environ = {
            "DATABASE_URL": cluster.url(database),
            "INSTANCE_PATH": str(self.folder),
            "SECRET_KEY": "the benchmark's own secret, forty letters",
            "PASSWORD_MEMORY_KIB": "64",  # nobody signs in here
            "ACCESS_TOKEN_SECONDS": "86400",
            "QUOTE_SECONDS": "3600",
            "PAYMENT_SANDBOX_ALLOWED": "1",
            "RATE_LIMITS": "0",  # one caller may send all there is; see docs/decisions/0008
        }
        self.app: Edge = create_app(Settings.from_environ(environ))
        # What is done here is arranging; the server's processes log as they do in production.
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        self.server = Server(environ | {"PROMETHEUS_MULTIPROC_DIR": str(metrics)}, self.folder)
        self._cluster = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])

    def usage(self) -> Usage:
        """Return what the server and the database used so far."""
        return Usage(cpu_seconds(self.server.pid), cpu_seconds(self._cluster))

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self.server.stop()
        self.app.database.dispose()
        shutil.rmtree(self.folder, ignore_errors=True)
