"""The table beside the budgets, and the same as JSON."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from .arrange import Measured, Place
from .yardstick import BUDGETS_MACHINE_MS

# CPU milliseconds of server and database per request, at 8 clients.
CPU_BUDGETS = {
    "place": 2.5,
    "quote": 2.0,
    "menu 200": 0.4,
    "menu 304": 0.3,
    "queue 200": 2.0,
    "queue 304": 0.4,
    "status": 1.0,
}
OF_FLOOR, OF_P50, GROWTH = 0.25, 10.0, 0.85
BUSY = 8


def results(places: Sequence[Place], yardsticks: Sequence[float]) -> dict[str, Any]:
    """Return every figure: medians over the rounds, percentiles over all requests."""
    few, many = places
    measured = [
        _row(place, operation, clients, runs)
        for place in places
        for (operation, clients), runs in place.measured.items()
    ]
    return {
        "machine": {"cpus": len(_cpus()), "python": platform.python_version(), "kernel": platform.release()},
        "yardstick_ms": statistics.median(yardsticks),
        "statements_of_a_placement": few.script.statements,
        "rows": measured,
        "growth": _growth(few, many),
    }


def _cpus() -> list[str]:
    return [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("processor")]


def _row(place: Place, operation: str, clients: int, runs: Sequence[Measured]) -> dict[str, Any]:
    latencies = sorted(latency for run in runs for latency in run.latencies)

    def median(figure: Callable[[Measured], float]) -> float:
        return statistics.median(figure(run) for run in runs)

    row = {
        "operation": operation,
        "clients": clients,
        "past_orders": place.past_orders,
        "requests": len(latencies),
        "per_second": median(_rate),
        "app_ms": median(lambda run: 1000 * run.usage.app / len(run.latencies)),
        "database_ms": median(lambda run: 1000 * run.usage.database / len(run.latencies)),
        "load_ms": median(lambda run: 1000 * run.load_cpu / len(run.latencies)),
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[len(latencies) * 99 // 100],
    }
    if operation == "place":
        row |= {
            "floor_per_second": median(lambda run: run.floor or 0),
            "pipelined_floor_per_second": median(lambda run: run.pipelined_floor or 0),
            "of_floor": median(lambda run: _rate(run) / (run.floor or 1)),
            "of_pipelined_floor": median(lambda run: _rate(run) / (run.pipelined_floor or 1)),
        }
    return row


def _rate(run: Measured) -> float:
    return len(run.latencies) / run.elapsed


def _growth(few: Place, many: Place) -> list[dict[str, Any]]:
    """Return how much of its speed with few orders each operation keeps with many: the median over the rounds."""
    return [
        {
            "operation": operation,
            "clients": clients,
            "kept": statistics.median(
                _rate(after) / _rate(before)
                for before, after in zip(few.measured[operation, clients], runs, strict=True)
            ),
        }
        for (operation, clients), runs in many.measured.items()
    ]


def write(found: dict[str, Any], path: Path) -> None:
    """Keep the results as JSON."""
    path.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")


def table(found: dict[str, Any]) -> str:
    """Return the results as a table with each budget's verdict."""
    head = f"{'':10} {'orders':>9} {'clients':>7} {'/s':>7} {'app ms':>7} {'db ms':>6} {'p50 ms':>7} {'p99 ms':>7}"
    yardstick = found["yardstick_ms"]
    lines = [
        f"a request that does nothing takes {yardstick:.2f} ms of CPU here, {BUDGETS_MACHINE_MS} ms where the budgets "
        f"come from: this machine is {yardstick / BUDGETS_MACHINE_MS:.2f} x as slow",
        "CPU milliseconds per request, medians of the rounds",
        head,
    ]
    lines += [_line(row) for row in found["rows"]]
    placing = [row for row in found["rows"] if row["operation"] == "place"]
    lines += ["", f"the floor: {found['statements_of_a_placement']} statements by pgbench, one by one (and pipelined)"]
    lines += [_floor_line(row) for row in placing]
    lines += ["", "speed kept with many orders"]
    lines += [
        f"{row['operation']:10} {row['clients']:>2} clients {row['kept']:6.0%}"
        + (_verdict(row["kept"] >= GROWTH, f">= {GROWTH:.0%}") if row["operation"] == "place" else "")
        for row in found["growth"]
    ]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    cpu = row["app_ms"] + row["database_ms"]
    line = (
        f"{row['operation']:10} {row['past_orders']:>9,} {row['clients']:>7} {row['per_second']:>7.0f} "
        f"{row['app_ms']:>7.2f} {row['database_ms']:>6.2f} {row['p50_ms']:>7.2f} {row['p99_ms']:>7.2f}"
    )
    if row["clients"] == BUSY:
        budget = CPU_BUDGETS[row["operation"]]
        line += _verdict(cpu <= budget, f"CPU {cpu:.2f} <= {budget} ms")
    if row["operation"] == "place":
        tail = row["p99_ms"] / row["p50_ms"]
        line += _verdict(tail <= OF_P50, f"p99 {tail:.1f} <= {OF_P50:.0f} x p50")
    return line


def _floor_line(row: dict[str, Any]) -> str:
    line = (
        f"place      {row['past_orders']:>9,} {row['clients']:>7} {row['per_second']:>7.0f} of "
        f"{row['floor_per_second']:.0f}/s = {row['of_floor']:.1%} ({row['of_pipelined_floor']:.1%} of "
        f"{row['pipelined_floor_per_second']:.0f}/s)"
    )
    return line + (_verdict(row["of_floor"] >= OF_FLOOR, f">= {OF_FLOOR:.0%}") if row["clients"] == BUSY else "")


def _verdict(holds: bool, budget: str) -> str:
    return f"  {'ok' if holds else 'SHORT'} ({budget})"
