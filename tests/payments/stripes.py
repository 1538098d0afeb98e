"""localstripe, a look-alike of Stripe's API that others wrote, as a process of its own on a free port."""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.running import free_port

# It listens on every address and keeps its state in one file of the machine; here it is alone and leaves none.
_START = """
import sys
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda self: None
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
"""


class LocalStripe:
    """Where it answers, and what only its customers do there."""

    def __init__(self, port: int) -> None:
        self.port, self.url = port, f"http://127.0.0.1:{port}"

    def is_up(self) -> bool:
        """Tell whether it takes connections."""
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def post(self, path: str, body: Any) -> Any:
        """Send it JSON; return its answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            headers = {"Authorization": "Bearer sk_test_12345", "Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
            return json.loads(text) if text else None
        finally:
            connection.close()

    def card(self, number: str) -> str:
        """Do what Stripe's own form does: give it a card, and get a token for it."""
        card = {"number": number, "exp_month": 12, "exp_year": 2035, "cvc": "123"}
        token: str = self.post("/v1/payment_methods", {"type": "card", "card": card})["id"]
        return token

    def authenticate(self, secret: str, *, success: bool) -> None:
        """Do what a customer does at their bank."""
        reference = secret.partition("_secret_")[0]
        self.post(f"/v1/payment_intents/{reference}/_authenticate", {"client_secret": secret, "success": success})


@contextmanager
def local_stripe(folder: Path) -> Iterator[LocalStripe]:
    """Run it for the block; skip where it isn't installed."""
    if importlib.util.find_spec("localstripe") is None or importlib.util.find_spec("stripe") is None:
        pytest.skip("stripe and localstripe are not installed (make install)")
    port = free_port()
    with (folder / "localstripe.log").open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-c", _START, str(port)], stdout=printed, stderr=printed, env=dict(os.environ)
        )
    try:
        running, deadline = LocalStripe(port), time.monotonic() + 60
        while not running.is_up():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "localstripe.log").read_text()[-2000:])
            time.sleep(0.05)
        yield running
    finally:
        process.kill()
        process.wait()
