"""Importing a table of drinks: created, changed, unchanged or refused, row by row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from ...importing import Outcome, Result, Row, RowRefused, SeenKeys
from ..rules.imported import FACTS, Drink, chain_menu_of, drink_of, slug
from .load import LoadReport, load_menu


@dataclass(slots=True)
class _Read:
    row: Row
    drink: Drink
    is_repeat: bool


def load_drinks(
    session: Session, rows: Sequence[Row], *, prices: Mapping[str, int], currency: str, now: datetime
) -> Iterator[Outcome]:
    """Bring the chain's menu to what the rows say and give each row's outcome; a repeated import changes nothing.

    `prices` in minor units of the currency, by the size's key. A (category, beverage, size, milk) that comes twice
    is refused the second time (`duplicate-key`) unless it says the same. Raises InvalidMenu.
    """
    taken: list[_Read] = []
    seen = SeenKeys()
    for row in rows:
        try:
            drink = drink_of(row, prices)
            taken.append(_Read(row, drink, seen.is_repeat(drink.key, row.line, drink)))
        except RowRefused as refusal:
            yield row.refused(row.values.get("name", "").strip(), refusal)
    _leave_out_what_some_rows_do_not_state(taken)
    made = chain_menu_of([read.drink for read in taken if not read.is_repeat], prices, currency)
    report = load_menu(session, made.menu, now=now)
    for read in taken:
        not_made = made.refused.get(read.drink.key)
        if not_made is not None:
            yield read.row.refused(read.drink.sku, not_made)
        else:
            yield read.row.taken(read.drink.sku, "unchanged" if read.is_repeat else _result(report, read.drink))


def _leave_out_what_some_rows_do_not_state(taken: list[_Read]) -> None:
    """A fact that one milk of a drink's size doesn't state is left out of all of them: no difference can be made."""
    together: defaultdict[tuple[str, str], list[_Read]] = defaultdict(list)
    for read in taken:
        together[read.drink.sku, slug(read.drink.size)].append(read)
    for reads in together.values():
        unstated = {name for name in FACTS for read in reads if name not in read.drink.nutrition}
        for read in reads:
            dropped = sorted(unstated & read.drink.nutrition.keys())
            if dropped:
                read.row.repair("not-stated", f"{', '.join(dropped)}: not stated for every milk, left out")
                kept = {name: amount for name, amount in read.drink.nutrition.items() if name not in unstated}
                read.drink = replace(read.drink, nutrition=kept)


def _result(report: LoadReport, drink: Drink) -> Result:
    """Tell what became of the row's size and milk, and of the item that they belong to."""
    size, milk, group = slug(drink.size), slug(drink.milk) or "none", f"{drink.sku}/milk"
    own = [report.sizes[drink.sku, size]]
    if group in report.groups:
        own.append(report.options[group, milk])
    results = [report.results[each] for each in own]
    if "created" in results:
        return "created"
    return "changed" if report.differs(*own, report.items[drink.sku]) else "unchanged"
