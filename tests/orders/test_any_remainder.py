"""A wallet of any remainder reaches exactly nothing: by ordering, and by cash-out, in currencies with 0, 2, 3 decimals.

The seed is in the test's name; the campaign runs more of them. A longer one: REMAINDER_SEEDS=100.
"""

from __future__ import annotations

import os
import random
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from service import clock
from service.http import fields
from service.http.edge import Edge
from service.menu import actions as menu_actions
from service.menu.rules import ChainCategory, ChainItem, ChainMenu, ChainSize, Price
from tests.factories import make_staff, make_store, sign_in_as
from tests.wallet.purse import Purse, audited

CURRENCIES = {"JPY": 450, "USD": 437, "KWD": 1_337}
"""With 0, 2 and 3 decimals, and what an espresso costs in each, before its tax."""
AT_PICKUP = {"kind": "pay_at_pickup"}
SEEDS = int(os.environ.get("REMAINDER_SEEDS", "12"))


class Counter:
    """A store of a currency, and a customer whose wallet has it."""

    def __init__(self, app: Edge, session: Session, currency: str) -> None:
        self.currency = currency
        self.store = make_store(session, currency=currency, tax_rates={"standard": 825})
        self.item = menu_actions.load_menu(session, _menu(), now=clock.now()).items["espresso"]
        session.commit()
        self.barista = sign_in_as(app, make_staff(session, self.store.id, "barista"))
        self.purse = Purse(app, session)
        self.client = self.purse.client

    def load(self, amount_minor: int) -> None:
        """Load the wallet, to the unit."""
        assert self.purse.load(amount_minor, self.currency)["state"] == "settled"

    def available(self) -> int:
        """Return what can be spent."""
        found: int = next(
            each["available"]["amount_minor"]
            for each in self.purse.get().json["balances"]
            if each["currency"] == self.currency
        )
        return found

    def order(self, rest: dict[str, Any], quantity: int) -> tuple[int, int]:
        """Order, paid by the wallet as far as it goes and else by `rest`; return what it cost, and the rest of it."""
        quote = self._post(
            "/v1/quotes",
            {
                "store_id": str(self.store.id),
                "lines": [{"item_id": str(self.item), "quantity": quantity}],
                "tenders": [{"kind": "wallet"}, rest],
                "tip": {"amount_minor": 3},
            },
        )
        order = self._post("/v1/orders", {"quote_id": quote["id"], "client_order_id": f"app-{uuid4()}"})
        assert [each["amount"] for each in order["tenders"]] == [each["amount"] for each in quote["tenders"]]
        self._post(f"/v1/orders/{order['id']}/transitions", {"to": "fired"}, self.barista)
        paid = {each["kind"]: each["amount"]["amount_minor"] + each["tip"]["amount_minor"] for each in order["tenders"]}
        return quote["to_pay"]["amount_minor"], paid.get(rest["kind"], 0)

    def _post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        keyed = (headers or self.purse.headers) | {"Idempotency-Key": str(uuid4())}
        answer = self.client.post(path, json=body, headers=keyed)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json

    def spend_all(self, rest: dict[str, Any]) -> None:
        """Order until nothing is left: each takes what there is, and never more than it costs."""
        left = self.available()
        while left:
            most = max(1, min(9, left // CURRENCIES[self.currency]))
            costs, by_rest = self.order(rest, most)
            assert by_rest == max(0, costs - left)  # exactly what is missing, to the unit
            left -= costs - by_rest
            assert self.available() == left

    def cash_out(self, channel: str) -> None:
        """Take all out."""
        path = "/v1/me/wallet/cash-outs"
        made = self._post(path, {"currency": self.currency, "channel": channel})
        if channel == "till":
            paid = {"code": made["code"], "amount": made["amount"]}
            self._post(f"/v1/stores/{self.store.id}/cash-outs", paid, self.barista)
        shown = self.purse.get(f"cash-outs/{made['id']}").json
        assert shown["state"] == "paid"


def _menu() -> ChainMenu:
    prices = tuple(Price(currency=currency, amount_minor=amount) for currency, amount in CURRENCIES.items())
    size = ChainSize(key="one", name="One", prices=prices, is_default=True)
    item = ChainItem(sku="espresso", name="Espresso", category="coffee", sizes=(size,), work={"bar": 1})
    return ChainMenu(categories=(ChainCategory(key="coffee", name="Coffee"),), groups=(), items=(item,))


def remainders(chosen: random.Random, price_minor: int) -> list[int]:
    """Return one unit, less than an order, and several orders' worth."""
    return [1, chosen.randrange(2, price_minor), chosen.randrange(price_minor, 30 * price_minor)]


def empty(counter: Counter, amounts: list[int], chosen: random.Random) -> None:
    """Bring each amount in, and out to exactly nothing in each way."""
    card = {"kind": "card", "method_id": counter.purse.method()}
    ways = [
        lambda: counter.spend_all(card),
        lambda: counter.spend_all(AT_PICKUP),
        lambda: counter.cash_out("payment_method"),
        lambda: counter.cash_out("till"),
    ]
    for number, amount in enumerate(amounts):
        for way in chosen.sample(ways, len(ways)):
            counter.load(amount)
            assert counter.available() == amount
            way()
            assert (counter.available(), counter.purse.has(counter.currency)) == (0, 0), (number, amount)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.campaign) for seed in range(1, SEEDS))])
@pytest.mark.parametrize("currency", CURRENCIES)
def test_a_wallet_of_any_remainder_reaches_exactly_nothing(
    app: Edge, session: Session, currency: str, seed: int
) -> None:
    chosen = random.Random(f"{currency} {seed}")
    counter = Counter(app, session, currency)
    empty(counter, remainders(chosen, CURRENCIES[currency]), chosen)
    for channel in ("payment_method", "till"):
        counter.load(chosen.randrange(fields.MAX_MINOR // 2, fields.MAX_MINOR))
        counter.cash_out(channel)
        assert counter.available() == 0

    counter.purse.reconcile()
    assert audited(app) == (0, "The ledger holds.\n")


def test_a_wallet_alone_that_lacks_one_unit_is_refused_and_keeps_what_it_has(app: Edge, session: Session) -> None:
    """The control: without what tops it up, the remainder stays."""
    counter = Counter(app, session, "KWD")
    counter.load(1)
    body = {
        "store_id": str(counter.store.id),
        "lines": [{"item_id": str(counter.item)}],
        "tenders": [{"kind": "wallet"}],
    }

    refused = counter.client.post("/v1/quotes", json=body, headers=counter.purse.headers)

    assert (refused.status_code, refused.json["available"]["amount_minor"]) == (402, 1)
    assert counter.available() == 1
