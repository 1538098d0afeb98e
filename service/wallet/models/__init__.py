"""Tables of the wallet."""

from .gifts import GiftCard, Transfer
from .ledger import Hold, LedgerAccount, LedgerEntry, LedgerTransaction
from .money_in_out import AutoReload, CashOut, CashOutPart, Load

__all__ = [
    "AutoReload",
    "CashOut",
    "CashOutPart",
    "GiftCard",
    "Hold",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerTransaction",
    "Load",
    "Transfer",
]
