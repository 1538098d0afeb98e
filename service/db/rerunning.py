"""Transactions that run again, whole, where the database asks to: after a deadlock, a lost link, a key that somebody
else took first."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from .errors import is_transient

T = TypeVar("T")
S = TypeVar("S", bound=Session)

RUNS = 4


def rerun(open_session: Callable[[], S], work: Callable[[S], T]) -> T:
    """Do this in a session of its own, which it commits itself; again, in a new one, where the database asks to, a
    bounded number of times. Raises what the last run raised."""
    for run in range(1, RUNS + 1):
        with open_session() as session:
            say_run(session, run, runs_again=run < RUNS)
            try:
                return work(session)
            except Exception as error:
                session.rollback()
                if run == RUNS or not is_transient(error):
                    raise
        time.sleep(random.uniform(0.005, 0.02) * 2**run)  # noqa: S311 - spreads the runs
    raise AssertionError("unreachable")


def say_run(session: Session, run: int, *, runs_again: bool) -> None:
    """Note which run of its transaction this is, from 1, and whether `Again` would give it another one."""
    session.info["run"] = (run, runs_again)


def run_of(session: Session) -> tuple[int, bool]:
    """Return what `say_run` noted: without it, this run is the first and the last."""
    return session.info.get("run", (1, False))  # type: ignore[no-any-return]
