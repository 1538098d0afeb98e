"""Replay calm, busy and overloaded days under the engine and two estimates; print the table, keep JSON and a plot."""

from __future__ import annotations

import argparse
from pathlib import Path

import orjson

from service.stores.rules import WALK_IN_PERCENT

from .day import LOADS, arrivals
from .estimates import Engine, always_5_to_8_minutes, by_queue_length
from .figures import as_json, figures, minutes_off, plot, table
from .replay import Replay

OUT = Path(__file__).parent.parent / "out"
ESTIMATES = {
    "the engine": lambda: Engine(WALK_IN_PERCENT),
    "always 5-8 minutes": always_5_to_8_minutes,
    "length of the queue": by_queue_length,
}


def main() -> None:
    """Run the days."""
    reads = argparse.ArgumentParser(description=__doc__)
    reads.add_argument("--days", type=int, default=20, help="days of each kind")
    reads.add_argument("--seed", type=int, default=1)
    given = reads.parse_args()
    seeds = range(given.seed, given.seed + given.days)
    outcomes = {
        load: {
            name: [each for seed in seeds for each in Replay(make(), seed).run(arrivals(load, seed))]
            for name, make in ESTIMATES.items()
        }
        for load in LOADS
    }
    found = {load: {name: figures(all_) for name, all_ in own.items()} for load, own in outcomes.items()}
    lines = {load: {name: minutes_off(all_) for name, all_ in own.items()} for load, own in outcomes.items()}
    OUT.mkdir(exist_ok=True)
    kept = as_json(found, days=given.days, seed=given.seed)
    (OUT / "promise.json").write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))
    (OUT / "promise.svg").write_text(plot(lines))
    print(table(found))
    print(f"\n{given.days} days of each kind, seed {given.seed}; {OUT / 'promise.json'}, {OUT / 'promise.svg'}")


main()
