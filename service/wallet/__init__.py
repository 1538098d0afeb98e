"""The wallet: stored value in a double-entry ledger; loads, transfers, gift cards, holds and cash-outs of its owner."""
