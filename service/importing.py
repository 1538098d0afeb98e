"""Importing a CSV file: each row yields exactly one outcome, and none is guessed silently.

A row is `created`, `changed`, `unchanged` or `refused`; one that is not refused may have been repaired, by rules
with a name. accepted + repaired + refused = rows. The file is one transaction: a dry run takes it back, and so does
`--strict` where any row was refused. A package writes a loader, `(session, rows) -> outcomes`, and a command:

    @click.command("import-stores")
    @importing.options
    def import_stores(request: importing.Request, hours: str) -> None:
        table = importing.read(request, FIELDS)
        importing.run(request, table, functools.partial(actions.load_stores, hours=hours))
"""

from __future__ import annotations

import csv
import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal, TypeVar, cast

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

F = TypeVar("F", bound=Callable[..., Any])

Result = Literal["created", "changed", "unchanged", "refused"]
REPORT_COLUMNS = ("line", "key", "outcome", "applied", "repairs", "supplied", "reason", "note")


class RowRefused(Exception):
    """A row can't be used; `reason` is the rule's name (`unknown-zone`), `detail` says what is wrong with this row."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True)
class Repair:
    """What was changed in a row before it was taken: the rule's name, and what it did here."""

    rule: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one row; `key` is its business key (store number, SKU), empty where it has none."""

    line: int
    key: str
    result: Result
    repairs: tuple[Repair, ...] = ()
    supplied: tuple[str, ...] = ()
    reason: str = ""
    detail: str = ""


@dataclass(slots=True)
class Row:
    """One row of the file: text by field name, and the repairs made while reading it.

    `line` is the line of the file on which the row starts. A field that the file has no column for is absent.
    """

    line: int
    values: Mapping[str, str]
    is_short: bool = False
    repairs: list[Repair] = field(default_factory=list)
    supplied: list[str] = field(default_factory=list)

    def text(self, name: str, most: int = 200) -> str:
        """Return a field's text, empty where there is none; spaces and control characters tidied (`whitespace`).

        Raises RowRefused for more than `most` characters or what no database keeps.
        """
        given = self.values.get(name, "")
        tidy = _SPACES.sub(" ", given).strip()
        if "\x00" in tidy or any("\ud800" <= character <= "\udfff" for character in tidy):
            raise RowRefused("unkeepable-text", f"{name} holds a NUL or half a surrogate pair")
        if len(tidy) > most:
            raise RowRefused("too-long", f"{name} has {len(tidy)} characters, {most} are kept")
        if tidy != given:
            self.repair("whitespace", f"{name} tidied")
        return tidy

    def required(self, name: str, most: int = 200) -> str:
        """Return a field's text. Raises RowRefused where it is empty (`empty-<field>`)."""
        text = self.text(name, most)
        if not text:
            raise RowRefused(f"empty-{name.replace('_', '-')}", f"{name} is empty")
        return text

    def number(self, name: str, least: float, most: float) -> float:
        """Return a field's finite number from `least` to `most`. Raises RowRefused (`empty-…`, `invalid-…`)."""
        text = self.required(name)
        try:
            number = float(text) if _NUMBER.fullmatch(text) else math.nan
        except ValueError:
            number = math.nan
        if not least <= number <= most:
            raise RowRefused(f"invalid-{name.replace('_', '-')}", f"{name} is {text!r}, not {least:g} to {most:g}")
        return number

    def repair(self, rule: str, note: str) -> None:
        """Note that a named rule changed this row."""
        self.repairs.append(Repair(rule, note))

    def supply(self, name: str) -> None:
        """Note that a field's value came from an option, since the file has none."""
        self.supplied.append(name)

    def taken(self, key: str, result: Result) -> Outcome:
        """Return the outcome of a row that was taken."""
        repairs, supplied = tuple(self.repairs), tuple(self.supplied)
        return Outcome(line=self.line, key=key, result=result, repairs=repairs, supplied=supplied)

    def refused(self, key: str, refusal: RowRefused) -> Outcome:
        """Return the outcome of a row that was refused."""
        return Outcome(line=self.line, key=key, result="refused", reason=refusal.reason, detail=refusal.detail)


