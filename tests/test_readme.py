"""The README's session, pasted as it stands, against what `make run` starts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .running import ROOT, Running, running, wait_until

SESSION = "\n".join(re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running("demo", "run", folder=tmp_path_factory.mktemp("readme"), DEMO="1", SERVER_PROCESSES="1") as service:
        yield service


def _paste(session: str, base_url: str) -> subprocess.CompletedProcess[str]:
    assert shutil.which("curl"), "the README's session needs curl"
    environ = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "BASE": base_url}
    return subprocess.run(
        ["sh", "-eu", "-c", session], env=environ, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_session_of_the_readme_ends_with_orders_picked_up_and_paid_and_a_new_customer(demo: Running) -> None:
    pasted = _paste(SESSION, demo.url)

    assert pasted.returncode == 0, pasted.stderr + pasted.stdout[-2000:]
    states = re.findall(r"^\S+ (fired|in_preparation|ready|picked_up) $", pasted.stdout, re.MULTILINE)
    by_till, by_wallet = ["fired", "in_preparation", "ready", "picked_up"], ["fired", "ready", "picked_up"]
    assert states == [*by_till, *by_wallet], pasted.stdout
    receipt = pasted.stdout.rpartition('"order": {')[2]
    assert '"state": "picked_up"' in receipt
    assert '"reason": "payment"' in pasted.stdout
    assert '"kind": "earned"' in pasted.stdout
    assert '"email":"reader-' in pasted.stdout


def test_the_demo_tells_programs_where_it_is_and_who_can_sign_in(demo: Running) -> None:
    told = json.loads(demo.flask("demo", "accounts", "--json"))

    assert told["base_url"] == demo.url
    assert {"role", "email", "password", "store_ids"} <= told["accounts"][0].keys()
    assert {"id", "number", "name"} <= told["stores"][0].keys()


def test_the_demo_prints_its_address_and_sign_ins(demo: Running) -> None:
    wait_until(lambda: "README.md" in demo.printed())  # the last line

    assert demo.url in demo.printed()
    assert "maya@customers.example" in demo.printed()


def test_a_second_run_keeps_what_the_first_did(tmp_path: Path) -> None:
    for run in (1, 2):
        with running("demo", "run", folder=tmp_path, DEMO="1", SERVER_PROCESSES="1") as demo:
            printed = demo.printed()
        assert ("0 stores, 0 people and 0 parts of the menu" in printed) is (run == 2), printed
