"""A busy morning: its rules, and a minute of it at the real demo."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event, Timer
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from service.demo.busy import rules
from service.demo.busy.morning import STORE
from service.demo.busy.wire import Over, Wire
from service.demo.chain import STORES
from service.demo.menu import MENU
from service.http.edge import Edge

from ..running import ROOT, running, wait_until
from .test_seed import Run, run  # noqa: F401 - a fixture

SEEDS = st.integers(0, 10**6)


def test_it_is_played_where_the_first_screens_are_and_it_is_always_open() -> None:
    assert STORES[0] == STORE
    assert STORE.hours == "24/7"


def test_all_that_is_wished_for_is_on_the_menu(app: Edge, client: FlaskClient, run: Run) -> None:  # noqa: F811
    run("seed")
    stores = client.get("/v1/stores?near=40.70,-74.01").json["data"]
    menu = client.get(f"/v1/stores/{next(each['id'] for each in stores if each['name'] == STORE.name)}/menu").json
    for item in menu["items"]:
        item["availability"]["is_available"] = True  # whatever the hour is
    skus = {item.sku for item in MENU.items}

    assert skus >= {*rules.SELLS_OUT, *rules.INSTEAD, *rules.INSTEAD.values()}
    for _, wish in rules.MENU_OF_WISHES:
        (line,) = rules.basket(_visit(wishes=(wish,)), menu)
        assert len(line["modifiers"]) == len(wish.options), wish
        assert (line["size_id"] is not None) == (wish.size is not None), wish


def _visit(**changes: Any) -> rules.Visit:
    return dataclasses.replace(rules.visit(1, 1, 3), **changes)


@given(SEEDS, st.integers(0, 2_000))
@settings(max_examples=50)
def test_the_same_seed_brings_the_same_customer(seed: int, number: int) -> None:
    assert rules.visit(seed, number, 3) == rules.visit(seed, number, 3)


@given(SEEDS)
@settings(max_examples=10)
def test_a_morning_ends_and_brings_neither_few_nor_endlessly_many(seed: int) -> None:
    elapsed, number = 0.0, 0
    while elapsed <= rules.MORNING_SECONDS:
        elapsed += rules.gap_seconds(seed, number, elapsed)
        number += 1

    assert 250 < number < 700


@given(SEEDS, st.uuids(), st.integers(1, 5), st.sampled_from(["bar", "oven", "cold", "counter"]))
@settings(max_examples=50)
def test_making_takes_some_seconds_and_never_minutes_for_one(
    seed: int, order: Any, quantity: int, station: str
) -> None:
    assert 5 <= rules.making_seconds(seed, str(order), 1, station, quantity) <= 70 * (1 + quantity / 2)


def test_whoever_is_told_that_it_is_over_stops_asking() -> None:
    over = Event()
    wire = Wire("http://127.0.0.1:1", over)  # nobody answers there
    Timer(0.3, over.set).start()

    with pytest.raises(Over):
        wire.send("GET", "/v1/stores", {})

    wire.close()
    assert wire.retries >= 1


def test_without_the_demo_nothing_is_played(run: Run) -> None:  # noqa: F811
    refused = run("demo", "busy")

    assert refused.exit_code == 1
    assert "not loaded yet" in refused.output


@pytest.mark.campaign
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the processes in /proc")
def test_a_running_demo_is_kept_busy_until_it_is_told_to_stop(tmp_path: Path) -> None:
    with running("demo", "run", folder=tmp_path, DEMO="1", DEMO_BUSY="1", RATE_LIMITS="0") as demo:
        wait_until(lambda: "A busy morning at" in demo.printed(), 30)
        command = [sys.executable, "-m", "flask", "demo", "busy", "--seed", "7", "--pace", "30"]
        environ = {name: value for name, value in demo.environ.items() if name != "PORT"}
        second = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            assert second.stdout is not None
            began = second.stdout.readline()
            before = _moved(demo)
            wait_until(lambda: _moved(demo) >= before + 3, 60)
            moved = _moved(demo) - before
        finally:
            second.send_signal(signal.SIGINT)
            told, _ = second.communicate(timeout=20)

    assert moved >= 3, told
    assert "seed 7, pace 30" in began
    assert "The morning is over" in told
    assert (second.returncode, demo.process.returncode) == (0, 0), demo.printed()


def _moved(demo: Any) -> int:
    """Count how often an order was fired or handed over by staff, by the metrics."""
    metrics = demo.get("/metrics")[1].decode()
    prefix = 'sayso_requests_total{operation="orders.move_order",status="200"} '
    return int(sum(float(line.removeprefix(prefix)) for line in metrics.splitlines() if line.startswith(prefix)))
