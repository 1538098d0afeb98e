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

from .reading import Request, Table, read
from .rows import Outcome, Repair, Result, Row, RowRefused, SeenKeys
from .running import REPORT_COLUMNS, Loader, Summary, options, run, write_report

__all__ = [
    "REPORT_COLUMNS",
    "Loader",
    "Outcome",
    "Repair",
    "Request",
    "Result",
    "Row",
    "RowRefused",
    "SeenKeys",
    "Summary",
    "Table",
    "options",
    "read",
    "run",
    "write_report",
]
