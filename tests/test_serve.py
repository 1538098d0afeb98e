"""flask serve: the server and the worker as one service."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from service.config import ConfigError, Settings
from service.serving import require_free_port, server_command

from .running import ROOT, START_SECONDS, Running, free_port, running, wait_until

AT_ONCE = 3.0
"""Seconds; gunicorn by itself notices after one, and takes up to fifteen more."""

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


def _family(pid: int) -> dict[str, list[int]]:
    """The processes below the service, by name; `gunicorn` is the master, `http` are its own."""
    family = {name: [child] for name, child in _children(pid).items()}
    (master,) = family["gunicorn"]
    below = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return {**family, "http": [int(child) for child in below]}


def _is_running(pid: int) -> bool:
    """Tell whether the process runs; one that ended may be there until somebody asks for its exit code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def _ended(pids: list[int]) -> Iterator[None]:
    """End what is left of the processes when the block ends."""
    try:
        yield
    finally:
        for pid in pids:
            if _is_running(pid):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def _half_sent(port: int) -> Iterator[None]:
    """Hold a connection whose request isn't whole yet, as a client on a bad network does: gunicorn waits for those."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(b"POST /v1/guests HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        time.sleep(0.5)  # until one of its threads has it
        yield


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


def _settings(folder: Path, port: int) -> tuple[Settings, dict[str, str]]:
    environ = {"INSTANCE_PATH": str(folder / "instance"), "PATH": os.environ["PATH"], "PORT": str(port)}
    return Settings.from_environ(environ), environ


def test_killing_gunicorns_master_ends_its_processes_at_once_and_frees_the_port(migrated: Path) -> None:
    service = Running("serve", folder=migrated)
    wait_until(service.is_up, START_SECONDS)
    family = _family(service.process.pid)
    assert len(family["http"]) >= 1
    with _ended([service.process.pid, *family["http"]]), _half_sent(service.port):
        os.kill(*family["gunicorn"], signal.SIGKILL)
        wait_until(lambda: not any(map(_is_running, family["http"])), AT_ONCE)

        assert not [pid for pid in family["http"] if _is_running(pid)]
        require_free_port(_settings(migrated, service.port)[0])
        assert service.process.wait(30) != 0  # whoever runs it is told, and starts it again


@pytest.mark.broken_on_purpose
def test_control_without_its_hooks_gunicorns_processes_go_on_holding_the_port(migrated: Path) -> None:
    settings, environ = _settings(migrated, free_port())
    command = [part for part in server_command(settings) if not part.startswith("--config=")]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL, start_new_session=True) as master:
        try:
            wait_until(lambda: _answers(settings.port), START_SECONDS)
            children = Path(f"/proc/{master.pid}/task/{master.pid}/children").read_text().split()
            with _half_sent(settings.port):
                master.kill()
                master.wait()
                time.sleep(AT_ONCE)

                assert any(_is_running(int(child)) for child in children)
                with pytest.raises(ConfigError):
                    require_free_port(settings)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(master.pid, signal.SIGKILL)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def test_killing_the_service_itself_leaves_nothing_that_runs_for_ever_or_holds_the_port(migrated: Path) -> None:
    service = Running("serve", folder=migrated)
    wait_until(lambda: service.is_up() and len(_children(service.process.pid)) == 3, START_SECONDS)
    family = _family(service.process.pid)
    with _ended([pid for pids in family.values() for pid in pids]):
        with _half_sent(service.port):
            service.process.kill()
            service.process.wait()
            serving = [*family["gunicorn"], *family["http"]]
            wait_until(lambda: not any(map(_is_running, serving)), AT_ONCE)

            assert not [pid for pid in serving if _is_running(pid)]
        with running("serve", folder=migrated, PORT=str(service.port)) as again:
            assert again.ready() == 200
            wait_until(lambda: not any(map(_is_running, [*family["live"], *family["worker"]])))
            assert not [name for name, pids in family.items() for pid in pids if _is_running(pid)]
            assert again.ready() == 200


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
