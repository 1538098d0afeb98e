"""The transactions around a call of the provider: taking a payment on, noting its reference, settling what was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ..models import PaymentIntent, PaymentMethod, PaymentStep
from ..providers.port import Asked
from ..rules import settling, states, wanted
from ..rules.seen import Seen
from ..rules.timing import ACT_WITHIN, LEASE, again_at
from . import facts
from .reversals import note_reversals

LockFirst = Callable[[Session, UUID], object]
_first: dict[str, LockFirst] = {}


def lock_first_with(locks: Mapping[str, LockFirst]) -> None:
    """Say, by purpose, what locks that which a payment is for (its `purpose_id`): before the payment, as everywhere."""
    _first.clear()
    _first.update(locks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A payment that nobody else drives until the lease ends; `run` says for which time it is driven."""

    payment: wanted.Payment
    provider: str
    reference: str | None
    asked: Asked
    run: int


def claim(session: Session, *, intent_id: UUID, now: datetime) -> Claimed | None:
    """Take a payment on to drive it; None where nothing is open, or somebody else drives it."""
    free = (
        sa.select(PaymentIntent)
        .where(PaymentIntent.id == intent_id, PaymentIntent.due_at.is_not(None))
        .where(sa.or_(PaymentIntent.leased_until.is_(None), PaymentIntent.leased_until <= now))
        .with_for_update(skip_locked=True)  # whoever holds it now takes it on, or asks something more of it
    )
    intent = session.scalars(free).first()
    if intent is None:
        return None
    method = session.get(PaymentMethod, intent.method_id)
    assert method is not None  # a foreign key
    intent.leased_until, intent.run = now + LEASE, intent.run + 1
    return Claimed(
        payment=_payment(session, intent, now),
        provider=intent.provider,
        reference=intent.reference,
        asked=Asked(
            key=intent.id,
            token=method.token,
            customer=method.provider_customer,
            amount_minor=intent.amount_minor,
            currency=intent.currency,
            captures_at_once=intent.captures_at_once,
        ),
        run=intent.run,
    )


def note_reference(session: Session, *, intent_id: UUID, run: int, reference: str) -> bool:
    """Note what the provider calls a payment, before anything is asked of it there; tell whether it is still ours."""
    noting = sa.update(PaymentIntent).where(PaymentIntent.id == intent_id, PaymentIntent.run == run)
    noted = session.execute(noting.where(PaymentIntent.reference.is_(None)).values(reference=reference))
    return bool(noted.rowcount == 1)  # type: ignore[attr-defined]


def settle(
    session: Session, *, intent_id: UUID, run: int, seen: Seen | None, refused: Mapping[UUID, str], now: datetime
) -> bool:
    """Bring a payment to what its provider said, tell what happened, and let it go; `seen` None: nothing is known.

    Whoever was too slow, and whose payment another drives by now, settles nothing. Tells whether something is left to
    be done at once.
    """
    _lock_what_it_is_for(session, intent_id)
    # Locked: what is asked of a payment, and what becomes of it, take turns.
    intent = session.get(PaymentIntent, intent_id, with_for_update=True, populate_existing=True)
    if intent is None or intent.run != run:
        return False
    intent.leased_until = None
    if seen is None:
        _look_again(intent, now)
        return False
    before = _payment(session, intent, now)
    settled = settling.settle(before, seen, refused)
    after = settled.payment
    _write(session, intent, before, settled, seen, now)
    goes_on = after.is_open and wanted.next_call(after, seen, refused) is not None
    if goes_on:
        intent.due_at = now
    elif after.is_open:
        _look_again(intent, now)
    else:
        intent.due_at = None
    session.flush()  # whoever reacts may want something more of it, and makes it due
    version = intent.version
    reversed_ = note_reversals(session, intent, seen, given_minor=after.by_bank_minor, now=now)
    told = [*(_fact(intent, each, now) for each in settled.happened), *reversed_]
    if told:
        events.record(session, *told)
    return goes_on or intent.version != version  # what was wanted just now is done at once, too


