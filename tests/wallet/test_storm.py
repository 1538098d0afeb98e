"""A wallet's life at random, beside a dictionary that says what must have come of it (hypothesis).

`pytest -m campaign` walks many lives; by default a few dozen.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from service.errors import Refusal
from service.http.edge import Edge
from service.money import Money
from service.payments import actions as payments
from service.payments.providers.port import Kept
from service.wallet import actions, queries
from service.wallet.models import LedgerEntry
from service.wallet.rules.ledger import Account, Leg
from tests.factories import NOW, make_customer

from .purse import STORE, USD

PEOPLE = 3
amounts = st.integers(1, 120)
somebody = st.integers(0, PEOPLE - 1)
one_of = st.integers(0, 10)


class Lives(RuleBasedStateMachine):
    """Three people with wallets; each step is a transaction, refused or done."""

    app: Edge

    @initialize()
    def begin(self) -> None:
        """Three people without anything."""
        self.now = NOW
        with self.app.database.writing() as session:
            people = [make_customer(session) for _ in range(PEOPLE)]
            self.methods = [_card_of(session, person.id) for person in people]
            session.commit()
            self.ids = [person.id for person in people]
            self.emails = [str(person.email) for person in people]
        self.has = [0] * PEOPLE
        self.held: dict[UUID, tuple[int, int]] = {}
        self.sent: dict[UUID, tuple[int, int, int]] = {}
        self.cards: dict[str, int] = {}
        self.at_tills: dict[UUID, tuple[int, int]] = {}
        self.brought = self.paid = self.gone = 0

    def do(self, expected: bool, action: Any, **asked: Any) -> Any:
        """Do something in a transaction of its own, and compare whether it was done."""
        self.now += timedelta(seconds=1)
        with self.app.database.writing() as session:
            try:
                result = action(session, now=self.now, **asked)
            except Refusal:
                assert not expected, "refused, and should have been done"
                return None
            session.commit()
        assert expected, "done, and should have been refused"
        return result

    def free(self, who: int) -> int:
        """Return what somebody can spend."""
        return self.has[who] - sum(amount for holder, amount in self.held.values() if holder == who)

    @rule(who=somebody, amount=amounts)
    def load(self, who: int, amount: int) -> None:
        """A method brings money, and is driven twice."""
        asked = {"amount": Money(amount, USD), "payment_method_id": self.methods[who]}
        load_id = self.do(True, actions.begin_load, customer_id=self.ids[who], **asked)
        with self.app.database.reading() as session:
            loaded = queries.load_of(session, load_id=load_id, customer_id=self.ids[who])
        for _ in range(2):
            self.app.extensions["sayso.payments"].drive(loaded["payment_id"], now=self.now)
        self.has[who] += amount
        self.brought += amount

    @rule(who=somebody, amount=amounts, tip=st.integers(0, 20))
    def pay(self, who: int, amount: int, tip: int) -> None:
        """Somebody pays with a tip, twice for the same order."""
        parts = [Leg(Account("revenue", STORE, USD), amount), Leg(Account("tips", STORE, USD), tip)]
        asked = {"customer_id": self.ids[who], "parts": parts, "purpose": "order", "purpose_id": uuid4()}
        affordable = amount + tip <= self.free(who)
        self.do(affordable, actions.pay, **asked)
        if affordable:
            self.do(True, actions.pay, **asked)
            self.has[who] -= amount + tip
            self.paid += amount + tip

    @rule(who=somebody, amount=amounts)
    def hold(self, who: int, amount: int) -> None:
        """A part is kept for an order."""
        order = uuid4()
        money, until = Money(amount, USD), self.now + timedelta(days=1)
        affordable = amount <= self.free(who)
        asked = {"customer_id": self.ids[who], "amount": money, "purpose": "order", "purpose_id": order}
        self.do(affordable, actions.hold, expires_at=until, **asked)
        if affordable:
            self.held[order] = (who, amount)

    @rule(which=one_of, captured=amounts)
    def end_hold(self, which: int, captured: int) -> None:
        """What is held is paid as far as it goes, or let go."""
        if not self.held:
            return
        order = list(self.held)[which % len(self.held)]
        who, amount = self.held.pop(order)
        if captured > amount:
            self.do(True, actions.release_hold, purpose="order", purpose_id=order)
            return
        parts = [Leg(Account("revenue", STORE, USD), captured)]
        self.do(True, actions.capture_hold, purpose="order", purpose_id=order, parts=parts)
        self.has[who] -= captured
        self.paid += captured

    @rule(who=somebody, step=st.integers(1, PEOPLE - 1), amount=amounts)
    def send(self, who: int, step: int, amount: int) -> None:
        """Somebody sends money to another."""
        to = (who + step) % PEOPLE
        affordable = amount <= self.free(who)
        asked = {"sender_id": self.ids[who], "email": self.emails[to], "amount": Money(amount, USD), "message": None}
        transfer_id = self.do(affordable, actions.send_transfer, **asked)
        if affordable:
            self.sent[transfer_id] = (who, to, amount)
            self.has[who] -= amount

    @rule(which=one_of, how=st.sampled_from(["accept", "refuse", "withdraw"]))
    def end_transfer(self, which: int, how: str) -> None:
        """What was sent arrives or comes back."""
        if not self.sent:
            return
        transfer_id = list(self.sent)[which % len(self.sent)]
        sender, receiver, amount = self.sent.pop(transfer_id)
        if how == "withdraw":
            self.do(True, actions.withdraw_transfer, transfer_id=transfer_id, sender_id=self.ids[sender])
        else:
            ends = actions.accept_transfer if how == "accept" else actions.refuse_transfer
            self.do(True, ends, transfer_id=transfer_id, receiver_id=self.ids[receiver])
        self.has[receiver if how == "accept" else sender] += amount

    @rule(who=somebody, amount=amounts)
    def buy_card(self, who: int, amount: int) -> None:
        """Somebody buys a gift card."""
        affordable = amount <= self.free(who)
        bought = self.do(
            affordable, actions.buy_gift_card, buyer_id=self.ids[who], amount=Money(amount, USD), label=None
        )
        if affordable:
            self.cards[bought[1]] = amount
            self.has[who] -= amount

    @rule(which=one_of, who=somebody, again=somebody)
    def claim_card(self, which: int, who: int, again: int) -> None:
        """Somebody claims a card, and somebody else tries, too."""
        if not self.cards:
            return
        code = list(self.cards)[which % len(self.cards)]
        self.do(True, actions.claim_gift_card, customer_id=self.ids[who], code=code)
        self.do(who == again, actions.claim_gift_card, customer_id=self.ids[again], code=code)
        self.has[who] += self.cards.pop(code)

    @rule(who=somebody, amount=st.none() | amounts)
    def cash_out(self, who: int, amount: int | None) -> None:
        """Somebody takes money to a till, all of it where they name no amount."""
        free = self.free(who)
        affordable = free > 0 if amount is None else amount <= free
        asked = {"customer_id": self.ids[who], "currency": USD, "amount_minor": amount, "channel": "till"}
        made = self.do(affordable, actions.cash_out, **asked)
        if affordable:
            taken = free if amount is None else amount
            self.at_tills[made] = (who, taken)
            self.has[who] -= taken
            self.gone += taken

    @rule(which=one_of)
    def put_back(self, which: int) -> None:
        """What no till paid is put back."""
        if not self.at_tills:
            return
        made = list(self.at_tills)[which % len(self.at_tills)]
        who, amount = self.at_tills.pop(made)
        self.do(True, actions.withdraw_cash_out, cash_out_id=made, customer_id=self.ids[who])
        self.has[who] += amount
        self.gone -= amount

    @invariant()
    def everybody_has_what_the_dictionary_says(self) -> None:
        """Balances are those of the model."""
        with self.app.database.reading() as session:
            for who, customer_id in enumerate(self.ids):
                balances = queries.balances_of(session, customer_id=customer_id)
                shown = balances[0] if balances else None
                assert (shown["balance"]["amount_minor"] if shown else 0) == self.has[who]
                assert (shown["available"]["amount_minor"] if shown else 0) == self.free(who)
        waiting = sum(amount for *_, amount in self.sent.values()) + sum(self.cards.values())
        assert sum(self.has) + waiting + self.paid + self.gone == self.brought  # nothing is made, nothing is lost

    def teardown(self) -> None:
        """At the end the audit finds nothing, and every balance is its entries."""
        with self.app.database.reading() as session:
            assert queries.ledger_faults(session) == []
            assert (session.scalar(sa.select(sa.func.sum(LedgerEntry.amount_minor))) or 0) == 0


def _card_of(session: Session, customer_id: UUID) -> UUID:
    kept = Kept(token="sandbox_visa", customer="c", kind="card", brand="visa", last4="4242", expires="2039-12")
    return payments.keep_method(
        session, customer_id=customer_id, provider="sandbox", kept=kept, is_default=False, now=NOW
    )


def live(app: Edge, lives: int, steps: int, *phases: Phase) -> None:
    """Walk so many lives of so many steps, the same ones each time; what fails is made small only in a campaign."""
    kind = type("LivesHere", (Lives,), {"app": app})
    run_state_machine_as_test(
        kind,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            database=None,
            phases=[Phase.generate, *phases],
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_whatever_happens_to_wallets_nothing_is_made_and_nothing_is_lost(app: Edge) -> None:
    live(app, lives=12, steps=20)


@pytest.mark.campaign
def test_a_campaign_of_lives(app: Edge) -> None:
    live(app, 150, 50, Phase.shrink)


def test_a_storm_that_pays_twice_is_noticed(app: Edge, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a payment that forgets for what it was made is made once more."""
    pay = actions.pay

    def forgetful(session: Session, *, purpose_id: UUID, **asked: Any) -> None:
        pay(session, purpose_id=uuid4(), **asked)

    monkeypatch.setattr(actions, "pay", forgetful)
    with pytest.raises(AssertionError):
        live(app, lives=12, steps=20)
