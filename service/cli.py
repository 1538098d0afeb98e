"""The command line: flask import-stores | import-menu | demo | worker | …"""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask

from .http import docs


def register(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(openapi)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def openapi(file: Path) -> None:
    """Write the OpenAPI document to FILE (docs/openapi.json is kept in step by a test)."""
    from flask import current_app

    file.write_bytes(docs.document(current_app._get_current_object()))  # type: ignore[attr-defined]
