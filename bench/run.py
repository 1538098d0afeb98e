"""`make bench`: measure the hot operations at 1 and 8 clients, with 1 thousand and 1 million orders in the table.

Two databases of one cluster with a server each, so that every round alternates between few and many orders and
between the service and the floor of its own statements: ratios come from one run, whatever else the machine does.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from tests import postgres

from . import arrange, measure, report
from .measure import Size
from .site import Site, Yardstick

OUT = Path(__file__).parent / "out"
FULL = Size(rounds=3, seconds=1.0, placements={1: 400, 8: 1_600}, past_orders=(1_000, 1_000_000))
QUICK = Size(rounds=1, seconds=0.3, placements={1: 100, 8: 320}, past_orders=(1_000, 10_000))
_BEGAN = time.monotonic()


def main() -> None:
    """Run the benchmark, print its table, keep it as JSON."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run of less than a minute")
    size = QUICK if parser.parse_args().quick else FULL
    OUT.mkdir(exist_ok=True)
    cluster = postgres.Cluster(settings=())  # none: PostgreSQL's own durability
    sites: list[Site | Yardstick] = []
    try:
        yardstick = Yardstick()
        sites.append(yardstick)
        _say(f"filling two databases with {size.past_orders[0]:,} and {size.past_orders[1]:,} orders")
        places = arrange.arrange(cluster, size.past_orders, sites)
        (OUT / "placement.sql").write_text(places[0].script.text)
        _say("warming up")
        measure.warm_up(places)
        yardsticks: list[float] = []
        for number in range(1, size.rounds + 1):
            _say(f"round {number} of {size.rounds}")
            yardsticks.append(yardstick.cpu_ms())
            measure.measure_round(places, size)
        results = report.results(places, yardsticks)
        report.write(results, OUT / "bench.json")
        _say(report.table(results))
    finally:
        for site in sites:
            site.stop()
        cluster.stop()


def _say(what: str) -> None:
    print(f"[{time.monotonic() - _BEGAN:5.0f} s] {what}", flush=True)


if __name__ == "__main__":
    main()
