"""The customer's own rule that loads their wallet: set, switched off, and obeyed after they paid."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import Invalid, Refusal, VersionMismatch
from ...money import Money
from ...payments import queries as payments
from ...payments.actions import PaymentMethodRemoved
from ..models import AutoReload, Load
from ..rules import auto_reload as rules
from .loads import begin_load


def set_auto_reload(
    session: Session,
    *,
    customer_id: UUID,
    threshold: Money,
    amount: Money,
    weekly_cap: Money,
    payment_method_id: UUID,
    expected_version: int,
    now: datetime,
) -> None:
    """Let the customer's wallet be loaded when paying leaves less than the threshold, up to a cap in seven days.

    Raises Invalid, NotFound, VersionMismatch.
    """
    payments.shown_method(session, customer_id=customer_id, method_id=payment_method_id)
    faults = rules.faults_of(threshold=threshold, amount=amount, weekly_cap=weekly_cap)
    if faults:
        raise Invalid(faults)
    rule = _locked(session, customer_id, expected_version) or AutoReload(customer_id=customer_id, version=0)
    rule.is_on, rule.currency = True, amount.currency
    rule.threshold_minor, rule.amount_minor = threshold.amount_minor, amount.amount_minor
    rule.weekly_cap_minor = weekly_cap.amount_minor
    rule.payment_method_id = payment_method_id
    rule.version, rule.updated_at = rule.version + 1, now
    session.add(rule)
    session.flush()  # the answer is read from the table


def switch_off_auto_reload(session: Session, *, customer_id: UUID, expected_version: int, now: datetime) -> None:
    """Load nothing by itself any more. Raises VersionMismatch."""
    rule = _locked(session, customer_id, expected_version)
    if rule is not None and rule.is_on:
        rule.is_on, rule.version, rule.updated_at = False, rule.version + 1, now


def follow_removed_method(session: Session, fact: PaymentMethodRemoved) -> None:
    """React to a payment method that is gone: a rule that needs it is off, and says so."""
    rule = session.get(AutoReload, fact.customer_id, with_for_update=True, populate_existing=True)
    if rule is not None and rule.payment_method_id == fact.subject_id:
        switch_off_auto_reload(
            session, customer_id=fact.customer_id, expected_version=rule.version, now=fact.happened_at
        )


def _locked(session: Session, customer_id: UUID, expected_version: int) -> AutoReload | None:
    # Locked: two changes made from the same version must not both find it.
    rule = session.get(AutoReload, customer_id, with_for_update=True)
    version = rule.version if rule is not None else 0
    if version != expected_version:
        raise VersionMismatch(version)
    return rule


def reload_if_due(session: Session, *, customer_id: UUID, now: datetime) -> UUID | None:
    """Begin the load that the customer's rule asks for, where it is due; return its id.

    The caller holds the wallet's row, so two spends take turns and neither loads above the cap. A payment method that
    can't be charged holds up no coffee: then nothing is loaded.
    """
    rule = session.get(AutoReload, customer_id)
    if rule is None or not rule.is_on:
        return None
    lately = _lately(session, rule, now)
    if not rules.is_due(amount_minor=rule.amount_minor, weekly_cap_minor=rule.weekly_cap_minor, lately=lately, now=now):
        return None
    try:
        return begin_load(
            session,
            customer_id=customer_id,
            amount=Money(rule.amount_minor, rule.currency),
            payment_method_id=rule.payment_method_id,
            by="auto_reload",
            now=now,
        )
    except Refusal:  # raised before anything was written
        return None


def _lately(session: Session, rule: AutoReload, now: datetime) -> rules.Lately:
    mine = sa.and_(Load.customer_id == rule.customer_id, Load.begun_by == "auto_reload")
    # Whoever names another method because one refused wants it asked at once.
    is_refusal = sa.and_(Load.state == "failed", Load.payment_method_id == rule.payment_method_id)
    # One at a time, whatever its currency and however long a provider has been silent: as the index has it.
    is_pending = sa.select(Load.id).where(mine, Load.state == "pending").correlate(None).exists()
    # It counts for the week from when it was charged, however long its bank took.
    counted_at = sa.func.coalesce(Load.ended_at, Load.created_at)
    loads = sa.select(
        sa.func.coalesce(sa.func.sum(sa.case((Load.state != "failed", Load.amount_minor), else_=0)), 0),
        sa.func.max(sa.case((is_refusal, Load.ended_at))),
        is_pending,
    ).where(mine, Load.currency == rule.currency, counted_at > now - rules.WEEK)
    row = session.execute(loads).one()
    return rules.Lately(loaded_minor=int(row[0]), failed_at=row[1], is_pending=bool(row[2]))
