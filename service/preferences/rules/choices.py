"""What can be chosen of the things that an order may leave to its customer's preferences; the first is what holds where
nobody chose."""

from __future__ import annotations

TENDERS = ("wallet", "card", "pay_at_pickup")
"""For who pays an order; without any it is paid at pickup, which is always last."""

IF_NOT_COLLECTED = ("hold", "remake_once", "cancel")
"""For an order that stands ready and is not collected."""

REMEDIES = ("apology", "none", "stars", "money")
"""For a missed promise."""

IF_UNAVAILABLE = ("ask", "closest", "refund_line", "cancel_order")
"""For a line that can't be made after all."""

FIRE_TRIGGERS = ("asap", "on_my_way", "on_arrival")
"""For when the store starts on an order that names no time."""

TRIGGERS = ("asap", "for_window", "on_my_way", "on_arrival")
"""For one that may name a time."""

HELD_TRIGGERS = FIRE_TRIGGERS[1:]

IF_LATEST = ("fire", "cancel")
"""For an order that waits for a tap that doesn't come."""

WITHOUT_ANSWER = ("refund_line", "closest", "cancel_order")
"""For a question about such a line that nobody answers in time."""

MOMENTS = (
    "started",
    "ready",
    "window_moved",
    "promise_missed",
    "question",
    "lines_changed",
    "ended",
    "refunded",
    "standing_placed",
    "standing_asked",
    "standing_skipped",
    "standing_failed",
    "stars_expiring",
    "reload_failed",
)
"""Of an order, a standing order, one's stars or one's wallet: what a customer can have told without looking."""

CHANNELS = ("push", "mail")
"""How it is told."""

IN_QUIET = ("hold", "drop")
"""For what happens in a customer's quiet hours and isn't allowed then."""

DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
"""Of a week, Monday first."""

STAR_POLICIES = ("remind", "redeem", "pool", "let_go")
"""For stars that expire."""

MOST_DAYS_BEFORE = 90
"""How long before stars expire something can be done about it."""
