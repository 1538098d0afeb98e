"""What follows for us from what the provider says: a payment's next state, its steps' ends, and what happened."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from . import seen as providers
from .seen import OPENED, Seen
from .states import AUTHORISED, CAPTURED, CREATED, FAILED, OVER, UNDECIDED, VOIDED, leads_to
from .wanted import CAPTURE, DONE, REFUND, VOID, WANTED, Payment, Step
from .wanted import FAILED as STEP_FAILED

NOT_AUTHENTICATED = "authentication_expired"
GIVEN_UP = "cancelled_by_provider"

REFUNDED, REFUND_FAILED, REFUND_RETURNED = "refunded", "refund_failed", "refund_returned"

CAME_BACK = "returned_by_bank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something to tell: a state that was reached, or how a refund (`refund_id`: what it was for) ended, and how much
    of it its customer's bank gave back."""

    what: str
    amount_minor: int
    by_bank_minor: int = 0
    refund_id: UUID | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A payment as it is from now on, and what happened on the way there; `reasons` of steps that failed, by id."""

    payment: Payment
    happened: tuple[Happened, ...]
    reasons: Mapping[UUID, str]


def settle(payment: Payment, seen: Seen, refused: Mapping[UUID, str]) -> Settled:
    """Bring a payment to what the provider says of it.

    What lies behind where the payment already is changes nothing, in whichever order it is heard; so settling the
    same twice makes nothing happen twice.
    """
    state, reason = _state(payment, seen, refused)
    captured_minor = payment.captured_minor
    if state == CAPTURED and payment.state != CAPTURED:
        captured_minor = seen.captured_minor
    after = replace(
        payment,
        state=state,
        reason=reason,
        authorised_minor=max(payment.authorised_minor, seen.authorised_minor, captured_minor),
        captured_minor=captured_minor,
    )
    after = replace(after, steps=tuple(_by_bank(after, seen)))
    more = {step.id for step, was in zip(after.steps, payment.steps, strict=True) if step != was}
    ends = {step.id: _end(after, step, seen, refused, more) for step in after.steps if step.state == WANTED}
    ends |= {step.id: (STEP_FAILED, CAME_BACK) for step in payment.steps if _came_back(step, seen)}
    ends = {step_id: end for step_id, end in ends.items() if end is not None}
    steps = tuple(replace(step, state=ends[step.id][0]) if step.id in ends else step for step in after.steps)  # type: ignore[index]
    after = replace(
        after,
        steps=steps,
        refunded_minor=sum(_given_here(after, step) for step in steps if step.state == DONE),
        refund_asked_minor=after.by_bank_minor
        + sum(_given_here(after, step) for step in steps if step.state != STEP_FAILED),
    )
    reasons = {step_id: end[1] for step_id, end in ends.items() if end is not None and end[1] is not None}
    return Settled(payment=after, happened=_happened(payment, after, reasons), reasons=reasons)


def _state(payment: Payment, seen: Seen, refused: Mapping[UUID, str]) -> tuple[str, str | None]:
    """Return the next state, and why it failed where it did."""
    state = CREATED if seen.state == OPENED else seen.state
    reason = seen.reason
    if state == CREATED and payment.id in refused:
        state, reason = FAILED, refused[payment.id]
    if state == VOIDED and payment.asked(VOID) is None:  # nobody here asked for that
        capture = payment.asked(CAPTURE)
        state, reason = FAILED, _why_voided(payment, refused.get(capture.id) if capture else None)
    if state == payment.state or not leads_to(payment.state, state):
        return payment.state, payment.reason
    return state, (reason or "declined") if state == FAILED else None


def _why_voided(payment: Payment, capture_refused: str | None) -> str:
    if capture_refused is not None:
        return capture_refused
    return NOT_AUTHENTICATED if payment.state in UNDECIDED and payment.is_expired else GIVEN_UP


def _by_bank(payment: Payment, seen: Seen) -> Iterator[Step]:
    """Yield the steps with what their customer's bank gave back: what a dispute took for good counts for what is wanted
    back and isn't on its way, the first asked for first."""
    left = seen.lost_minor - payment.by_bank_minor
    for step in payment.steps:
        is_waiting = step.state == WANTED and seen.refunds.get(step.id) not in {providers.DONE, providers.PENDING}
        more = max(0, min(left, _given_here(payment, step))) if is_waiting else 0
        left -= more
        yield replace(step, by_bank_minor=step.by_bank_minor + more)


def _end(
    payment: Payment, step: Step, seen: Seen, refused: Mapping[UUID, str], more: Collection[UUID]
) -> tuple[str, str | None] | None:
    """Return how a wanted step ended and why it failed, None where it hasn't ended; of those in `more` the bank has
    just given some, so that less is asked of the provider than it refused."""
    if payment.state == CAPTURED:
        if step.kind == CAPTURE or not _given_here(payment, step):
            return DONE, None
        return None if step.id in more and step.id not in seen.refunds else _end_of_refund(step, seen, refused)
    if payment.state not in OVER:
        return None
    if step.kind == VOID:
        return DONE, None
    return STEP_FAILED, payment.reason or payment.state


def _end_of_refund(step: Step, seen: Seen, refused: Mapping[UUID, str]) -> tuple[str, str | None] | None:
    refund = seen.refunds.get(step.id)
    if refund == providers.DONE:
        return DONE, None
    if seen.is_disputed:
        return None  # refused or not: it waits for what the bank decides
    if step.id in refused:
        return STEP_FAILED, refused[step.id]
    return (STEP_FAILED, "refused_by_bank") if refund == providers.REFUSED else None


def _came_back(step: Step, seen: Seen) -> bool:
    """Tell whether something that was given back, and told as that, came back: the bank didn't take it after all."""
    return step.kind in {REFUND, VOID} and step.state == DONE and seen.refunds.get(step.id) == providers.REFUSED


def _given_here(payment: Payment, step: Step) -> int:
    """Return what of a step the provider gives back: what the customer's bank didn't."""
    return max(0, payment.whole_minor(step) - step.by_bank_minor)


def _happened(before: Payment, after: Payment, reasons: Mapping[UUID, str]) -> tuple[Happened, ...]:
    happened: list[Happened] = []
    if before.state in UNDECIDED and after.state in {AUTHORISED, CAPTURED}:
        happened.append(Happened(what=AUTHORISED, amount_minor=after.authorised_minor))
    if after.state in OVER and after.state != before.state:
        amount_minor = after.captured_minor if after.state == CAPTURED else after.amount_minor
        happened.append(Happened(what=after.state, amount_minor=amount_minor, reason=after.reason))
    were = {step.id: step.state for step in before.steps}
    for step in after.steps:
        if step.kind == CAPTURE or step.state == were[step.id] or after.state != CAPTURED:
            continue
        what = REFUNDED if step.state == DONE else REFUND_FAILED
        if were[step.id] == DONE:
            what = REFUND_RETURNED
        by_bank_minor = step.by_bank_minor if what != REFUND_RETURNED else 0
        happened.append(
            Happened(
                what=what,
                amount_minor=_given_here(after, step) + by_bank_minor,
                by_bank_minor=by_bank_minor,
                refund_id=step.purpose_id,
                reason=reasons.get(step.id),
            )
        )
    return tuple(happened)
