"""Processes that drive a payment and are killed (-9) at a step: `python -m tests.payments.crashing`.

With `forgetful` it drives as one would without a look-up and without a key: what it asks for is another payment each
time. That is the control.
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import sys
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID, uuid4

from service.config import Settings
from service.db import Database
from service.payments.driving import Payments
from service.payments.models import PaymentIntent
from service.payments.providers.port import Asked
from service.payments.providers.sandbox import Sandbox
from service.payments.rules.seen import OPENED, Seen
from tests.conftest import settings_for


class Forgetful(Sandbox):
    """The sandbox, asked without a key and never looked up."""

    def open(self, asked: Asked) -> str:
        """Open another payment each time."""
        self._reference = super().open(dataclasses.replace(asked, key=uuid4()))
        return self._reference

    def look_up(self, reference: str) -> Seen:
        """Believe that nothing was done yet."""
        return Seen(state=OPENED)

    def authorise(self, reference: str, *, key: UUID) -> Seen:
        """Authorise, as something new."""
        with self._database.reading() as bank:
            payment = self._payment(bank, reference)
        asked = Asked(
            key=uuid4(),
            token=payment.token,
            customer="",
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            captures_at_once=payment.captures_at_once,
        )
        return super().authorise(super().open(asked), key=key)


def main(folder: str) -> None:
    """For each line, a JSON object, drive a payment in a child that may be killed on the way; print how it ended."""
    for line in sys.stdin:
        asked = json.loads(line)
        settings = warmed(asked.pop("database_url"), folder)
        child = os.fork()
        if child == 0:
            drive(settings, **asked)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - it is the answer


@cache
def warmed(database_url: str, folder: str) -> Settings:
    """Return the settings, once a look at the database has loaded what each child would have to load. It leaves no
    connection for them to share."""
    settings = settings_for(database_url, Path(folder))
    database = Database(settings)
    with database.reading() as session:
        session.get(PaymentIntent, uuid4())
    database.dispose()
    return settings


def drive(settings: Settings, payment_id: str, now: str, step: str, kind: str) -> None:
    """Drive the payment, up to the step."""

    def at(reached: str) -> None:
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)

    database = Database(settings)
    bank = (Forgetful if kind == "forgetful" else Sandbox)(settings, database)
    payments = Payments(database, {"sandbox": bank}, current="sandbox", at=at)
    payments.drive(UUID(payment_id), now=datetime.fromisoformat(now))


if __name__ == "__main__":
    main(*sys.argv[1:])
