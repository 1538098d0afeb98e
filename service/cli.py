"""The command line: flask import-stores | import-menu | demo | worker | …"""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext

from .http import docs


def register(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(openapi)
    app.cli.add_command(make_operator)
    app.cli.add_command(rotate_signing_key)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def openapi(file: Path) -> None:
    """Write the OpenAPI document to FILE (docs/openapi.json is kept in step by a test)."""
    from flask import current_app

    file.write_bytes(docs.document(current_app._get_current_object()))  # type: ignore[attr-defined]


@click.command()
@click.argument("email")
@with_appcontext
def make_operator(email: str) -> None:
    """Let the account of EMAIL act chain-wide."""
    from flask import current_app

    from .accounts import actions
    from .errors import NotFound

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
    from flask import current_app

    from . import clock
    from .accounts import actions

    with current_app.extensions["sayso.database"].writing.begin() as session:
        newest, _ = current_app.extensions["sayso.keys"].add(session, now=clock.now())
        session.flush()  # the retirement below leaves this one out by its id
        retired = actions.retire_older_keys(session, newest=newest, now=clock.now()) if retire_older else 0
    click.echo(f"New key {newest}; {retired} retired.")
