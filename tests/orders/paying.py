"""A customer with a wallet at the shop, and what they pay with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from service import clock
from service.payments.rules.timing import LEASE
from service.wallet import queries as wallet
from tests.wallet.purse import audited

from .shop import Shop

WALLET, AT_PICKUP = {"kind": "wallet"}, {"kind": "pay_at_pickup"}
PRICE = 437
"""What a flat white costs at the shop, with its tax."""


class Payer:
    """The shop's customer, who pays."""

    def __init__(self, shop: Shop, headers: dict[str, str] | None = None) -> None:
        self.shop, self.headers = shop, headers or shop.customer
        self.client = shop.app.test_client()
        self.now = clock.now()

    def card(self, token: str = "sandbox_visa") -> str:
        """Add a test card; return its id."""
        added = self.client.post("/v1/me/payment-methods", json={"token": token}, headers=self.headers)
        assert added.status_code == 201, added.text
        found: str = added.json["id"]
        return found

    def load(self, amount_minor: int) -> None:
        """Load the wallet with a card of its own."""
        self.load_with(self.card(), amount_minor)

    def load_with(self, card: str, amount_minor: int) -> None:
        """Load the wallet with a card."""
        body = {"amount": {"amount_minor": amount_minor, "currency": "USD"}, "payment_method_id": card}
        key = {"Idempotency-Key": str(uuid4())}
        loaded = self.client.post("/v1/me/wallet/loads", json=body, headers=self.headers | key)
        assert loaded.json["state"] == "settled", loaded.text

    def has(self) -> tuple[int, int]:
        """Return what is in the wallet, and what of it can be spent."""
        (found,) = self.client.get("/v1/me/wallet", headers=self.headers).json["balances"]
        return found["balance"]["amount_minor"], found["available"]["amount_minor"]

    def quote(self, *tenders: dict[str, Any], **basket: Any) -> Any:
        """Ask for a quote that the tenders pay."""
        return self.shop.quote(headers=self.headers, tenders=list(tenders) or [WALLET], **basket)

    def placed(self, *tenders: dict[str, Any], **basket: Any) -> Any:
        """Place an order that the tenders pay."""
        quote = self.quote(*tenders, **basket)
        assert quote.status_code == 201, quote.text
        answer = self.shop.place(quote.json["id"], headers=self.headers)
        assert answer.status_code == 201, answer.text
        return answer.json

    def fire(self, order: Any) -> Any:
        """Let the store start."""
        fired = self.shop.move(order["id"], "fired")
        assert fired.status_code == 200, fired.text
        return fired.json

    def reconcile(self) -> None:
        """Let the worker's next pass, some seconds later, come."""
        self.now = max(self.now, clock.now()) + LEASE + timedelta(seconds=1)
        self.shop.app.extensions["sayso.payments"].drive_due(now=self.now)

    def receipt(self, order: Any) -> Any:
        """Read the order's receipt."""
        return self.client.get(f"/v1/orders/{order['id']}/receipt", headers=self.headers).json

    def sound(self) -> None:
        """Nothing is wrong with the ledger."""
        assert audited(self.shop.app) == (0, "The ledger holds.\n")

    def house(self) -> dict[str, int]:
        """Return what the store's accounts say."""
        with self.shop.app.database.reading() as session:
            return wallet.balances_of_store(session, store_id=UUID(str(self.shop.store.id)), currency="USD")


def states(order: Any) -> list[tuple[str, str, int]]:
    """Return kind, state and part of the total of each of an order's tenders."""
    return [(each["kind"], each["state"], each["amount"]["amount_minor"]) for each in order["tenders"]]
