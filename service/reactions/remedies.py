"""Money for a missed promise: what the wallet does when an order is late."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ..money import Money
from ..orders import queries as orders
from ..orders.actions.facts import PromiseMissed
from ..wallet import actions as wallet
from ..wallet import queries as wallet_queries


def give_money(session: Session, fact: PromiseMissed) -> None:
    """Give what a customer was shown for a wait that long; once for an order: the ledger takes no second remedy."""
    if fact.amount_minor and fact.currency is not None:
        wallet.give_remedy(
            session,
            customer_id=fact.customer_id,
            amount=Money(fact.amount_minor, fact.currency),
            order_id=fact.subject_id,
            now=fact.happened_at,
        )


def remedy_faults(session: Session) -> list[str]:
    """Return in words where what missed promises gave in money isn't what wallets were given for them."""
    due, given = orders.remedies_due(session), wallet_queries.remedies_given(session)
    return [
        f"order {order_id}: its missed promise gave {due.get(order_id)}, its wallet was given {given.get(order_id)}"
        for order_id in sorted(due.keys() | given.keys())
        if due.get(order_id) != given.get(order_id)
    ]
