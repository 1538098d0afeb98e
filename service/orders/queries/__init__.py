"""Reads of orders. Hot ones are Core statements built once; none loads an ORM graph."""

from .capacity import LATEST, claimed_seconds, held_items, pickup_windows, work_of_quote, work_planned
from .orders import (
    customer_order,
    customer_orders,
    is_visible,
    order_by_client_id,
    order_changes,
    order_of_customer,
    order_of_stores,
    queue_documents,
    queue_version,
    receipt,
)

__all__ = [
    "LATEST",
    "claimed_seconds",
    "customer_order",
    "customer_orders",
    "held_items",
    "is_visible",
    "order_by_client_id",
    "order_changes",
    "order_of_customer",
    "order_of_stores",
    "pickup_windows",
    "queue_documents",
    "queue_version",
    "receipt",
    "work_of_quote",
    "work_planned",
]
