"""Kill the service's processes and connections at random under a busy morning; exit 1 where an invariant broke."""

from __future__ import annotations

import argparse
import dataclasses
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from tests.postgres import Cluster, create_database

from .run import Report, campaign

OUT = Path(__file__).parents[1] / "out"


def main() -> None:
    """Run a campaign on each database."""
    reads = argparse.ArgumentParser(description=__doc__)
    reads.add_argument("--seconds", type=float, default=120.0, help="of killing, on each database")
    reads.add_argument("--seed", type=int, default=None)
    reads.add_argument("--database", choices=["sqlite", "postgresql"], default=None, help="else both")
    given = reads.parse_args()
    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    reports = [_one(name, seed, given.seconds) for name in ([given.database] if given.database else _DATABASES)]
    OUT.mkdir(exist_ok=True)
    (OUT / "chaos.json").write_bytes(
        orjson.dumps(
            [{**dataclasses.asdict(each), "kills": dict(each.kills), "is_well": each.is_well} for each in reports],
            option=orjson.OPT_INDENT_2,
        )
    )
    sys.exit(0 if all(each.is_well for each in reports) else 1)


_DATABASES = ("sqlite", "postgresql")


def _one(name: str, seed: int, seconds: float) -> Report:
    folder = Path(tempfile.mkdtemp(prefix="sayso-chaos-"))
    with _database(name, folder) as url:
        report = campaign(name, url, folder, seed=seed, seconds=seconds)
    print(report.text(), flush=True)
    if report.is_well:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"  the service's log: {folder / 'log'}", flush=True)
    return report


@contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    """Give the URL of an empty database, with its default durability."""
    if name == "sqlite":
        yield f"sqlite:///{folder / 'chaos.db'}"
        return
    cluster = Cluster(settings=())
    try:
        yield create_database(cluster.url("postgres"), "chaos")
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
