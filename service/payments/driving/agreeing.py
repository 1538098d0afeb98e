"""Whether a provider and our own rows say the same, to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from .. import queries
from ..providers.port import Provider, Unknown
from ..rules import states
from ..rules.seen import OPENED, Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A payment of which the provider says something else than we do, or that isn't settled; `why` in words."""

    payment_id: UUID
    why: str


def provider_agrees(session: Session, provider: Provider, *, now: datetime) -> list[Disagreement]:
    """Return every payment with the provider that isn't settled, or of which both don't say the same: none is right.

    Each is looked up at the provider, so this takes as long as that does.
    """
    found = []
    for kept in queries.payments_with(session, provider=provider.name):
        why = _why(kept, provider, now)
        if why is not None:
            found.append(Disagreement(payment_id=kept.id, why=why))
    return found


def _why(kept: queries.KeptPayment, provider: Provider, now: datetime) -> str | None:
    is_due = kept.due_at is not None and kept.due_at <= now and kept.state != states.REQUIRES_ACTION
    if kept.reference is None:
        was_never_opened = kept.state in {*states.UNDECIDED, states.FAILED, states.VOIDED}
        if is_due:
            return f"not settled: {kept.state}"
        return None if was_never_opened else f"{kept.state} without a reference"
    try:
        seen = provider.look_up(kept.reference)
    except Unknown as error:
        return f"not found there: {error}"
    if is_due and not seen.is_disputed:  # as long as it is, what is wanted back waits
        return f"not settled: {kept.state}"
    ours = (kept.state, kept.authorised_minor, kept.captured_minor, kept.refunded_minor, kept.taken_back_minor)
    return None if ours == _theirs(kept, seen) else f"we say {ours}, the provider says {_theirs(kept, seen)}"


def _theirs(kept: queries.KeptPayment, seen: Seen) -> tuple[str, int, int, int, int]:
    state = states.CREATED if seen.state == OPENED else seen.state
    if kept.state == states.FAILED and state in {states.VOIDED, states.CREATED}:
        state = states.FAILED  # what the provider let go, or never began, because it failed here
    authorised_minor = max(seen.authorised_minor, kept.authorised_minor)
    return state, authorised_minor, seen.captured_minor, seen.refunded_minor, seen.taken_back_minor
