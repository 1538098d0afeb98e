"""What the provider's side takes back past us: a bank's dispute (chargeback), or a refund made there that nobody here
asked for. And a dispute that only asks so far takes nothing."""

from __future__ import annotations

DISPUTE, REFUND = "dispute", "refund"
KINDS = (DISPUTE, REFUND)

ASKED, OPEN, FINAL, RETURNED = "asked", "open", "final", "returned"
STATES = (ASKED, OPEN, FINAL, RETURNED)
"""The bank asks, and has taken nothing; has taken it, and decides yet; keeps it; has put it back, or never took it."""
TAKEN = frozenset({OPEN, FINAL})

_FOLLOWING = {
    ASKED: frozenset({OPEN, FINAL, RETURNED}),
    OPEN: frozenset({FINAL, RETURNED}),
    FINAL: frozenset({RETURNED}),
    RETURNED: frozenset(),
}


def leads_to(before: str, after: str) -> bool:
    """Tell whether a reversal can come from one state to the other: what was put back isn't taken again."""
    return after in _FOLLOWING[before]
