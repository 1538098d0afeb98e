"""One row of a file, and what became of it."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Result = Literal["created", "changed", "unchanged", "refused"]


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
