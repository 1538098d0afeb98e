"""When the customer's own rule loads their wallet: after paying, below the threshold, within the week's cap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ...money import Money

WEEK = timedelta(days=7)
REST_AFTER_FAILURE = timedelta(days=1)
"""A method that refused isn't asked again at every coffee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """The automatic loads of the last seven days in the rule's currency: what they brought or will bring, and when the
    last one failed by the rule's method; and whether any at all is still open."""

    loaded_minor: int
    is_pending: bool
    failed_at: datetime | None


def is_due(*, amount_minor: int, weekly_cap_minor: int, lately: Lately, now: datetime) -> bool:
    """Tell whether to load now that the wallet is below its threshold: never above the cap, nor two at once."""
    if lately.is_pending or lately.loaded_minor + amount_minor > weekly_cap_minor:
        return False
    return lately.failed_at is None or now >= lately.failed_at + REST_AFTER_FAILURE


def faults_of(*, threshold: Money, amount: Money, weekly_cap: Money) -> dict[str, list[str]]:
    """Return why a rule can't be set like this, by field; empty where it can."""
    faults: dict[str, list[str]] = {}
    for field, given in (("threshold.currency", threshold), ("weekly_cap.currency", weekly_cap)):
        if given.currency != amount.currency:
            faults[field] = ["All amounts must be of one currency."]
    if weekly_cap.amount_minor < amount.amount_minor:
        faults["weekly_cap.amount_minor"] = ["It must allow one load at least."]
    return faults
