"""A quarter of a minute of chaos: whatever is killed or cut, nothing is lost, doubled, stuck, oversold or misled.

`make chaos` does the same for longer.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from bench.chaos.run import campaign
from tests.postgres import create_database

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the processes in /proc"),
]


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_killed_and_cut_at_random_everything_holds_in_the_end(name: str, tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    url = (
        f"sqlite:///{tmp_path / 'chaos.db'}"
        if name == "sqlite"
        else create_database(os.environ["SAYSO_TEST_SERVER"], f"sayso_chaos_{worker}")
    )

    report = campaign(name, url, tmp_path, seed=seed, seconds=15, finish_seconds=5)

    print(report.text())  # noqa: T201 - shown where the test fails, with its seed
    assert report.is_well
    assert not report.surprises
    assert sum(report.kills.values()) > 2, "next to nothing was killed: the campaign proves nothing"
    assert report.cuts > 5
    assert report.counts["placed"] > 5
    assert report.repeated > 0
