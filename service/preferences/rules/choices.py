"""What can be chosen of the things that an order may leave to its customer's preferences; the first is what holds where
nobody chose."""

from __future__ import annotations

IF_NOT_COLLECTED = ("hold", "remake_once", "cancel")
"""For an order that stands ready and is not collected."""

REMEDIES = ("apology", "none")
"""For a missed promise."""

IF_UNAVAILABLE = ("ask", "closest", "refund_line", "cancel_order")
"""For a line that can't be made after all."""
