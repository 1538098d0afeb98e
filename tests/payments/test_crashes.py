"""kill -9 at every step of a payment: never charged twice, settled after one pass. With a control."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.serving import ROOT

from .crashing import Forgetful
from .till import Till

Crash = Callable[..., None]


@pytest.fixture(scope="module")
def doomed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    """What has payments driven by processes that are killed on the way."""
    command = [sys.executable, "-m", "tests.payments.crashing", str(tmp_path_factory.mktemp("crashes"))]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        yield running
        running.kill()


@pytest.fixture
def crash(till: Till, doomed: subprocess.Popen[str], database_url: str) -> Crash:
    """Drive a payment in a process that is killed at a step."""

    def drive(payment_id: UUID, step: str, kind: str = "sandbox") -> None:
        asked = {"payment_id": str(payment_id), "now": till.now.isoformat(), "step": step, "kind": kind}
        asked["database_url"] = database_url
        assert doomed.stdin is not None
        assert doomed.stdout is not None
        print(json.dumps(asked), file=doomed.stdin, flush=True)
        assert doomed.stdout.readline() == "-9\n", f"not killed at {step!r}"

    return drive


def begun(till: Till) -> UUID:
    return till.begin()


def to_capture(till: Till) -> UUID:
    payment_id = till.paid(capture=False)
    till.want("capture", payment_id, amount_minor=1_000)
    return payment_id


def to_void(till: Till) -> UUID:
    payment_id = till.paid(capture=False)
    till.want("void", payment_id)
    return payment_id


def to_refund(till: Till) -> UUID:
    payment_id = till.paid()
    till.want("refund", payment_id, amount_minor=250, purpose_id=uuid4())
    return payment_id


STEPS: list[Any] = [
    *[(begun, step, ("captured", 1_250, 0)) for step in ("claimed", "opened", "noted", "before authorise")],
    *[(begun, step, ("captured", 1_250, 0)) for step in ("after authorise", "settled")],
    *[(to_capture, step, ("captured", 1_000, 0)) for step in ("before capture", "after capture")],
    *[(to_void, step, ("voided", 0, 0)) for step in ("before void", "after void")],
    *[(to_refund, step, ("captured", 1_250, 250)) for step in ("before refund", "after refund")],
]


@pytest.mark.parametrize(("arrange", "step", "state"), STEPS)
def test_killed_at_a_step_it_is_settled_after_one_pass_and_charged_once(
    till: Till, crash: Crash, arrange: Callable[[Till], UUID], step: str, state: tuple[str, int, int]
) -> None:
    payment_id = arrange(till)
    crash(payment_id, step)

    till.reconcile()

    assert till.state(payment_id) == state
    assert till.kept(payment_id).due_at is None
    assert till.at_bank() == [state]
    assert till.disagreements() == []
    told = till.told(payment_id)
    assert len(told) == len(set(told))


def test_control_without_a_key_and_a_look_up_it_is_charged_twice(
    till: Till, crash: Crash, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment_id = till.begin()
    crash(payment_id, "after authorise", "forgetful")

    forgetful = Forgetful(till.app.extensions["sayso.settings"], till.app.database)
    monkeypatch.setitem(till.payments._providers, "sandbox", forgetful)  # type: ignore[index]
    till.reconcile()

    assert [state for state, _, _ in till.at_bank()].count("captured") == 2


def test_while_it_is_leased_to_one_who_died_nobody_else_drives_it(till: Till, crash: Crash) -> None:
    payment_id = till.begin()
    crash(payment_id, "after authorise")

    assert till.drive(payment_id) is False
    assert till.state(payment_id) == ("created", 0, 0)
