"""Commands of the loyalty programme."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import marshmallow as ma
from flask import current_app
from flask.cli import with_appcontext

from .. import clock
from ..http import json
from ..http.parsing import by_path
from ..loyalty import actions
from ..loyalty.errors import InvalidProgramme
from ..loyalty.schemas import read_programme


@click.command("import-programme")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be published, and publish nothing.")
@with_appcontext
def import_programme(file: Path, dry_run: bool) -> None:
    """Publish the loyalty programme in the JSON FILE as its next version, in force from its `effective_on` on.

    The form is in docs/loyalty.md. What members earned before keeps its terms.
    """
    document = _read(file)
    with current_app.extensions["sayso.database"].writing() as session:
        try:
            version = actions.publish_programme(session, document=document, now=clock.now())
        except InvalidProgramme as error:
            raise click.ClickException(_told(error.errors)) from error
        if not dry_run:
            session.commit()
    click.echo(f"Version {version} {'would be' if dry_run else 'is'} published, from {document['effective_on']} on.")


def _read(file: Path) -> dict[str, Any]:
    try:
        return read_programme(json.read(file.read_bytes()))
    except json.Malformed as error:
        raise click.ClickException(f"{file.name}: {error}") from error
    except ma.ValidationError as error:
        raise click.ClickException(_told(by_path(error.messages))) from error


def _told(errors: dict[str, list[str]]) -> str:
    return "The programme can't be published.\n" + "\n".join(f"{path}: {' '.join(s)}" for path, s in errors.items())


commands = [import_programme]
