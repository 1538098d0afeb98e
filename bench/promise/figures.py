"""What is told of the replayed days: the figures, as a table, as JSON, as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from statistics import median
from typing import Any

from .replay import Outcome

EARLY = timedelta(minutes=3)
COLUMNS = {
    "kept_percent": "kept %",
    "early_percent": "> 3 min early %",
    "on_time_percent": "kept, not early %",
    "off_start_median_s": "|ready - window| s",
    "off_start_p90_s": "p90 s",
    "turned_away_percent": "turned away %",
    "first_wait_median_min": "wait shown min",
    "walk_in_wait_p90_min": "walk-in p90 min",
}


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the figures of all outcomes of one estimate on one kind of day.

    Kept: ready by the window's end. |ready - window| is the distance to the window's start.
    """
    promised = [(each.shown, each.ready_at, each.arrival) for each in outcomes if each.shown and each.ready_at]
    orders = [(shown, ready, arrival) for shown, ready, arrival in promised if not arrival.is_walk_in]
    kept = [ready <= shown.ends_at for shown, ready, _ in orders]
    early = [ready < shown.starts_at - EARLY for shown, ready, _ in orders]
    off = sorted(abs((ready - shown.starts_at).total_seconds()) for shown, ready, _ in orders)
    soonest = [shown.starts_at - arrival.at for shown, _, arrival in orders if arrival.wanted_at is None]
    walk_ins = sorted((ready - arrival.at).total_seconds() for _, ready, arrival in promised if arrival.is_walk_in)
    return {
        "orders": len(orders),
        "walk_ins": len(walk_ins),
        "kept_percent": _percent(kept),
        "early_percent": _percent(early),
        "on_time_percent": _percent([is_kept and not is_early for is_kept, is_early in zip(kept, early, strict=True)]),
        "off_start_median_s": round(median(off)),
        "off_start_p90_s": round(_at(off, 0.9)),
        "turned_away_percent": _percent([each.shown is None for each in outcomes if not each.arrival.is_walk_in]),
        "first_wait_median_min": round(median(wait.total_seconds() for wait in soonest) / 60, 1),
        "walk_in_wait_p90_min": round(_at(walk_ins, 0.9) / 60, 1),
    }


def _percent(flags: Sequence[bool]) -> float:
    return round(100 * sum(flags) / len(flags), 1)


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[round(share * (len(ordered) - 1))]


def table(found: dict[str, dict[str, dict[str, float]]]) -> str:
    """Return the figures by day and estimate as a Markdown table."""
    lines = ["| day | promised by | orders | " + " | ".join(COLUMNS.values()) + " |"]
    lines.append("|---|---|" + "---:|" * (len(COLUMNS) + 1))
    for day, estimates in found.items():
        for estimate, own in estimates.items():
            cells = [str(own[name]) for name in ("orders", *COLUMNS)]
            lines.append(f"| {day} | {estimate} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def minutes_off(outcomes: Sequence[Outcome]) -> list[float]:
    """Return when each order was ready, in minutes after its window's start (before it: negative)."""
    return [
        (each.ready_at - each.shown.starts_at).total_seconds() / 60
        for each in outcomes
        if each.shown and each.ready_at and not each.arrival.is_walk_in
    ]


_COLOURS = ("#0b6e4f", "#b5542a", "#4a5a8a")
_FROM, _TO, _BAR = -12, 15, 0.5
_WIDTH, _HEIGHT, _LEFT, _TOP = 840, 200, 60, 46


def plot(days: dict[str, dict[str, list[float]]]) -> str:
    """Return an SVG: for each kind of day, how the orders of each estimate lie around their window."""
    height = _TOP + len(days) * (_HEIGHT + 60)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
        'font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f'<text x="{_LEFT}" y="22" font-size="15">Ready, in minutes after the start of the promised window</text>'
    ]
    for number, (day, estimates) in enumerate(days.items()):
        parts += _panel(day, estimates, _TOP + number * (_HEIGHT + 60))
    return "".join([*parts, "</svg>"])


def _panel(day: str, estimates: dict[str, list[float]], top: float) -> list[str]:
    bottom, bars = top + _HEIGHT, {name: _shares(minutes) for name, minutes in estimates.items()}
    most = max(max(shares) for shares in bars.values())
    parts = [
        f'<rect x="{_x(0)}" y="{top}" width="{_x(5) - _x(0)}" height="{_HEIGHT}" fill="#e8f3ee"/>',
        f'<rect x="{_x(_FROM)}" y="{top}" width="{_x(-3) - _x(_FROM)}" height="{_HEIGHT}" fill="#f7f1e6"/>',
        f'<text x="{_LEFT}" y="{top - 6}" font-weight="bold">{day}</text>',
    ]
    for place, (name, shares) in enumerate(bars.items()):
        points = " ".join(
            f"{_x(_FROM + (index + 0.5) * _BAR):.1f},{bottom - share / most * (_HEIGHT - 20):.1f}"
            for index, share in enumerate(shares)
        )
        colour = _COLOURS[place]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{_WIDTH - 210}" y="{top + 16 + 16 * place}" fill="{colour}">{name}</text>')
    parts += [
        f'<text x="{_x(minute)}" y="{bottom + 16}" text-anchor="middle">{minute}</text>'
        for minute in range(_FROM, _TO + 1, 3)
    ]
    return [*parts, f'<path d="M{_x(_FROM)} {bottom}H{_x(_TO)}" stroke="black"/>']


def _shares(minutes: Sequence[float]) -> list[float]:
    bars = [0.0] * int((_TO - _FROM) / _BAR)
    for each in minutes:
        bars[min(len(bars) - 1, max(0, int((each - _FROM) / _BAR)))] += 1 / len(minutes)
    return bars


def _x(minute: float) -> float:
    return _LEFT + (minute - _FROM) / (_TO - _FROM) * (_WIDTH - 2 * _LEFT)


def as_json(found: dict[str, dict[str, dict[str, float]]], *, days: int, seed: int) -> dict[str, Any]:
    """Return what is kept of a run."""
    return {"days": days, "seed": seed, "figures": found}
