"""Telling those who act for the chain what only they can answer."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ..accounts import queries as account_queries
from ..accounts.actions.post import post
from ..payments.actions import PaymentReversed
from ..payments.rules import letters
from ..payments.rules.reversals import DISPUTE

MOST_OPERATORS = 20


def tell_operators(session: Session, fact: PaymentReversed) -> None:
    """Mail the operators, twenty at most, that something of a payment was taken back past the service."""
    letter = (letters.disputed if fact.kind == DISPUTE else letters.given_back_elsewhere)(fact.subject_id)
    for address in account_queries.operators(session, limit=MOST_OPERATORS):
        post(session, letter, to=address, now=fact.happened_at)
