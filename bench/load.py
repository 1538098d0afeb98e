"""The load: requests made beforehand, sent over keep-alive connections by one process as cheaply as Python can.

Reads a pickled `Job` on stdin and writes a pickled `Outcome` on stdout; `fire` runs it in a process of its own, so
that its CPU is counted apart from the server's. It shares the machine with what it measures: see `Outcome.cpu`.
"""

from __future__ import annotations

import pickle
import selectors
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from itertools import cycle


@dataclass(slots=True)
class Job:
    """What to send: each request once where `seconds` is None, else over and over for so long."""

    port: int
    clients: int
    requests: list[bytes]
    status: int
    seconds: float | None = None


@dataclass(slots=True)
class Outcome:
    """What came back: latencies in seconds, the time it took, the load's own CPU seconds."""

    latencies: list[float] = field(default_factory=list)
    elapsed: float = 0.0
    cpu: float = 0.0
    unexpected: list[bytes] = field(default_factory=list)


def fire(job: Job) -> Outcome:
    """Send the job's requests from another process. Raises RuntimeError where an answer had another status."""
    done = subprocess.run(
        [sys.executable, "-c", "from bench.load import main; main()"],
        input=pickle.dumps(job),
        stdout=subprocess.PIPE,
        check=True,
    )
    outcome: Outcome = pickle.loads(done.stdout)
    if outcome.unexpected:
        raise RuntimeError(f"{len(outcome.unexpected)} unexpected answers, the first: {outcome.unexpected[0][:2000]!r}")
    return outcome


class _Client:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def answered(self) -> bytes | None:
        """Return the whole answer once it is there."""
        self.received += self.socket.recv(262_144)
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return None
        answer, self.received = self.received, b""
        return answer


def _length(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    return int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def run(job: Job) -> Outcome:
    """Send the job's requests; each client has one under way."""
    outcome = Outcome()
    requests = iter(job.requests) if job.seconds is None else cycle(job.requests)
    expected = b"HTTP/1.1 %d " % job.status
    selector, clients = selectors.EpollSelector(), []
    for _ in range(job.clients):
        client = _Client(job.port)
        selector.register(client.socket, selectors.EVENT_READ, client)
        clients.append(client)
        time.sleep(0.01)  # so that the server's processes take turns in accepting
    cpu, began = time.process_time(), time.perf_counter()
    ends = began + job.seconds if job.seconds is not None else float("inf")
    under_way = 0
    for client, request in zip(clients, requests, strict=False):
        client.send(request)
        under_way += 1
    while under_way:
        for ready, _ in selector.select():
            client = ready.data
            answer = client.answered()
            if answer is None:
                continue
            now = time.perf_counter()
            outcome.latencies.append(now - client.sent_at)
            if not answer.startswith(expected):
                outcome.unexpected.append(answer)
            request = next(requests, None) if now < ends else None
            if request is None:
                under_way -= 1
            else:
                client.send(request)
    outcome.elapsed, outcome.cpu = time.perf_counter() - began, time.process_time() - cpu
    return outcome


def main() -> None:
    """Run the job on stdin."""
    sys.stdout.buffer.write(pickle.dumps(run(pickle.load(sys.stdin.buffer))))
