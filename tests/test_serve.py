"""flask serve: the server and the worker as one service."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .running import ROOT, Running, free_port, running, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the processes in /proc")


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serve")
    environ = {"INSTANCE_PATH": str(folder / "instance"), "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-m", "flask", "db", "upgrade"], cwd=ROOT, env=environ, check=True)
    return folder


@pytest.fixture(scope="module")
def service(migrated: Path) -> Iterator[Running]:
    with running("serve", folder=migrated) as service:
        yield service


def _children(pid: int) -> dict[str, int]:
    """The service's own processes: `gunicorn`, `worker` and `live`, by name."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        command = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
        found.update({name: int(child) for name in ("gunicorn", "worker", "live") if name in command})
    return found


def _count(metrics: str, operation: str) -> float:
    counts = re.findall(rf'^sayso_requests_total{{operation="{operation}",status="\d+"}} (\S+)$', metrics, re.MULTILINE)
    return sum(float(count) for count in counts)


@pytest.mark.parametrize("name", ["worker", "live"])
def test_a_process_that_dies_is_started_again(service: Running, name: str) -> None:
    died = _children(service.process.pid)[name]
    os.kill(died, signal.SIGKILL)

    wait_until(lambda: _children(service.process.pid).get(name, died) != died)

    assert _children(service.process.pid)[name] != died
    assert service.ready() == 200


def test_the_metrics_count_the_requests_of_every_process(service: Running) -> None:
    with ThreadPoolExecutor(8) as clients:
        statuses = list(clients.map(lambda _: service.post("/v1/guests", {}), range(40)))

    assert set(statuses) == {201}
    assert _count(service.get("/metrics")[1].decode(), "guests.start_guest_session") == 40


def test_no_client_can_forge_its_scheme_or_address(service: Running) -> None:
    """gunicorn believes forwarded headers of local clients by default."""
    command = Path(f"/proc/{_children(service.process.pid)['gunicorn']}/cmdline").read_text()

    assert "--forwarded-allow-ips=\0" in command


def test_stopping_says_so_first_and_leaves_nothing_behind(migrated: Path) -> None:
    with running("serve", folder=migrated, DRAIN_SECONDS="60") as service:
        children = _children(service.process.pid)

        service.process.terminate()
        wait_until(lambda: service.ready() == 503, 2)
        draining, serving = service.ready(), service.get("/healthz")[0]
        service.process.send_signal(signal.SIGINT)  # a second signal cuts the minute short
        code = service.process.wait(30)

    assert (draining, serving, code) == (503, 200, 0), service.printed()
    assert not [pid for pid in children.values() if Path(f"/proc/{pid}").exists()]
    assert not {path.name for path in (migrated / "instance").iterdir()} & {"draining", "address"}


def test_a_taken_port_gets_a_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    port = free_port()
    environ = {"INSTANCE_PATH": str(tmp_path), "PATH": os.environ["PATH"], "PORT": str(port)}
    with socket.create_server(("127.0.0.1", port)):
        refused = subprocess.run(
            [sys.executable, "-m", "flask", "serve"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )

    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1, refused.stderr
    assert f"127.0.0.1:{port}" in refused.stderr
    assert "PORT=" in refused.stderr


def test_a_wrong_setting_gets_a_sentence_that_names_it(tmp_path: Path) -> None:
    environ = {"INSTANCE_PATH": str(tmp_path), "PATH": os.environ["PATH"], "SESSION_DAYS": "many"}

    refused = subprocess.run(
        [sys.executable, "-m", "flask", "serve"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )

    assert refused.returncode != 0
    assert refused.stderr.count("\n") == 1, refused.stderr
    assert "SESSION_DAYS" in refused.stderr
