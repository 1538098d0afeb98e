"""A passport: all that a customer says, to be carried to another account (docs/passport.md). What it says beside what
is said now, line by line: a kind is a line, and of a list of rules each rule is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from ..errors import PassportNotValid
from .kinds import KINDS

TYPE = "sayso-passport+jws"
LIFETIME = timedelta(days=365)

Json = Mapping[str, Any]
Change = Literal["added", "changed", "same", "unknown"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a customer says of a kind, in which version; `value` None for what they say no more."""

    version: int
    value: Json | None


@dataclass(frozen=True, slots=True)
class Offered:
    """What a passport says of a kind; `value` None where it can't be read here, with why."""

    kind: str
    value: Json | None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a passport: what is said now (`before`), what the passport says (`after`), and what taking it over
    would change; `why` it can't be."""

    name: str
    kind: str
    change: Change
    before: Json | None = None
    after: Json | None = None
    why: str | None = None

    def document(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        names = {"line": self.name, "kind": self.kind, "change": self.change, "why": self.why}
        return {**names, "before": self.before, "after": self.after}


def content_of(said: Sequence[Json], *, issuer: str, now: datetime) -> dict[str, Any]:
    """Return what is signed: what is said, and nothing of who says it."""
    return {
        "iss": issuer,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "preferences": [
            {"kind": each["kind"], "form": KINDS[each["kind"]].version, "value": each["value"]} for each in said
        ],
    }


def entries_of(content: Json, *, issuer: str, now: datetime) -> list[Any]:
    """Return the kinds of a passport whose signature is good. Raises PassportNotValid."""
    if content.get("iss") != issuer:
        raise PassportNotValid("not_ours")
    expires, entries = content.get("exp"), content.get("preferences")
    if not isinstance(expires, int) or not isinstance(entries, list):
        raise PassportNotValid("not_this")
    if now.timestamp() >= expires:
        raise PassportNotValid("expired")
    return entries


def lines_of(offered: Offered, standing: Json | None, wrong: Sequence[str]) -> Iterator[Line]:
    """Yield the lines of a kind beside what stands; `wrong` are the paths of what names something that isn't here."""
    kind, value = offered.kind, offered.value
    if value is None:
        yield Line(name=kind, kind=kind, change="unknown", why=offered.why)
    elif "rules" in value:
        mine = standing["rules"] if standing is not None else ()
        for index, rule in enumerate(value["rules"]):
            name, is_unknown = (
                f"{kind}/{rule.get('id', index)}",
                any(path.startswith(f"value.rules.{index}.") for path in wrong),
            )
            yield _line(name, kind, _alike(rule, mine), rule, is_unknown)
    else:
        yield _line(kind, kind, standing, value, bool(wrong))


def _line(name: str, kind: str, before: Json | None, after: Json, is_unknown: bool) -> Line:
    if is_unknown:
        return Line(name=name, kind=kind, change="unknown", before=before, after=after, why="unknown_here")
    same = before is not None and unstamped(before) == unstamped(after)
    change: Change = "added" if before is None else "same" if same else "changed"
    return Line(name=name, kind=kind, change=change, before=before, after=after)


def _alike(rule: Json, mine: Sequence[Json]) -> Json | None:
    """Return the rule that stands with the same id, else one that says the same."""
    by_id = next((each for each in mine if each["id"] == rule.get("id")), None)
    return by_id or next((each for each in mine if unstamped(each) == unstamped(rule)), None)


def unstamped(value: Json) -> dict[str, Any]:
    """Return what is said, without the marks that a rule got when it was kept."""
    return {name: each for name, each in value.items() if name not in {"id", "version", "said_at"}}


def merged(lines: Sequence[Line], standing: Json | None) -> dict[str, Any]:
    """Return the value of a kind with these lines of it taken over: a changed rule keeps its place, a new one comes
    last."""
    first = lines[0].after
    assert first is not None
    if "/" not in lines[0].name:
        return dict(first)
    changed = {line.before["id"]: line.after for line in lines if line.before is not None}
    kept = [changed.get(rule["id"], rule) for rule in (standing or {"rules": ()})["rules"]]
    return {"rules": kept + [line.after for line in lines if line.before is None]}
