"""What the provider's side took back past us, or put back: noted once each, and told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from ...db import new_id
from ..models import PaymentIntent, PaymentReversal
from ..rules.reversals import DISPUTE, FINAL, RETURNED, TAKEN, leads_to
from ..rules.seen import Reversal, Seen
from .facts import PaymentFact, PaymentReversalEnded, PaymentReversed

log = structlog.get_logger()


def note_reversals(
    session: Session, intent: PaymentIntent, seen: Seen, *, given_minor: int, now: datetime
) -> list[PaymentFact]:
    """Bring a locked payment's reversals to what its provider says; return what is to be told.

    Each is taken once and put back once, in whichever order it is heard; seen again it changes nothing. `given_minor`
    of what banks took for good counts as given back to the customer.
    """
    if not seen.reversals:
        return []
    of_it = sa.select(PaymentReversal).where(PaymentReversal.intent_id == intent.id)
    known = {(each.kind, each.reference): each for each in session.scalars(of_it)}
    told: list[PaymentFact] = []
    for each in seen.reversals:
        row = known.get((each.kind, each.reference))
        before = row.state if row is not None else None
        counted_minor = min(given_minor, _lost(known.values()))
        if row is None:
            row = known[each.kind, each.reference] = _new(intent, each, now)
            session.add(row)
        elif leads_to(row.state, each.state):
            row.state, row.updated_at = each.state, now
        else:
            continue
        owed_minor = max(0, counted_minor - _lost(known.values()))
        told += _told(intent, row, before, owed_minor, now)
    intent.taken_back_minor = sum(each.amount_minor for each in known.values() if each.state in TAKEN)
    if told:
        intent.version, intent.updated_at = intent.version + 1, now
    session.flush()  # whoever reacts may read them
    return told


def _lost(rows: Iterable[PaymentReversal]) -> int:
    return sum(row.amount_minor for row in rows if row.kind == DISPUTE and row.state == FINAL)


def _new(intent: PaymentIntent, each: Reversal, now: datetime) -> PaymentReversal:
    return PaymentReversal(
        id=new_id(),
        intent_id=intent.id,
        kind=each.kind,
        reference=each.reference,
        amount_minor=each.amount_minor,
        currency=intent.currency,
        state=each.state,
        reason=each.reason,
        noted_at=now,
        updated_at=now,
    )


def _told(
    intent: PaymentIntent, row: PaymentReversal, before: str | None, owed_minor: int, now: datetime
) -> list[PaymentFact]:
    fact: type[PaymentReversed | PaymentReversalEnded]
    more: dict[str, int] = {}
    if row.state in TAKEN and before not in TAKEN:
        fact = PaymentReversed
    elif row.state == RETURNED and before in TAKEN:
        fact, more = PaymentReversalEnded, {"owed_minor": owed_minor}
    else:
        return []  # asked about only, put back before we heard, or kept by the bank for good
    log.warning(fact.__name__, payment_id=str(intent.id), kind=row.kind, amount_minor=row.amount_minor)
    return [
        fact(
            subject_id=intent.id,
            happened_at=now,
            customer_id=intent.customer_id,
            purpose=intent.purpose,
            purpose_id=intent.purpose_id,
            amount_minor=row.amount_minor,
            currency=intent.currency,
            reversal_id=row.id,
            kind=row.kind,
            **more,
        )
    ]
