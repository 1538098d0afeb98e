"""Reading any CSV: which column each field is taken from, and the rows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from .rows import Row


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