def _lock_what_it_is_for(session: Session, intent_id: UUID) -> None:
    # Whoever reacts to what happened changes that, too. Whoever has it asks something of the payment: were the payment
    # locked first here, both could wait for each other.
    purpose = sa.select(PaymentIntent.purpose, PaymentIntent.purpose_id).where(PaymentIntent.id == intent_id)
    row = session.execute(purpose).first()
    if row is not None and row.purpose in _first:
        _first[row.purpose](session, row.purpose_id)


def _write(
    session: Session,
    intent: PaymentIntent,
    before: wanted.Payment,
    settled: settling.Settled,
    seen: Seen,
    now: datetime,
) -> None:
    after = settled.payment
    url = seen.action_url if after.state == states.REQUIRES_ACTION else None
    if after == before and url == intent.action_url:
        return
    intent.state, intent.reason, intent.action_url = after.state, after.reason, url
    intent.authorised_minor, intent.captured_minor = after.authorised_minor, after.captured_minor
    intent.refund_asked_minor, intent.refunded_minor = after.refund_asked_minor, after.refunded_minor
    intent.version, intent.updated_at, intent.attempts = intent.version + 1, now, 0
    for step, was in zip(after.steps, before.steps, strict=True):
        values: dict[str, object] = {}
        if step.by_bank_minor != was.by_bank_minor:
            values |= {"by_bank_minor": step.by_bank_minor}
        if step.state != was.state:
            values |= {"state": step.state, "reason": settled.reasons.get(step.id), "ended_at": now}
        if values:
            session.execute(sa.update(PaymentStep).where(PaymentStep.id == step.id).values(values))


def _look_again(intent: PaymentIntent, now: datetime) -> None:
    intent.attempts += 1
    intent.due_at = again_at(intent.attempts, now)
    if intent.state == states.REQUIRES_ACTION and now < intent.created_at + ACT_WITHIN:
        intent.due_at = min(intent.due_at, intent.created_at + ACT_WITHIN)


def _payment(session: Session, intent: PaymentIntent, now: datetime) -> wanted.Payment:
    steps = session.scalars(sa.select(PaymentStep).where(PaymentStep.intent_id == intent.id).order_by(PaymentStep.id))
    return wanted.Payment(
        id=intent.id,
        state=intent.state,
        amount_minor=intent.amount_minor,
        authorised_minor=intent.authorised_minor,
        captured_minor=intent.captured_minor,
        refund_asked_minor=intent.refund_asked_minor,
        refunded_minor=intent.refunded_minor,
        reason=intent.reason,
        steps=tuple(
            wanted.Step(
                id=step.id,
                kind=step.kind,
                purpose_id=step.purpose_id,
                amount_minor=step.amount_minor,
                state=step.state,
                by_bank_minor=step.by_bank_minor,
            )
            for step in steps
        ),
        is_expired=now >= intent.created_at + ACT_WITHIN,
    )


_FACTS: dict[str, Callable[..., facts.PaymentFact]] = {
    states.AUTHORISED: facts.PaymentAuthorised,
    states.CAPTURED: facts.PaymentCaptured,
    states.VOIDED: facts.PaymentVoided,
    states.FAILED: facts.PaymentFailed,
    settling.REFUNDED: facts.PaymentRefunded,
    settling.REFUND_FAILED: facts.PaymentRefundFailed,
    settling.REFUND_RETURNED: facts.PaymentRefundReturned,
}


def _fact(intent: PaymentIntent, happened: settling.Happened, now: datetime) -> facts.PaymentFact:
    more: dict[str, object] = {}
    if happened.refund_id is not None:
        more["refund_id"] = happened.refund_id
        if happened.what != settling.REFUND_RETURNED:
            more["by_bank_minor"] = happened.by_bank_minor
    if happened.reason is not None:
        more["reason"] = happened.reason
    return _FACTS[happened.what](
        subject_id=intent.id,
        happened_at=now,
        customer_id=intent.customer_id,
        purpose=intent.purpose,
        purpose_id=intent.purpose_id,
        amount_minor=happened.amount_minor,
        currency=intent.currency,
        **more,
    )
