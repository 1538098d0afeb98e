"""`make bench-preferences`: what 200 rules cost a quote of 10 lines from a menu of 1,000 items.

One process, one database, three requests in turns: the quote of a customer who never said anything, the same quote of
one with 200 rules, and its explanation. Each figure is the median of one run, so that ratios hold whatever else the
machine does. The budget, in the time that a caller waits: the quote with rules and the explanation take at most 1.5
times the quote without preferences, each. The processor time is this process's alone: of an explanation, which writes
nothing, that is nearly all; of a quote the database's comes on top.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from service import clock, create_app
from service.db import Base
from service.http.edge import Edge
from service.menu import actions as menu_actions
from service.menu.rules import Attachment, ChainCategory, ChainGroup, ChainItem, ChainMenu, ChainOption, ChainSize
from tests import postgres
from tests.conftest import settings_for
from tests.factories import make_customer, make_store, price, sign_in_as

OUT = Path(__file__).parent / "out"
ITEMS, CATEGORIES, RULES, LINES = 1_000, 50, 200, 10
MOST = 1.5
_SIZES, _SYRUPS = tuple(enumerate(("small", "medium", "large"))), ("vanilla", "caramel", "hazelnut", "maple")
_HOURS = ("06:00-11:00", "Mo-Fr 11:00-17:00", "Sa-Su 09:00-14:00", "17:00-22:00")


def main() -> None:
    """Run the benchmark, print its figures, keep them as JSON."""
    parser = argparse.ArgumentParser(prog="bench.preferences", description=__doc__)
    parser.add_argument("--rounds", type=int, default=400)
    rounds = parser.parse_args().rounds
    logging.disable(logging.INFO)
    cluster = postgres.Cluster(settings=())
    with closing(_Stopping(cluster)), TemporaryDirectory() as folder:
        url = postgres.create_database(cluster.url("postgres"), "bench_preferences")
        app = create_app(settings_for(url, Path(folder)))
        with app.app_context():
            Base.metadata.create_all(app.database.engine)
        found = measured(requests_of(app), rounds)
        app.database.dispose()
    OUT.mkdir(exist_ok=True)
    (OUT / "preferences.json").write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


class _Stopping:
    def __init__(self, cluster: postgres.Cluster) -> None:
        self.close = cluster.stop


def requests_of(app: Edge) -> dict[str, Callable[[], None]]:
    """Open a store with the menu and two customers; return the three requests."""
    with app.database.writing() as session:
        store_id = str(make_store(session, stations={"bar": 100}).id)
        loaded = menu_actions.load_menu(session, _menu(), now=clock.now())
        session.commit()
        silent, spoken = (sign_in_as(app, make_customer(session)) for _ in range(2))
        _say(app, spoken, list(_rules(store_id, loaded)))
        lines = [{"item_id": str(loaded.items[f"drink-{number * 7}"])} for number in range(LINES)]
    basket = {"store_id": store_id, "lines": lines}
    return {
        "quote": _request(app, "/v1/quotes", basket, silent),
        "quote with rules": _request(app, "/v1/quotes", basket, spoken),
        "explain": _request(app, "/v1/me/preferences/explain", basket, spoken),
    }


def _say(app: Edge, headers: dict[str, str], rules: list[dict[str, Any]]) -> None:
    answer = app.test_client().put(
        "/v1/me/preferences/order_rules", json={"value": {"rules": rules}}, headers=headers | {"If-Match": '"0"'}
    )
    assert answer.status_code == 200, answer.text


def _request(app: Edge, path: str, body: dict[str, Any], headers: dict[str, str]) -> Callable[[], None]:
    client = app.test_client()

    def send() -> None:
        answer = client.post(path, json=body, headers=headers)
        assert answer.status_code in {200, 201}, answer.text

    return send


def measured(requests: dict[str, Callable[[], None]], rounds: int) -> dict[str, Any]:
    """Send the requests in turns; return the medians of wall and processor time, and the ratios to the plain quote."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in requests}
    for number in range(rounds + 20):
        for name, send in requests.items():
            gc.collect(0)
            wall, processor = time.perf_counter(), time.process_time()
            send()
            if number >= 20:  # the first ones compile and cache
                taken[name].append((time.perf_counter() - wall, time.process_time() - processor))
    medians = {
        name: {"wall_ms": _median(each[0] for each in runs), "processor_ms": _median(each[1] for each in runs)}
        for name, runs in taken.items()
    }
    ratios = {
        name: {figure: round(row[figure] / medians["quote"][figure], 3) for figure in row}
        for name, row in medians.items()
        if name != "quote"
    }
    return {
        "items": ITEMS,
        "rules": RULES,
        "lines": LINES,
        "rounds": rounds,
        "medians": medians,
        "over_quote": ratios,
        "most": MOST,
        "holds": all(row["wall_ms"] <= MOST for row in ratios.values()),
    }


def _median(seconds: Iterator[float]) -> float:
    return round(1000 * statistics.median(seconds), 3)


def _menu() -> ChainMenu:
    milk = ChainGroup(
        ref="milk",
        name="Milk",
        min=1,
        max=1,
        options=(
            ChainOption(key="whole", name="Whole milk", default_quantity=1),
            ChainOption(key="oat", name="Oat drink", prices=price(70)),
        ),
    )
    syrups = tuple(ChainOption(key=key, name=key.title(), prices=price(50)) for key in _SYRUPS)
    return ChainMenu(
        categories=tuple(
            ChainCategory(key=f"part-{each}", name=f"Part {each}", parent=f"part-{each // 3}" if each else None)
            for each in range(CATEGORIES)
        ),
        groups=(milk, ChainGroup(ref="syrup", name="Syrup", max=4, options=syrups)),
        items=tuple(
            ChainItem(
                sku=f"drink-{number}",
                name=f"Drink {number}",
                category=f"part-{number % CATEGORIES}",
                sizes=tuple(ChainSize(key=key, name=key, prices=price(400), is_default=not at) for at, key in _SIZES),
                groups=(Attachment(ref="milk"), Attachment(ref="syrup")),
                work={"bar": 30},
            )
            for number in range(ITEMS)
        ),
    )


def _rules(store_id: str, loaded: Any) -> Iterator[dict[str, Any]]:
    """Yield rules of every scope; a few dozen of them are about each of the lines."""
    for number in range(RULES):
        when: dict[str, Any] = {}
        if number % 5 == 0:
            when["item_id"] = str(loaded.items[f"drink-{number % 70}"])
        elif number % 5 < 3:
            when["category_id"] = str(loaded.categories[f"part-{number % CATEGORIES}"])
        if number % 3 == 0:
            when["store_id"] = store_id
        if number % 2 == 0:
            when["daypart"] = _HOURS[number // 2 % len(_HOURS)]
        yield {"when": when, "set": _set(number)}


def _set(number: int) -> dict[str, Any]:
    return [
        {"size": _SIZES[number % 3][1]},
        {"options": [{"group": "milk", "option": "oat"}]},
        {"options": [{"group": "syrup", "option": _SYRUPS[number % 4], "quantity": 1 + number % 3}]},
        {"quantity": 1 + number % 2},
        {"note": f"note {number}"},
        {"size": "large"},
        {"options": [{"group": "milk", "option": "whole"}]},
    ][number % 7]


if __name__ == "__main__":
    main()
