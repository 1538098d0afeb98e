"""Commands that import files: stores and menus."""

from __future__ import annotations

import functools
from typing import Any

import click

from .. import clock, importing
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


commands = [import_stores]
