"""The least that any request costs on this machine: two bytes from a bare WSGI function, in the same server.

The budgets come from a machine where this took 0.24 ms of CPU (gunicorn, gthread, two processes). What it takes here
tells how much slower or faster this machine is, and how busy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

BUDGETS_MACHINE_MS = 0.24


def app(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer `ok` to anything."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
