"""What drives payments: right after the commit that wants something of one, and from the worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from ...db import Database
from .. import actions, queries
from ..providers.port import Kept, Provider, Refused, Unknown
from ..providers.sandbox import Sandbox
from ..rules.seen import OPENED, Seen
from ..rules.timing import ANSWERS_WITHIN, CALLS_WITHIN
from ..rules.wanted import AUTHORISE, CAPTURE, REFUND, VOID, Call, next_call

log = structlog.get_logger()

ROUNDS = 4
DETACH_AGAIN = timedelta(minutes=1)


class Payments:
    """The providers, and what calls them; `at` is told of each step, for whoever watches (or stops) it there."""

    def __init__(
        self,
        database: Database,
        providers: Mapping[str, Provider],
        *,
        current: str,
        at: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self._database, self._providers, self.current, self._at = database, providers, current, at
        self._detach_from = datetime.min.replace(tzinfo=UTC)

    @property
    def providers(self) -> Sequence[Provider]:
        """All providers of this service."""
        return list(self._providers.values())

    def provider(self, name: str) -> Provider | None:
        """Return the provider of that name, None where this service has no such one."""
        return self._providers.get(name)

    def keep_method(self, token: str, *, customer_id: UUID) -> Kept:
        """Let the current provider keep a payment method for the customer. Outside of any transaction.

        Raises Refused, Unknown.
        """
        with self._database.reading() as session:
            customer = queries.known_at(session, customer_id=customer_id, provider=self.current)
        return self._providers[self.current].keep(token, customer_id=customer_id, customer=customer)

    def drive(self, intent_id: UUID, *, now: datetime) -> bool:
        """Do what is wanted of a payment at its provider, and settle what came of it; outside of any transaction.

        Tells whether it was this one's turn. Where no answer comes, nothing is known, and it is looked up again later.
        """
        driven = False
        for _ in range(ROUNDS):
            claimed = self._database.transact(lambda session: actions.claim(session, intent_id=intent_id, now=now))
            if claimed is None:
                return driven
            driven = True
            self._at("claimed")
            if not self._drive(claimed, now):
                return driven
        return driven

    def drive_in_time(self, intent_ids: Sequence[UUID], *, now: Callable[[], datetime]) -> None:
        """Drive payments one after another for as long as who asked can wait; the worker does the rest."""
        began = time.monotonic()
        for intent_id in intent_ids:
            if time.monotonic() - began > ANSWERS_WITHIN.total_seconds():
                return
            self.drive(intent_id, now=now())  # its lease begins when it is its turn

    def drive_due(self, *, now: datetime) -> int:
        """Drive every payment that is due, tell providers of removed methods, hear the sandbox's bank; return how
        many."""
        with self._database.reading() as session:
            due = queries.due_payments(session, now=now)
        done = sum(self._drive_alone(intent_id, now) for intent_id in due)
        return done + self._detach(now) + self.hear_the_bank(now=now)

    def _drive_alone(self, intent_id: UUID, now: datetime) -> bool:
        """Drive a payment; one that fails holds up no other, and is due again when its lease ends."""
        try:
            return self.drive(intent_id, now=now)
        except Exception as error:
            log.exception("payment not driven", intent_id=str(intent_id), error=type(error).__name__)
            return False

    def hear(self, name: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> UUID | None:
        """Take in a webhook; return the payment to drive, None where there is none. Raises Unsigned."""
        heard = self._providers[name].hear(headers, body, now=now)
        return self._database.transact(lambda session: actions.hear(session, provider=name, heard=heard, now=now))

    def _drive(self, claimed: actions.Claimed, now: datetime) -> bool:
        refused: dict[UUID, str] = {}
        seen = None
        provider = self._providers.get(claimed.provider)
        try:
            if provider is not None:
                reference, seen = self._found(provider, claimed, refused)
                began = time.monotonic()
                while reference is not None and (call := next_call(claimed.payment, seen, refused)) is not None:
                    if time.monotonic() - began > CALLS_WITHIN.total_seconds():
                        break  # another call might outlast the lease
                    seen = self._called(provider, reference, call, seen, refused)
        except Unknown as error:
            log.warning("payment unknown", provider=claimed.provider, intent_id=str(claimed.payment.id), why=str(error))
            seen = None  # what is seen next time says it all
        again = self._database.transact(
            lambda session: actions.settle(
                session, intent_id=claimed.payment.id, run=claimed.run, seen=seen, refused=refused, now=now
            )
        )
        self._at("settled")
        return again

    def _found(self, provider: Provider, claimed: actions.Claimed, refused: dict[UUID, str]) -> tuple[str | None, Seen]:
        """Return the payment's reference, and what is so at the provider now. Raises Unknown.

        What can't even be opened has no reference, and is noted as refused: nothing was charged nor ever will be.
        """
        if claimed.reference is not None:
            return claimed.reference, provider.look_up(claimed.reference)
        try:
            reference = provider.open(claimed.asked)
        except Refused as refusal:
            refused[claimed.payment.id] = refusal.reason
            return None, Seen(state=OPENED)
        self._at("opened")
        is_ours = self._database.transact(
            lambda session: actions.note_reference(
                session, intent_id=claimed.payment.id, run=claimed.run, reference=reference
            )
        )
        if not is_ours:
            raise Unknown("somebody else drives it by now")
        self._at("noted")
        return reference, Seen(state=OPENED)

    def _called(self, provider: Provider, reference: str, call: Call, seen: Seen, refused: dict[UUID, str]) -> Seen:
        """Call the provider; return what is so after it. What it refuses is noted. Raises Unknown."""
        self._at(f"before {call.kind}")
        try:
            if call.kind == AUTHORISE:
                seen = provider.authorise(reference, key=call.key)
            elif call.kind == CAPTURE:
                seen = provider.capture(reference, amount_minor=call.amount_minor, key=call.key)
            elif call.kind == VOID:
                seen = provider.void(reference, key=call.key)
            elif call.kind == REFUND:
                seen = provider.refund(reference, amount_minor=call.amount_minor, key=call.key)
        except Refused as refusal:
            refused[call.key] = refusal.reason
            if call.kind == REFUND:
                seen = provider.look_up(reference)  # its customer's bank may have it back since
        self._at(f"after {call.kind}")
        return seen

    def _detach(self, now: datetime) -> int:
        if now < self._detach_from:
            return 0
        with self._database.reading() as session:
            removed = queries.methods_to_detach(session)
        done = 0
        for method_id, name, token in removed:
            provider = self._providers.get(name)
            if provider is None:
                continue
            try:
                provider.forget(token)
            except Unknown:
                self._detach_from = now + DETACH_AGAIN  # this can wait; payments behind a silent provider can't
                return done
            except Refused:
                log.warning("payment method not forgotten", provider=name, method_id=str(method_id))
            self._database.transact(partial(actions.note_detached, method_id=method_id, now=now))
            done += 1
        return done

    def hear_the_bank(self, *, now: datetime) -> int:
        """Hear what the sandbox's bank has to tell, as webhooks; return how many. Other providers send theirs."""
        sandbox = self._providers.get(Sandbox.name)
        webhooks = sandbox.take_webhooks(now=now) if isinstance(sandbox, Sandbox) else []
        for headers, body in webhooks:
            intent_id = self.hear(Sandbox.name, headers, body, now=now)
            if intent_id is not None:
                self.drive(intent_id, now=now)
        return len(webhooks)
