"""The floor: what the database alone needs for a placement. pgbench runs the statements that a real placement ran.

The statements are captured from the running code, parameters and all; what names this one order (its ids, its
store, its customer) is made anew for each transaction, everything else stays as it was sent.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from psycopg.adapt import PyFormat, Transformer
from psycopg.types.json import Json, Jsonb
from sqlalchemy.engine import Engine

from tests.postgres import Cluster

from .fill import QUOTES_PREFIX

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_TPS = re.compile(r"tps = ([\d.]+)")
_DONE = re.compile(r"actually processed: (\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as the driver got it: SQL with named placeholders, and its values."""

    sql: str
    values: Mapping[str, Any]


@contextmanager
def captured(engine: Engine) -> Iterator[list[Statement]]:
    """Collect the statements that the block sends; a statement sent with many rows counts once per row."""
    statements: list[Statement] = []

    def note(_connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, many: bool) -> None:
        statements.extend(Statement(sql, each) for each in (values if many else [values]))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


@dataclass(frozen=True, slots=True)
class Script:
    """A pgbench script, its variables, and how many statements it has without BEGIN and COMMIT."""

    text: str
    variables: Mapping[str, str]
    statements: int

    def pipelined(self) -> str:
        """Return the same statements sent without waiting for each other."""
        sets, begin, rest = self.text.partition("BEGIN;\n")
        return f"{sets}\\startpipeline\n{begin}{rest}\\endpipeline\n"


def script_of(statements: Sequence[Statement], varying: Mapping[Any, str], *, customers: int, stores: int) -> Script:
    """Return the placement as a script. `varying` maps a value of the captured one to the SQL that makes it anew."""
    lines = [
        "\\set n :first + :i * :clients + :client_id",
        "\\set i :i + 1",
        f"\\set customer :n % {customers} + 1",
        f"\\set store random(1, {stores})",
        "BEGIN;",
    ]
    variables: dict[str, str] = {}
    for number, statement in enumerate(statements):
        lines.append(_bound(statement, f"s{number}", varying, variables).replace("\n", " ") + ";")
    return Script("\n".join([*lines, "COMMIT;", ""]), variables, len(statements))


def _bound(statement: Statement, prefix: str, varying: Mapping[Any, str], variables: dict[str, str]) -> str:
    def bind(found: re.Match[str]) -> str:
        value = statement.values[found[1]]
        if value is None:
            return "NULL"
        if isinstance(value, str | UUID) and value in varying:
            return varying[value]
        name = f"{prefix}_{found[1]}"
        variables[name] = _text(value)
        return f":{name}"

    return _PLACEHOLDER.sub(bind, statement.sql).replace("%%", "%")


def _text(value: Any) -> str:
    if isinstance(value, Json | Jsonb):
        return orjson.dumps(value.obj, option=orjson.OPT_UTC_Z).decode()
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, bool):
        return "t" if value else "f"
    return bytes(Transformer().get_dumper(value, PyFormat.TEXT).dump(value) or b"").decode()


ORDER = "('01f00000-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid"
QUOTE = f"('{QUOTES_PREFIX}' || lpad(to_hex(:n::bigint), 12, '0'))::uuid"


def varying_values(*, placed: Mapping[str, Any], customers: Sequence[UUID], stores: Sequence[UUID]) -> dict[Any, str]:
    """Return what of a captured placement is made anew: the SQL by the value."""
    customer = f"('{{{','.join(map(str, customers))}}}'::uuid[])[:customer::int]"
    store = f"('{{{','.join(map(str, stores))}}}'::uuid[])[:store::int]"
    return {
        placed["order"]: ORDER,
        placed["quote"]: QUOTE,
        placed["code"]: "upper(to_hex(:n::bigint))",
        placed["customer"]: customer,
        placed["store"]: store,
        placed["key"]: "('key-' || :n::text)",
        placed["client_order_id"]: "('floor-' || :n::text)",
        f"{placed['customer']}:place_order": f"({customer}::text || ':' || 'place_order')",
    }


@dataclass(frozen=True, slots=True)
class Pgbench:
    """Runs scripts on one database of the cluster."""

    cluster: Cluster
    database: str

    def run(self, text: str, variables: Mapping[str, str], *, clients: int, each: int, first: int) -> float:
        """Run the script `each` times per client, over the quotes from number `first`; return transactions per second.

        Raises RuntimeError where a transaction failed.
        """
        path = self.cluster.folder / "placement.sql"
        path.write_text(text)
        defined = {**variables, "i": "0", "first": str(first), "clients": str(clients)}
        command = [
            *(str(self.cluster.bin / "pgbench"), "-h", str(self.cluster.folder), "-U", "sayso", "-n"),
            *("-M", "prepared", "-c", str(clients), "-j", "1", "-t", str(each), "-f", str(path)),
            *(argument for name, value in defined.items() for argument in ("-D", f"{name}={value}")),
            self.database,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        rate, finished = _TPS.search(done.stdout), _DONE.search(done.stdout)
        if rate is None or finished is None or finished[1] != finished[2]:
            raise RuntimeError(f"pgbench failed: {done.stderr[-3000:]}")
        return float(rate[1])
