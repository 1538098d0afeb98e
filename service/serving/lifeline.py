"""No process of the service outlives the one that started it, however that one ended.

The one that starts others holds the only writing end of a pipe, and they wait for it to close: the kernel closes it at
kill -9, too, on every system with pipes. A signal to a process group needs someone who is still there to send it, and
the signal that Linux sends at a parent's death is Linux's only.

This file is gunicorn's configuration as well (`--config`), for its hooks below. It imports nothing of the service, so
that gunicorn's master doesn't load it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from threading import Thread
from typing import Any

LIFELINE = "SAYSO_LIFELINE"
"""The environment's variable that tells a process of `flask serve` which file to wait for."""


def end_with_service() -> None:
    """Where `flask serve` started this process, ask it to stop once that is gone."""
    end = os.environ.get(LIFELINE)
    if end is not None:
        _when_closed(int(end), lambda: os.kill(os.getpid(), signal.SIGTERM))


def _when_closed(end: int, then: Callable[[], None]) -> None:
    def wait() -> None:
        os.read(end, 1)  # nobody ever writes: it returns when the last who could is gone
        then()

    Thread(target=wait, name="lifeline", daemon=True).start()


def on_starting(master: Any) -> None:
    """Open what gunicorn's processes wait for; called by gunicorn in its master."""
    master.lifeline = os.pipe()


def post_fork(master: Any, worker: Any) -> None:
    """End one of gunicorn's processes with its master, and the master with `flask serve`; called by gunicorn in each.

    At once, not gracefully: for as long as one of them finishes what it does, nothing else can serve at the address.
    """
    end, held = master.lifeline
    os.close(held)  # only the master's own end keeps it open
    _when_closed(end, lambda: os._exit(1))
    service = os.environ.get(LIFELINE)
    if service is not None:
        _when_closed(int(service), lambda: _kill(worker.ppid))


def _kill(master_pid: int) -> None:
    # Not by the master itself: it would need a thread, and it forks.
    if os.getppid() == master_pid:
        os.kill(master_pid, signal.SIGKILL)
    os._exit(1)
