"""When a payment is looked at again, and who may: leases and waits."""

from __future__ import annotations

from datetime import datetime, timedelta

GRACE = timedelta(seconds=3)  # the request that began it drives it; after this the worker does
LEASE = timedelta(seconds=15)
CALLS_WITHIN = timedelta(seconds=5)  # with a provider's longest call (10 s) this is the lease
ANSWERS_WITHIN = timedelta(seconds=5)  # how long a request that began many of them drives one after another
ACT_WITHIN = timedelta(minutes=30)  # how long a customer has for what their bank asks of them
LONGEST_WAIT = timedelta(minutes=10)
_MOST_DOUBLINGS = 10


def again_at(attempts: int, now: datetime) -> datetime:
    """Return when to look again after so many looks that settled nothing: further apart each time."""
    return now + min(LONGEST_WAIT, timedelta(seconds=2 ** min(attempts, _MOST_DOUBLINGS)))
