"""What the tests of the wallet share: people with cards and money, threads that begin at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import clock
from service.accounts.models import Person
from service.db import say_run
from service.http.edge import Edge
from service.payments.rules.timing import LEASE
from service.wallet import actions, queries
from service.wallet.rules.ledger import Account, Leg
from tests.factories import make_customer, sign_in_as

USD = "USD"


class Purse:
    """A customer with a wallet, and what they ask of it over HTTP."""

    def __init__(self, app: Edge, session: Session, **details: Any) -> None:
        self.app = app
        self.person: Person = make_customer(session, **details)
        self.id = self.person.id
        self.headers = sign_in_as(app, self.person)
        self.client: FlaskClient = app.test_client()
        self.cards: dict[str, str] = {}

    def method(self, token: str = "sandbox_visa") -> str:
        """Return the customer's card; added where they have none such."""
        if token not in self.cards:
            added = self.client.post("/v1/me/payment-methods", json={"token": token}, headers=self.headers)
            assert added.status_code == 201, added.text
            self.cards[token] = added.json["id"]
        return self.cards[token]

    def load(self, amount_minor: int, currency: str = USD, token: str = "sandbox_visa") -> Any:
        """Load the wallet with a card; return the load as it was answered."""
        amount = {"amount_minor": amount_minor, "currency": currency}
        loaded = self.post("loads", {"amount": amount, "payment_method_id": self.method(token)})
        assert loaded.status_code == 201, loaded.text
        return loaded.json

    def reconcile(self) -> None:
        """Let the worker's pass of some seconds later come: what is due is driven."""
        self.app.extensions["sayso.payments"].drive_due(now=clock.now() + LEASE + timedelta(seconds=1))

    def pay(
        self,
        amount_minor: int,
        purpose_id: UUID | None = None,
        *,
        currency: str = USD,
        now: datetime | None = None,
    ) -> None:
        """Pay for an order."""
        with self.app.database.writing.begin() as session:
            say_run(session, 1, runs_again=True)
            actions.pay(
                session,
                customer_id=self.id,
                parts=[Leg(Account("revenue", STORE, currency), amount_minor)],
                purpose="order",
                purpose_id=purpose_id or uuid4(),
                now=now or clock.now(),
            )

    def get(self, path: str = "", **query: Any) -> Any:
        """Read something of the wallet."""
        return self.client.get(_at(path), headers=self.headers, query_string=query)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """Ask something of the wallet."""
        keyed = self.headers | {"Idempotency-Key": key or str(uuid4())}
        return self.client.post(_at(path), json=body, headers=keyed)

    def has(self, currency: str = USD) -> int:
        """Return what is in the wallet."""
        with self.app.database.reading() as session:
            balances = queries.balances_of(session, customer_id=self.id)
        found: int = next((each["balance"]["amount_minor"] for each in balances if each["currency"] == currency), 0)
        return found

    def entries(self, currency: str = USD) -> list[tuple[str, int, int]]:
        """Return reason, amount and balance of each entry, oldest first."""
        found = self.get("entries", currency=currency, limit=100).json["data"]
        return [(each["reason"], each["amount"]["amount_minor"], each["balance"]["amount_minor"]) for each in found][
            ::-1
        ]


STORE = UUID("00000000-0000-7000-8000-00000000c0fe")


def _at(path: str) -> str:
    return path if path.startswith("/") else f"/v1/me/wallet/{path}".rstrip("/")


def usd(amount_minor: int) -> dict[str, Any]:
    """Return an amount as it is on the wire."""
    return {"amount_minor": amount_minor, "currency": USD}


def faults(app: Edge) -> list[str]:
    """Return what the audit finds."""
    with app.database.reading() as session:
        return queries.ledger_faults(session)


def audited(app: Edge) -> tuple[int, str]:
    """Run `flask audit ledger`; return how it ended and what it said."""
    result = app.test_cli_runner().invoke(args=["audit", "ledger"])
    return result.exit_code, result.output


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Do the work in so many threads that begin at one moment; return what each returned or raised."""
    start = Barrier(count)

    def one(number: int) -> Any:
        start.wait()
        try:
            return work(number)
        except Exception as error:  # noqa: BLE001 - what a thread met is what the test looks at
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))
