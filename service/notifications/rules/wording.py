"""What is told, in words: which order, where, when by the store's clock, and what to do next; of stars, how many and
until which day of the programme's; of a load, only that it failed. No name and no price of what was ordered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is so now; `at` is the instant that the moment is about, how it ended stands in `ending`, and what was given
    for it in money, in words, in `given`. After `until` it isn't so any more."""

    code: str | None = None
    store_name: str | None = None
    timezone: str | None = None
    at: datetime | None = None
    ending: str | None = None
    given: str | None = None
    stars: int | None = None
    until: datetime | None = None

    def clock(self, *, with_day: bool = False) -> str:
        """Return the instant as the store's clock shows it."""
        if self.at is None or self.timezone is None:
            return "soon"
        form = "%a %-d %b, %H:%M" if with_day else "%H:%M"
        return self.at.astimezone(ZoneInfo(self.timezone)).strftime(form)

    def last_day(self) -> str:
        """Return the last day before the instant, such as that of stars which expire as it ends."""
        if self.at is None or self.timezone is None:
            return "the day that the app shows"
        return (self.at.astimezone(ZoneInfo(self.timezone)) - timedelta(seconds=1)).strftime("%a %-d %b")


@dataclass(frozen=True, slots=True)
class Words:
    """A title and a sentence or two."""

    title: str
    body: str


_ENDINGS = {
    "rejected": "the store couldn't make it. What was paid is given back.",
    "cancelled": "it was cancelled. What was paid is given back.",
    "no_show": "it stood ready and nobody came for it in time.",
    "expired": "it was still open when the store closed.",
}

LASTS = {
    "started": timedelta(minutes=30),
    "ready": timedelta(hours=1),
    "window_moved": timedelta(minutes=30),
    "promise_missed": timedelta(hours=4),
    "question": timedelta(minutes=30),
    "lines_changed": timedelta(hours=1),
    "ended": timedelta(hours=12),
    "refunded": timedelta(hours=24),
    "standing_placed": timedelta(hours=4),
    "standing_asked": timedelta(hours=4),
    "standing_skipped": timedelta(hours=12),
    "standing_failed": timedelta(hours=4),
    "stars_expiring": timedelta(hours=24),
    "reload_failed": timedelta(hours=24),
}
"""For how long each moment is worth telling to a device that is off."""

URGENT = frozenset({"ready", "question", "window_moved", "standing_asked", "standing_failed"})
"""What may wake a device (RFC 8030, 5.3): there is something to do."""


_WORDS = {
    "started": ("Order {code} is being made", "{store} has started. It should be ready at {clock}."),
    "ready": ("Order {code} is ready", "Pick it up at {store}."),
    "window_moved": (
        "Order {code} will be late",
        "{store} now proposes {clock}. Accept it in the app, or cancel for nothing.",
    ),
    "promise_missed": (
        "Order {code} was ready late",
        "{store} promised {clock} and missed it. {given}",
    ),
    "question": (
        "A question about order {code}",
        "{store} can't make a line of it. Answer in the app by {clock}; after that, what you said for it holds.",
    ),
    "lines_changed": (
        "Order {code} was changed",
        "{store} couldn't make all of it. The app shows what it holds now.",
    ),
    "ended": ("Order {code} has ended", "{store}: {ending}"),
    "refunded": ("Given back for order {code}", "{store} gave something back. The receipt in the app shows what."),
    "standing_placed": (
        "Your standing order is placed",
        "Order {code} at {store}, {day}. You can change or cancel it in the app.",
    ),
    "standing_asked": (
        "Your standing order needs you",
        "Nothing is placed for {day} at {store}. Decide in the app.",
    ),
    "standing_skipped": (
        "Your standing order is left out",
        "Nothing is placed for {day} at {store}, as you said for this.",
    ),
    "standing_failed": (
        "Your standing order wasn't paid",
        "Your card didn't pay for {day} at {store}: nothing is made, and nothing is charged. Order anew in the app.",
    ),
    "stars_expiring": (
        "Some of your stars expire soon",
        "{stars} of your stars can be spent to the end of {last_day}. The app shows what for.",
    ),
    "reload_failed": (
        "Your wallet wasn't loaded",
        "What you chose for automatic loads didn't pay. Nothing was charged. Choose another card in the app, or load "
        "it yourself.",
    ),
}


def words_for(moment: str, story: Story) -> Words:
    """Return what is told of a moment."""
    known = {
        "code": story.code,
        "store": story.store_name or "your store",
        "clock": story.clock(),
        "day": story.clock(with_day=True),
        "ending": _ENDINGS.get(story.ending or "", ""),
        "given": f"{story.given} is in your wallet for that."
        if story.given
        else "The app shows what you get for that.",
        "stars": story.stars,
        "last_day": story.last_day(),
    }
    title, body = _WORDS[moment]
    return Words(title.format(**known), body.format(**known))
