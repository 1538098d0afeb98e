"""Commands that run the service and describe it."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from threading import Event

import click
from flask import current_app
from flask.cli import with_appcontext

from .. import reactions, serving
from ..config import ConfigError, Settings
from ..db import Database
from ..http import docs
from ..http.audiences import Callers, callers_of
from ..http.live.answering import Live
from ..http.live.hub import Hub
from ..worker import Worker


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def openapi(file: Path) -> None:
    """Write the OpenAPI document to FILE (docs/openapi.json is kept in step by `make check`)."""
    file.write_bytes(docs.document(current_app._get_current_object()))  # type: ignore[attr-defined]


@click.command()
@with_appcontext
def serve() -> None:
    """Run the HTTP server and the worker until SIGTERM or Ctrl-C; the settings say where."""
    settings: Settings = current_app.extensions["sayso.settings"]
    require_free_port(settings)
    sys.exit(serving.Service(settings).run(lambda: click.echo(f"Sayso serves {settings.public_url}")))


def require_free_port(settings: Settings) -> None:
    """End with a sentence where another program listens at the address."""
    try:
        serving.require_free_port(settings)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


@click.command()
@with_appcontext
def worker() -> None:
    """Fire due orders, settle payments, send mail, forget what is old: until told to stop. Any number may run."""
    serving.end_with_service()
    stopping = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    deliver = reactions.outward(current_app.extensions["sayso.settings"], current_app.extensions["sayso.database"])
    parts = current_app.extensions
    Worker(parts["sayso.database"], deliver, parts["sayso.payments"]).run(stopping.is_set)


@click.command()
@with_appcontext
def live() -> None:
    """Write every live stream of this machine, until told to stop. One runs beside the HTTP server."""
    serving.end_with_service()
    parts = current_app.extensions
    asyncio.run(stream(parts["sayso.database"], parts["sayso.live"], callers_of(current_app)))


async def stream(database: Database, live: Live, callers: Callers) -> None:
    """Run the live process's event loop."""
    await Hub(database, live, callers).run()


commands = [openapi, serve, worker, live]
