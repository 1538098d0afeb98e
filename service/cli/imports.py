"""Commands that import files: stores and menus."""

from __future__ import annotations

import contextlib
import functools
import re
from decimal import Decimal
from typing import Any

import click
import marshmallow as ma
from flask import current_app

from .. import clock, importing, money
from ..http import json
from ..http.parsing import by_path
from ..menu import actions as menu_actions
from ..menu.errors import InvalidMenu
from ..menu.rules import imported as menu_imported
from ..menu.schemas import ChainMenuSchema
from ..stores import actions, rules
from ..stores.rules import InvalidHours, check_hours
from ..stores.rules.imported import COLUMNS, REQUIRED


def _numbers(_context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, int]:
    """Read repeated NAME=NUMBER options."""
    pairs = dict(text.partition("=")[::2] for text in given)
    wrong = [name for name, number in pairs.items() if not name or not (number.isascii() and number.isdigit())]
    if wrong:
        raise click.BadParameter(f"give NAME=NUMBER, not {given!r}", param=parameter)
    return {name: int(number) for name, number in pairs.items()}


def _hours(_context: click.Context, parameter: click.Parameter, given: str) -> str:
    try:
        return check_hours(given)
    except InvalidHours as error:
        raise click.BadParameter(str(error), param=parameter) from error


@click.command("import-stores")
@importing.options
@click.option("--hours", default="off", show_default=True, callback=_hours, help="OSM hours, where the file has none.")
@click.option("--lead-minutes", type=click.IntRange(0, 1440), default=5, show_default=True)
@click.option("--cutoff-minutes", type=click.IntRange(0, 1440), default=10, show_default=True)
@click.option("--makers", multiple=True, metavar="KIND=N", callback=_numbers, help="bar, oven or cold (repeatable).")
@click.option("--tax", multiple=True, metavar="CATEGORY=BPS", callback=_numbers, help="standard=825 is 8.25 %.")
@click.option("--tax-inclusive", is_flag=True, help="Prices hold the tax already.")
@click.option("--pickup-method", "pickup_methods", multiple=True, help="Repeatable; the first is the default.")
@click.option("--number-prefix", default="", help="Put before every store number of the file.")
@click.option(
    "--zone-conflict",
    type=click.Choice(["refuse", "file", "coordinates"]),
    default="refuse",
    show_default=True,
    help="Who is right where a zone contradicts the coordinates.",
)
def import_stores(
    request: importing.Request,
    makers: dict[str, int],
    tax: dict[str, int],
    pickup_methods: tuple[str, ...],
    number_prefix: str,
    zone_conflict: Any,
    **given: Any,
) -> None:
    """Import a store directory from the CSV FILE, by store number.

    What the file has no column for is given by options to the stores that are created; a store that exists keeps
    its own. The rules are in docs/imports.md.
    """
    makers, methods = makers or {"bar": 2, "oven": 1, "cold": 1}, pickup_methods or ("counter",)
    if not set(makers) <= set(rules.STATION_KINDS) or not all(0 < number <= 100 for number in makers.values()):
        raise click.UsageError(f"--makers takes 1 to 100 of {', '.join(rules.STATION_KINDS)}.")
    if not set(methods) <= set(rules.PICKUP_METHODS):
        raise click.UsageError(f"--pickup-method takes {', '.join(rules.PICKUP_METHODS)}.")
    if any(bps > 10_000 for bps in tax.values()):
        raise click.UsageError("--tax takes basis points, 10000 (100 %) at most.")
    supplied = actions.Supplied(makers=makers, tax_rates={"standard": 0} | tax, pickup_methods=methods, **given)
    table = importing.read(request, COLUMNS, REQUIRED)
    if "hours" not in table.columns and supplied.hours == "off":
        click.echo(
            "The file has no opening hours: new stores are closed until --hours or their manager says otherwise."
        )
    importing.run(
        request,
        table,
        functools.partial(
            actions.load_stores,
            supplied=supplied,
            number_prefix=number_prefix,
            zone_conflict=zone_conflict,
            now=clock.now(),
        ),
    )


def _prices(_context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, Decimal]:
    """Read repeated SIZE=AMOUNT options."""
    pairs = dict(text.rpartition("=")[::2] for text in given)
    wrong = [text for text in given if not re.fullmatch(r"[^=]+=[0-9]{1,6}(\.[0-9]{1,3})?", text, re.ASCII)]
    if wrong:
        raise click.BadParameter(f"give SIZE=AMOUNT, such as tall=3.75, not {wrong[0]!r}", param=parameter)
    return {menu_imported.slug(size): Decimal(amount) for size, amount in pairs.items()}


@click.command("import-menu")
@importing.options
@click.option("--price", "prices", multiple=True, metavar="SIZE=AMOUNT", callback=_prices, help="A size's price.")
@click.option("--currency", default="USD", show_default=True, help="Of the prices, ISO 4217.")
def import_menu(request: importing.Request, prices: dict[str, Decimal], currency: str) -> None:
    """Import the chain's menu from FILE: a CSV table of drinks, or a JSON menu document (*.json).

    The rules are in docs/menu.md.
    """
    if request.file.suffix == ".json":
        _import_document(request)
        return
    table = importing.read(request, menu_imported.COLUMNS, menu_imported.REQUIRED)
    minor = {size: amount.scaleb(money.minor_units(currency)) for size, amount in prices.items()}
    broken = [size for size, amount in minor.items() if amount != amount.to_integral_value()]
    if broken or not re.fullmatch("[A-Z]{3}", currency):
        raise click.UsageError(f"--price {', '.join(broken)} is no amount of {currency}.")
    amounts = {size: int(amount) for size, amount in minor.items()}
    load = functools.partial(menu_actions.load_drinks, prices=amounts, currency=currency, now=clock.now())
    _warn_of_shifted_columns(table, amounts)
    try:
        importing.run(request, table, load)
    except InvalidMenu as error:
        raise click.ClickException(_told(error.errors)) from error


def _warn_of_shifted_columns(table: importing.Table, prices: dict[str, int]) -> None:
    """Say so where the carbohydrates can't be in the energy: the file's headings may stand over other columns."""
    doubtful = 0
    for row in table.rows:
        trial = importing.Row(row.line, row.values)
        with contextlib.suppress(importing.RowRefused):
            doubtful += not menu_imported.drink_of(trial, prices).is_plausible
    if doubtful:
        click.echo(
            f"warning: in {doubtful} of {len(table.rows)} rows the carbohydrates alone would make more energy than "
            "is stated; the headings may stand over the wrong columns. Check them and use --map.",
            err=True,
        )


def _import_document(request: importing.Request) -> None:
    """Load a chain menu document, all or nothing."""
    try:
        chain = ChainMenuSchema().load(json.read(request.file.read_bytes()))
    except json.Malformed as error:
        raise click.ClickException(f"{request.file.name}: {error}") from error
    except ma.ValidationError as error:
        raise click.ClickException(_told(by_path(error.messages))) from error
    with current_app.extensions["sayso.database"].writing() as session:
        try:
            report = menu_actions.load_menu(session, chain, now=clock.now())
        except InvalidMenu as error:
            raise click.ClickException(_told(error.errors)) from error
        if not request.dry_run:
            session.commit()
    click.echo(", ".join(f"{count} {what}" for what, count in report.counts().items()))
    if request.dry_run:
        click.echo("Nothing was changed: a dry run.")


def _told(errors: dict[str, list[str]]) -> str:
    return "The menu can't be loaded.\n" + "\n".join(f"{path}: {' '.join(said)}" for path, said in errors.items())


commands = [import_stores, import_menu]
