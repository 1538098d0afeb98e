"""Commands about people and keys."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext

from .. import clock
from ..accounts import actions
from ..errors import NotFound


@click.command()
@click.argument("email")
@with_appcontext
def make_operator(email: str) -> None:
    """Let the account of EMAIL act chain-wide."""
    try:
        with current_app.extensions["sayso.database"].writing.begin() as session:
            actions.make_operator(session, email=email.strip().lower())
    except NotFound as error:
        raise click.ClickException(error.detail) from error
    click.echo("Done: it holds from their next request on.")


@click.command()
@click.option("--retire-older", is_flag=True, help="Tokens signed with older keys end within a minute.")
@with_appcontext
def rotate_signing_key(retire_older: bool) -> None:
    """Sign access tokens with a new key, without a restart; older keys go on verifying."""
    with current_app.extensions["sayso.database"].writing.begin() as session:
        newest, _ = current_app.extensions["sayso.keys"].add(session, now=clock.now())
        session.flush()  # the retirement below leaves this one out by its id
        retired = actions.retire_older_keys(session, newest=newest, now=clock.now()) if retire_older else 0
    click.echo(f"New key {newest}; {retired} retired.")


commands = [make_operator, rotate_signing_key]
