"""What is wanted of a payment, and what to call its provider for next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from .seen import OPENED, Seen
from .states import AUTHORISED, CAPTURED, REQUIRES_ACTION, UNDECIDED

CAPTURE, VOID, REFUND = "capture", "void", "refund"
KINDS = (CAPTURE, VOID, REFUND)
WANTED, DONE, FAILED = "wanted", "done", "failed"
STEP_STATES = (WANTED, DONE, FAILED)

AUTHORISE = "authorise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something asked of a payment after it began; `purpose_id` says what for, and makes it happen once.

    `by_bank_minor`: how much of what is to be given back its customer's bank gave them already, in a dispute.
    """

    id: UUID
    kind: str
    purpose_id: UUID
    amount_minor: int
    state: str = WANTED
    by_bank_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment as we have it. `is_expired`: its customer was given long enough to act."""

    id: UUID
    state: str
    amount_minor: int
    authorised_minor: int = 0
    captured_minor: int = 0
    refund_asked_minor: int = 0
    refunded_minor: int = 0
    reason: str | None = None
    steps: tuple[Step, ...] = ()
    is_expired: bool = False

    def wanted(self, kind: str) -> Step | None:
        """Return the first step of the kind that is wanted and neither done nor failed."""
        return next((step for step in self.steps if step.kind == kind and step.state == WANTED), None)

    def whole_minor(self, step: Step) -> int:
        """Return what a step gives back of what was captured: a void that came too late all of it."""
        if self.state != CAPTURED or step.kind == CAPTURE:
            return 0
        return step.amount_minor if step.kind == REFUND else self.captured_minor

    @property
    def by_bank_minor(self) -> int:
        """What of all that is given back its customer's bank gave them."""
        return sum(step.by_bank_minor for step in self.steps)

    def asked(self, kind: str) -> Step | None:
        """Return the first step of the kind, however it went."""
        return next((step for step in self.steps if step.kind == kind), None)

    @property
    def is_open(self) -> bool:
        """Whether anything about it still has to be found out or done."""
        return self.state in UNDECIDED or any(step.state == WANTED for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the provider. `key` names it there: repeated, it does nothing more."""

    kind: str
    key: UUID
    amount_minor: int


def next_call(payment: Payment, seen: Seen, refused: Mapping[UUID, str]) -> Call | None:
    """Return what to call the provider for, None where there is nothing to do or to wait for.

    `refused` are the calls, by key, that the provider has refused in this pass: nobody asks for them again.
    """
    void = payment.wanted(VOID)
    let_go = Call(kind=VOID, key=void.id if void else payment.id, amount_minor=0)
    call: Call | None = None
    if seen.state == OPENED:
        authorise = Call(kind=AUTHORISE, key=payment.id, amount_minor=payment.amount_minor)
        call = let_go if void or payment.state not in UNDECIDED else authorise
    elif seen.state == REQUIRES_ACTION:
        call = let_go if void or payment.is_expired else None
    elif seen.state == AUTHORISED:
        capture = payment.wanted(CAPTURE)
        if void or (capture and capture.id in refused):
            call = let_go
        elif capture:
            call = Call(kind=CAPTURE, key=capture.id, amount_minor=capture.amount_minor)
    elif seen.state == CAPTURED:
        call = _next_refund(payment, seen, refused)
    elif seen.may_revive:
        call = let_go
    return None if call is None or call.key in refused else call


def _next_refund(payment: Payment, seen: Seen, refused: Mapping[UUID, str]) -> Call | None:
    if seen.is_disputed or seen.lost_minor > payment.by_bank_minor:
        return None  # the bank gives it, or may: what is left is known once that is decided and noted
    for step in payment.steps:
        if step.kind in {REFUND, VOID} and step.state == WANTED:
            # What was to be let go and is captured by now is given back.
            whole = step.amount_minor if step.kind == REFUND else seen.captured_minor
            if step.id not in seen.refunds and step.id not in refused:
                return Call(kind=REFUND, key=step.id, amount_minor=whole - step.by_bank_minor)
    return None
