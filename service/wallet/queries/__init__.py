"""Reads of the wallet."""

from .audit import ledger_faults, remedies_given
from .gift_cards import bought_card, bought_cards, card_behind, claimed_card
from .money_in_out import (
    auto_reload_of,
    cash_out_of,
    cash_outs_of,
    customers_of_loads,
    is_still_refused,
    load_of,
    loads_of,
    paid_out,
)
from .statements import statement
from .transfers import transfer_of, transfers_of
from .wallet import available_minor, balances_of, balances_of_store, booked_for, entries_of, statement_rows

__all__ = [
    "auto_reload_of",
    "available_minor",
    "balances_of",
    "balances_of_store",
    "booked_for",
    "bought_card",
    "bought_cards",
    "card_behind",
    "cash_out_of",
    "cash_outs_of",
    "claimed_card",
    "customers_of_loads",
    "entries_of",
    "is_still_refused",
    "ledger_faults",
    "load_of",
    "loads_of",
    "paid_out",
    "remedies_given",
    "statement",
    "statement_rows",
    "transfer_of",
    "transfers_of",
]
