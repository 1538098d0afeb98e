"""CPU seconds and memory of a process and everything below it, from /proc: a tick is 10 ms."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds of the application's processes and of the database's."""

    app: float
    database: float

    def __sub__(self, before: Usage) -> Usage:
        return Usage(self.app - before.app, self.database - before.database)


def cpu_seconds(root: int) -> float:
    """Return what the process and everything below it used so far.

    PostgreSQL's autovacuum is left out: when it runs is chance. Processes that ended are too.
    """
    return _used(root) + sum(_used(child) for child in _below(root) if not _is_autovacuum(child))


def resident_kib(root: int) -> int:
    """Return the memory that the process and everything below it have, pages they share counted for each."""
    return sum(_resident(process) for process in (root, *_below(root)))


def _resident(process: int) -> int:
    try:
        rows = Path(f"/proc/{process}/status").read_text().splitlines()
    except FileNotFoundError:
        return 0
    return sum(int(row.split()[1]) for row in rows if row.startswith("VmRSS:"))


def _below(root: int) -> list[int]:
    found = []
    try:
        for task in Path(f"/proc/{root}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_below(int(child))]
    except FileNotFoundError:  # it ended meanwhile
        return found
    return found


def _used(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    user, system = (int(field) for field in fields[11:13])
    return (user + system) / _TICKS


def _is_autovacuum(process: int) -> bool:
    try:
        return b"autovacuum worker" in Path(f"/proc/{process}/cmdline").read_bytes()
    except FileNotFoundError:
        return True
