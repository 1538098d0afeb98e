"""Commands of the demo chain: load it, run it, keep it busy, list its sign-ins."""

from __future__ import annotations

import secrets
import signal
import sys

import click
import orjson
from flask import current_app
from flask.cli import with_appcontext

from .. import clock, serving
from ..config import Settings
from ..demo import actions, queries
from ..demo.busy.morning import STORE, Morning
from ..demo.chain import CHAIN, DemoPerson
from .running import require_free_port


def _settings() -> Settings:
    settings: Settings = current_app.extensions["sayso.settings"]
    return settings


@click.command()
@with_appcontext
def seed() -> None:
    """Load the demo chain; what is there already stays as it is. Needs DEMO=1: its passwords are public."""
    if not _settings().demo:
        raise click.ClickException("The demo's passwords are public: set DEMO=1 where its sign-ins may exist.")
    passwords = current_app.extensions["sayso.passwords"]

    def hash_password(person: DemoPerson) -> str:
        hashed: str = passwords.hash_new(person.password, about=[person.email, person.name])
        return hashed

    with current_app.extensions["sayso.database"].writing.begin() as session:
        inbox = current_app.extensions["sayso.push-inbox"]
        done = actions.seed(session, hash_password=hash_password, inbox=inbox, now=clock.now())
    click.echo(
        f"{CHAIN}: {done.stores} stores, {done.people} people and {done.menu} parts of the menu added or changed."
    )


@click.group()
def demo() -> None:
    """The demo chain: run it, keep it busy, or list its sign-ins."""


@demo.command("run")
@click.pass_context
@with_appcontext
def run(context: click.Context) -> None:
    """Bring the database to this release, load the demo, serve it, and print where and as whom to sign in."""
    settings = _settings()
    require_free_port(settings)
    with current_app.app_context():  # of its own: at its end the migrations let go of their connection and its lock
        current_app.extensions["sayso.alembic"].upgrade()
    context.invoke(seed)
    sys.exit(serving.Service(settings).run(lambda: _welcome(context, settings)))


def _welcome(context: click.Context, settings: Settings) -> None:
    url = settings.public_url
    context.invoke(list_accounts, as_json=False)
    with current_app.extensions["sayso.database"].writing.begin() as session:
        shown = actions.open_screens(session, now=clock.now())
    click.echo(f"\n  {url}/docs       the API, to try out\n  {url}/demo/mail  the mail it would send")
    if current_app.extensions["sayso.push-inbox"] is not None:
        click.echo(f"  {url}/demo/push  what Maya is told, pushed to a device of the demo's own")
    click.echo(f"  {url}/demo/passkeys  passkeys, to try out")
    click.echo(f"\n  {shown.store_name}, as its barista and as its customers see it:")
    click.echo(f"  {url}{shown.queue_path}\n  {url}{shown.board_path}")
    click.echo("\nREADME.md has a session to paste. Ctrl-C stops it; what you did stays in instance/.")


@demo.command("busy")
@click.option("--seed", type=click.IntRange(0, 2**31), help="Play this morning again; else one by chance.")
@click.option(
    "--pace", type=click.FloatRange(0.1, 60), default=1.0, show_default=True, help="How much faster than life."
)
@with_appcontext
def busy(seed: int | None, pace: float) -> None:
    """Play a busy morning at the first store of the running demo, until it is over or Ctrl-C."""
    serving.end_with_service()
    if not _settings().demo:
        raise click.ClickException("Only a demo is played with: set DEMO=1, as `make run` does.")
    with current_app.extensions["sayso.database"].reading() as session:
        found = queries.sign_ins(session)
    if not found["stores"]:
        raise click.ClickException("The demo is not loaded yet: run `make run`, or DEMO=1 flask seed.")
    chosen = secrets.randbelow(10**6) if seed is None else seed
    morning = Morning(serving.address(_settings()), found, seed=chosen, pace=pace)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: morning.over.set())
    click.echo(f"A busy morning at {STORE.name}, which never closes: seed {chosen}, pace {pace:g}.")
    morning.play(lambda line: click.echo(f"  {STORE.name}: {line}"))
    click.echo(f"The morning is over: {morning.summary()}.")


@demo.command("accounts")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@with_appcontext
def list_accounts(as_json: bool) -> None:
    """Print the base URL and every sign-in of the demo."""
    with current_app.extensions["sayso.database"].reading() as session:
        found = {"base_url": serving.address(_settings()), **queries.sign_ins(session)}
    if not found["stores"]:
        raise click.ClickException("The demo is not loaded yet: run `make run`, or DEMO=1 flask seed.")
    if as_json:
        click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
        return
    names = {store["id"]: store["name"] for store in found["stores"]}
    click.echo(f"\n  {CHAIN} at {found['base_url']}\n")
    for account in found["accounts"]:
        where = ", ".join(names[store_id] for store_id in account["store_ids"])
        click.echo(f"  {account['role']:<9} {account['email']:<35} {account['password']:<38} {where}".rstrip())


commands = [seed, demo]
