"""What the storm is worth: without each guard it finds a fault, in the audit, the bank's tables or the database.

Each control takes one guard away, and lets a storm rage that is made of what that guard is for.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.http.edge import Edge
from service.orders.actions import paying, refund
from service.payments.driving import Payments
from service.payments.providers.sandbox import Sandbox
from service.payments.rules.seen import OPENED, Seen
from service.wallet.actions import posting
from service.wallet.models import Load
from service.wallet.rules.ledger import CHAIN, Account, Leg, wallet_of

from .purse import usd
from .storm_proof import faults_of
from .storm_steps import WALLET, Life
from .storming import LATER, Storm, Way, World

pytestmark = pytest.mark.broken_on_purpose
STEPS = 8


class Focused(Life):
    """Steps that do little else than what a control is about."""

    def load_in_silence(self) -> None:
        """Load with a card whose bank never answers."""
        who = self.customer()
        body = {"amount": usd(1_000), "payment_method_id": who.methods["sandbox_timeout"]}
        loaded = self.ask("POST", f"{WALLET}/loads", who.headers, body)
        if loaded.status_code == 201:
            self.known.payments.append(loaded.json["payment_id"])

    def load_well(self) -> None:
        """Load with a card that pays."""
        who = self.customer()
        body = {"amount": usd(500), "payment_method_id": who.methods["sandbox_duplicate_webhook"]}
        loaded = self.ask("POST", f"{WALLET}/loads", who.headers, body)
        if loaded.status_code == 201:
            self.known.payments.append(loaded.json["payment_id"])

    def spend(self) -> None:
        """Buy a gift card for more than half of what there is."""
        self.ask("POST", "/v1/gift-cards", self.customer().headers, {"amount": usd(300)})

    def order(self) -> None:
        """Place an order that the wallet pays, have it started, and take it back twice."""
        who, staff = self.customer(), self.world.staff[0]
        basket = {"store_id": str(self.shop.store.id), "lines": [self.shop.line()], "tenders": [{"kind": "wallet"}]}
        quoted = self.ask("POST", "/v1/quotes", who.headers, basket)
        if quoted.status_code == 201:
            body = {"quote_id": quoted.json["id"], "client_order_id": f"app-{uuid4()}"}
            order = self.ask("POST", "/v1/orders", who.headers, body)
            if order.status_code == 201:
                path = f"/v1/orders/{order.json['id']}"
                self.ask("POST", f"{path}/transitions", staff, {"to": "fired"})
                for _ in range(2):
                    self.ask("POST", f"{path}/refunds", staff, {"reason": "cold", "amount_minor": 300})


def faults(app: Edge, session: Session, *ways: Way, steps: int = STEPS, rests: bool = False) -> list[str]:
    """Return what a storm of these finds: requests that failed, and what doesn't agree after it."""
    world = World(app, session, "control")
    Storm(world, Focused, ways).rage(steps=steps, rests=rests)
    assert any(what.endswith("ok") for what in world.did)
    return [*world.broken, *faults_of(app)]


def test_what_the_controls_do_is_no_fault_by_itself(app: Edge, session: Session) -> None:
    ways = ((3, Focused.load_in_silence), (3, Focused.load_well), (2, Focused.tell), (2, Focused.spend))
    assert faults(app, session, *ways, (3, Focused.order), rests=True) == []


def test_control_without_look_up_and_key_cards_are_charged_twice(
    app: Edge, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(_self: Payments, provider: Sandbox, claimed: Any, _refused: Any) -> tuple[str, Seen]:
        return provider.open(replace(claimed.asked, key=uuid4())), Seen(state=OPENED)

    monkeypatch.setattr(Payments, "_found", found)
    monkeypatch.setattr("tests.wallet.storming.LATER", LATER[:1])
    monkeypatch.setattr("tests.wallet.storming.PASSES", 2)

    found_faults = faults(app, session, (1, Focused.load_in_silence), steps=2, rests=True)

    assert any("charged 1000, booked 0" in fault for fault in found_faults)


def test_control_without_its_guard_a_wallet_spends_what_it_has_not(
    app: Edge, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "_DEBIT", posting._debit())

    # So often that somebody who loaded spends twice, also where banks are told late.
    found = faults(app, session, (1, Focused.load_well), (3, Focused.spend), steps=3 * STEPS)

    assert any("/v1/gift-cards: 500" in fault for fault in found)  # the table's own CHECK


def test_control_a_webhook_that_is_believed_loads_twice(
    app: Edge, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hear(session: Session, *, heard: Any, now: Any, **_: Any) -> None:
        intent_id = UUID(heard.reference.removeprefix("sandbox_"))
        load = session.scalars(sa.select(Load).where(Load.intent_id == intent_id)).first()
        if load is not None:
            legs = [
                Leg(wallet_of(load.customer_id, load.currency), load.amount_minor),
                Leg(Account("provider_clearing", CHAIN, load.currency), -load.amount_minor),
            ]
            posting.post(session, kind="load", purpose="webhook", purpose_id=uuid4(), legs=legs, now=now)

    monkeypatch.setattr(import_module("service.payments.actions"), "hear", hear)

    found = faults(app, session, (2, Focused.load_well), (1, Focused.tell))

    assert any("payments brought" in fault for fault in found)


def test_control_a_refund_without_bound_gives_back_more_than_was_paid(
    app: Edge, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paying, "left", lambda *_: (10_000, 0))
    assert refund.paying is paying

    found = faults(app, session, (2, Focused.load_well), (4, Focused.order))

    assert any("/refunds: 500" in fault for fault in found)  # the tables' own CHECKs
