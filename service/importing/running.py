"""Running an import: the command's common options, one transaction, the counts and the report."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeVar, cast

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from .reading import Request, Table
from .rows import Outcome, Row, RowRefused

F = TypeVar("F", bound=Callable[..., Any])

REPORT_COLUMNS = ("line", "key", "outcome", "applied", "repairs", "supplied", "reason", "note")


@dataclass(slots=True)
class Summary:
    """The counts of one import; accepted + repaired + refused = rows."""

    rows: int
    accepted: int = 0
    repaired: int = 0
    refused: int = 0
    results: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def count(self, outcome: Outcome) -> None:
        """Add one row's outcome."""
        self.results[outcome.result] += 1
        self.repairs.update({repair.rule for repair in outcome.repairs})
        if outcome.result == "refused":
            self.refused += 1
            self.reasons[outcome.reason] += 1
        elif outcome.repairs:
            self.repaired += 1
        else:
            self.accepted += 1


Loader = Callable[[Session, Sequence[Row]], Iterable[Outcome]]


def options(command: F) -> F:
    """Give a command FILE, --map, --encoding, --dry-run, --strict and --report, as one `request` parameter."""

    def gathered(
        file: Path,
        mapping: tuple[str, ...],
        encoding: str,
        dry_run: bool,
        strict: bool,
        report: Path | None,
        **others: Any,
    ) -> Any:
        named = dict(_pair(text) for text in mapping)
        request = Request(file=file, mapping=named, encoding=encoding, dry_run=dry_run, strict=strict, report=report)
        return command(request=request, **others)

    gathered.__name__, gathered.__doc__ = command.__name__, command.__doc__
    in_application: Any = with_appcontext(gathered)
    # A command's own options were added before this decorator ran: keep them.
    in_application.__click_params__ = getattr(command, "__click_params__", [])
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    for decorate in (
        click.option("--report", type=click.Path(dir_okay=False, writable=True, path_type=Path), help=_HELP["report"]),
        click.option("--strict", is_flag=True, help="All or nothing: one refused row takes the whole import back."),
        click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing."),
        click.option("--encoding", default="utf-8-sig", show_default=True, help="The file's text encoding."),
        click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help=_HELP["map"]),
        click.argument("file", type=path),
    ):
        in_application = decorate(in_application)
    return cast(F, in_application)


_HELP = {
    "map": "Take FIELD from the column named COLUMN (repeatable); the usual column names are found without.",
    "report": "Write a CSV with every row's line, key, outcome, repairs and reason.",
}


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name.strip():
        raise click.BadParameter(f"{text!r} is not FIELD=COLUMN", param_hint="--map")
    return name.strip(), value


def run(request: Request, table: Table, load: Loader) -> None:
    """Load the rows in one transaction with a progress bar, tell the counts, write the report.

    Exits with 1 where any row was refused. A loader need not look at short rows: they are refused here.
    """
    short = [row for row in table.rows if row.is_short]
    whole = [row for row in table.rows if not row.is_short]
    outcomes = [row.refused("", RowRefused("short-row", "the row has fewer cells than the header")) for row in short]
    with current_app.extensions["sayso.database"].writing() as session:
        with click.progressbar(length=len(whole), label=request.file.name, file=sys.stderr) as bar:
            for outcome in load(session, whole):
                outcomes.append(outcome)
                bar.update(1)
        applied = not request.dry_run and not (request.strict and any(row.result == "refused" for row in outcomes))
        if applied:
            session.commit()
        else:
            session.rollback()
    outcomes.sort(key=lambda outcome: outcome.line)
    summary = Summary(len(table.rows))
    for outcome in outcomes:
        summary.count(outcome)
    if summary.accepted + summary.repaired + summary.refused != summary.rows:
        raise AssertionError("the loader lost a row")
    if request.report is not None:
        with request.report.open("w", encoding="utf-8", newline="") as file:
            write_report(file, outcomes, applied=applied)
    _tell(request, table, summary, applied=applied)
    if summary.refused:
        raise click.exceptions.Exit(1)


def write_report(file: IO[str], outcomes: Iterable[Outcome], *, applied: bool) -> None:
    """Write one CSV row per outcome; `applied` tells whether the import was kept."""
    writer = csv.writer(file)
    writer.writerow(REPORT_COLUMNS)
    for outcome in outcomes:
        kept = "yes" if applied and outcome.result in ("created", "changed") else "no"
        notes = [outcome.detail] if outcome.detail else [repair.note for repair in outcome.repairs]
        rules = sorted({repair.rule for repair in outcome.repairs})
        writer.writerow(
            [
                outcome.line,
                outcome.key,
                outcome.result,
                kept,
                " ".join(rules),
                " ".join(outcome.supplied),
                outcome.reason,
                "; ".join(notes),
            ]
        )


def _tell(request: Request, table: Table, summary: Summary, *, applied: bool) -> None:
    click.echo("columns: " + ", ".join(f"{name} = {column!r}" for name, column in table.columns.items()))
    click.echo(
        f"{summary.rows} rows: {summary.accepted} accepted, {summary.repaired} repaired, {summary.refused} refused"
    )
    taken = ", ".join(f"{summary.results[result]} {result}" for result in ("created", "changed", "unchanged"))
    click.echo(f"of those taken: {taken}")
    for rule, count in sorted(summary.repairs.items()):
        click.echo(f"repaired by {rule}: {count}")
    for reason, count in sorted(summary.reasons.items()):
        click.echo(f"refused as {reason}: {count}")
    if not applied:
        click.echo("Nothing was changed: " + ("a dry run." if request.dry_run else "--strict and a row was refused."))