# All Unicode spaces, line breaks and the C0 and C1 controls except NUL.
_SPACES = re.compile("[\\s\x01-\x1f\x7f-\x9f\u200b\ufeff]+")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{0,30})?", re.ASCII)


class SeenKeys:
    """The business keys of one file: a key's second row is refused unless it says the same."""

    def __init__(self) -> None:
        self._first: dict[Hashable, tuple[int, object]] = {}

    def is_repeat(self, key: Hashable, line: int, content: object) -> bool:
        """Tell whether an identical row came before. Raises RowRefused (`duplicate-key`) where one differs."""
        first_line, first = self._first.setdefault(key, (line, content))
        if first_line == line:
            return False
        if first != content:
            raise RowRefused("duplicate-key", f"line {first_line} has the same key and differs")
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the person at the command line asked for, common to every import."""

    file: Path
    mapping: Mapping[str, str]
    encoding: str
    dry_run: bool
    strict: bool
    report: Path | None


@dataclass(frozen=True, slots=True)
class Table:
    """The file as read: rows, and which column each field was taken from."""

    rows: Sequence[Row]
    columns: Mapping[str, str]


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


def read(request: Request, fields: Mapping[str, Sequence[str]], required: Iterable[str] = ()) -> Table:
    """Read the file; `fields` names each field's usual column names, compared without case, spaces and punctuation.

    Raises click.ClickException where the file can't be read or a required field has no column.
    """
    try:
        with request.file.open(encoding=request.encoding, newline="") as lines:
            reader = csv.reader(lines, strict=True)
            columns = _columns(next(reader, []), request.mapping, fields)
            missing = [name for name in required if name not in columns]
            if missing:
                raise click.UsageError(f"No column for {', '.join(missing)}: name it by --map FIELD=COLUMN.")
            return Table(list(_rows(reader, columns)), {name: header for name, (_, header) in columns.items()})
    except (UnicodeError, LookupError) as error:
        raise click.UsageError(f"{request.file.name} can't be read as {request.encoding}: {error}") from error
    except csv.Error as error:
        raise click.ClickException(f"{request.file.name}, line {reader.line_num}: not CSV ({error})") from error


def _columns(
    header: Sequence[str], mapping: Mapping[str, str], fields: Mapping[str, Sequence[str]]
) -> dict[str, tuple[int, str]]:
    """Return each field's column, as position and name: the one that was named, else the first usual name found."""
    unknown = sorted(set(mapping) - set(fields))
    if unknown:
        raise click.UsageError(f"--map knows no field {', '.join(unknown)}; there are {', '.join(fields)}.")
    found: dict[str, tuple[int, str]] = {}
    for name, aliases in fields.items():
        wanted = [mapping[name]] if name in mapping else [name, *aliases]
        for alias in wanted:
            at = [index for index, column in enumerate(header) if _same(column, alias)]
            if len(at) > 1:
                raise click.UsageError(f"The file has {len(at)} columns named {alias!r}.")
            if at:
                found[name] = (at[0], header[at[0]])
                break
        if name in mapping and name not in found:
            raise click.UsageError(f"The file has no column {mapping[name]!r} (for {name}).")
    return found


def _same(one: str, other: str) -> bool:
    return _normalised(one) == _normalised(other)


def _normalised(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _rows(reader: Any, columns: Mapping[str, tuple[int, str]]) -> Iterator[Row]:
    width = max((at for at, _ in columns.values()), default=0) + 1
    line = reader.line_num + 1
    for cells in reader:
        if cells:  # a blank line is no row
            values = {name: cells[at] for name, (at, _) in columns.items() if at < len(cells)}
            yield Row(line, values, is_short=len(cells) < width)
        line = reader.line_num + 1


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
