"""Reads of orders. Hot ones are Core statements built once; none loads an ORM graph."""

from .capacity import LATEST, claimed_seconds, held_items, pickup_windows, work_of_quote, work_planned
from .due import IS_OPEN, IS_WAITING
from .orders import (
    customer_order,
    customer_orders,
    order_by_client_id,
    order_changes,
    order_of_customer,
    order_of_stores,
    order_to_follow,
    queue_codes,
    queue_documents,
    queue_sum,
    queue_version,
    queued_or_not,
    receipt,
)
from .promises import is_proposal, promise_ledger, walk_ins

__all__ = [
    "IS_OPEN",
    "IS_WAITING",
    "LATEST",
    "claimed_seconds",
    "customer_order",
    "customer_orders",
    "held_items",
    "is_proposal",
    "is_visible",
    "order_by_client_id",
    "order_changes",
    "order_of_customer",
    "order_of_stores",
    "order_to_follow",
    "pickup_windows",
    "promise_ledger",
    "queue_codes",
    "queue_documents",
    "queue_sum",
    "queue_version",
    "queued_or_not",
    "receipt",
    "walk_ins",
    "work_of_quote",
    "work_planned",
]
