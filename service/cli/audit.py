"""Commands that prove what the service says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session, sessionmaker

from .. import clock, payments, reactions
from ..db import Database, at_one_instant
from ..loyalty import queries as loyalty
from ..orders import queries as orders
from ..payments.driving import provider_agrees
from ..payments.providers.port import Provider
from ..wallet import queries as wallet

audit = AppGroup("audit", help="Prove what is kept; whoever finds a fault exits with 1.")


@audit.command()
@with_appcontext
def ledger() -> None:
    """Prove every balance from its entries: sums to zero, nothing below zero, nothing lapsed, holds as they are.

    And that orders are paid as their tenders say, every payment is settled as its provider says, every star as its
    entries do, and that every remedy in money is that of a missed promise. A payment that is under way just then is
    named, too.
    """
    database: Database = current_app.extensions["sayso.database"]
    # One snapshot: PostgreSQL gives it to a transaction that asks, SQLite to every reader.
    sessions: sessionmaker[Any] = database.writing if database.is_postgresql else database.reading
    with sessions() as session:
        at_one_instant(session)
        faults = [*wallet.ledger_faults(session), *orders.tender_faults(session), *loyalty.audit(session)]
        faults += reactions.remedy_faults(session)
        faults += [fault for provider in payments.driver().providers for fault in _disagreements(session, provider)]
    for fault in faults:
        click.echo(fault)
    if faults:
        raise click.ClickException(f"{len(faults)} faults in the ledger.")
    click.echo("The ledger holds.")


def _disagreements(session: Session, provider: Provider) -> Iterator[str]:
    for found in provider_agrees(session, provider, now=clock.now()):
        yield f"payment {found.payment_id}: {found.why}"


commands = [audit]
