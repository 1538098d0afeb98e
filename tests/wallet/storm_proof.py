"""What must be true after a storm, found out from the tables of the bank, the orders and the ledger alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.http.edge import Edge
from service.orders.models import Order, OrderTender, Refund
from service.orders.rules.states import ENDED, State
from service.payments.models import PaymentIntent, PaymentStep
from service.payments.providers.bank import SandboxPayment
from service.payments.rules.states import OVER
from service.wallet.models import CashOutPart, Hold, LedgerEntry, LedgerTransaction, Load

from .purse import audited

UNMADE = {State.CANCELLED, State.REJECTED}


def faults_of(app: Edge) -> list[str]:
    """Return what is wrong, in words: what the command says, and what the tables say beside it."""
    code, said = audited(app)
    found = [] if (code, said) == (0, "The ledger holds.\n") else said.splitlines()
    with app.database.reading() as session:
        return [*found, *_unsettled(session), *Books(session).faults()]


def _unsettled(session: Session) -> list[str]:
    intents = sa.select(PaymentIntent).where(
        PaymentIntent.state.not_in(OVER) | PaymentIntent.due_at.is_not(None) | PaymentIntent.leased_until.is_not(None)
    )
    steps = sa.select(PaymentStep).where(PaymentStep.state == "wanted")
    holds = sa.select(Hold).where(Hold.state == "open")
    orders = sa.select(Order).where(Order.state.not_in(ENDED))
    return [
        *(f"payment {each.id} is {each.state}, due {each.due_at}" for each in session.scalars(intents)),
        *(f"payment {each.intent_id} wants to {each.kind}" for each in session.scalars(steps)),
        *(f"{each.amount_minor} are held for {each.purpose} {each.purpose_id}" for each in session.scalars(holds)),
        *(f"order {each.id} is {each.state}" for each in session.scalars(orders)),
    ]


class Books:
    """All that was paid, by what it was for: from the bank (`charged`, by payment), and from the ledger's entries."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.charged = {
            row.key: row.captured_minor - row.refunded_minor for row in session.scalars(sa.select(SandboxPayment))
        }
        self.cleared: Counter[tuple[str, UUID]] = Counter()
        self.wallet: Counter[tuple[str, UUID]] = Counter()
        entries = sa.select(
            LedgerEntry.account_kind, LedgerEntry.amount_minor, LedgerTransaction.purpose, LedgerTransaction.purpose_id
        ).join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        for kind, amount_minor, purpose, purpose_id in session.execute(entries):
            if kind == "provider_clearing":
                self.cleared[purpose, purpose_id] -= amount_minor
            elif kind == "wallet":
                self.wallet[purpose, purpose_id] -= amount_minor
        self.tenders: defaultdict[UUID, list[OrderTender]] = defaultdict(list)
        for tender in session.scalars(sa.select(OrderTender).order_by(OrderTender.number)):
            self.tenders[tender.order_id].append(tender)
        self.refunds: defaultdict[UUID, list[Refund]] = defaultdict(list)
        for refund in session.scalars(sa.select(Refund)):
            self.refunds[refund.order_id].append(refund)

    def faults(self) -> list[str]:
        """Return what doesn't agree."""
        orders = self.session.scalars(sa.select(Order)).all()
        return [*self._payments(), *(fault for order in orders for fault in self._order(order))]

    def _payments(self) -> list[str]:
        """What each card was charged, less what it got back, is what the ledger says of it."""
        booked: Counter[UUID] = Counter()
        for load in self.session.scalars(sa.select(Load)):
            booked[load.intent_id] += self.cleared.pop(("load", load.id), 0)
            parts = sa.select(CashOutPart.id).where(CashOutPart.load_id == load.id)
            for part_id in self.session.scalars(parts):
                booked[load.intent_id] += self.cleared.pop(("cash_out_part", part_id), 0)
        for order_id, tenders in self.tenders.items():
            for tender in tenders:
                if tender.payment_id is not None:
                    booked[tender.payment_id] += self.cleared.pop(("order", tender.id), 0)
                    for back in self._backs(order_id, tender.number):
                        booked[tender.payment_id] += self.cleared.pop(("order_refund", UUID(back["id"])), 0)
        found = [
            f"payment {payment_id}: charged {self.charged.get(payment_id, 0)}, booked {booked[payment_id]}"
            for payment_id in self.charged.keys() | booked.keys()
            if self.charged.get(payment_id, 0) != booked[payment_id]
        ]
        return [*found, *(f"{minor} cleared for {what}" for what, minor in self.cleared.items() if minor)]

    def _backs(self, order_id: UUID, number: int) -> list[Any]:
        refunds = self.refunds[order_id]
        return [back for refund in refunds for back in refund.tenders or () if back["number"] == number]

    def _order(self, order: Order) -> list[str]:
        """An order that ended unmade cost nothing; one that was picked up exactly its total and tip, less refunds."""
        tenders = self.tenders[order.id]
        cost = sum(self._cost(order.id, tender) for tender in tenders)
        state = State(order.state)
        if state in UNMADE or (state is State.EXPIRED and order.ready_at is None):
            return [f"order {order.id} ended {state}, and cost {cost}"] if cost else []
        if not tenders:
            return []
        at_till = sum(_left(tender) for tender in tenders if tender.kind == "pay_at_pickup" or tender.state == "failed")
        back = sum(refund.amount_minor + refund.tip_minor for refund in self.refunds[order.id])
        due = order.total_minor + order.tip_minor - back
        if cost + at_till != due:
            kinds = [(each.kind, each.state, _left(each)) for each in tenders]
            return [f"order {order.id} ({state}) cost {cost} and {at_till} at the till, not {due}: {kinds}"]
        return []

    def _cost(self, order_id: UUID, tender: OrderTender) -> int:
        """Return what a tender cost its customer in the end."""
        cost = self.wallet["order", tender.id]
        if tender.payment_id is not None:
            cost += self.charged.get(tender.payment_id, 0)
        backs = self._backs(order_id, tender.number)
        return cost + sum(self.wallet["order_refund", UUID(back["id"])] for back in backs)


def _left(tender: OrderTender) -> int:
    return tender.amount_minor + tender.tip_minor - tender.refunded_minor - tender.tip_refunded_minor
