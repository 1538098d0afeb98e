"""The worker: fires orders whose time has come, places standing orders, follows up on placed ones, carries facts
outward, drives payments, returns transfers and gifts that nobody accepted, lets stars expire, forgets what is too old.

Any number may run. Each step claims its rows with FOR UPDATE SKIP LOCKED on PostgreSQL; the same statement on SQLite
runs under its one writer. A step that fails is logged and tried again.
"""

from .chores import FIRING, FOLLOWING_UP, FORGETTING, STANDING_ORDERS, forget
from .outbox import LEASE, claim_due_facts, settle
from .worker import Worker

__all__ = [
    "FIRING",
    "FOLLOWING_UP",
    "FORGETTING",
    "LEASE",
    "STANDING_ORDERS",
    "Worker",
    "claim_due_facts",
    "forget",
    "settle",
]
