"""Reads of orders. Hot ones are Core statements built once; none loads an ORM graph."""

from .capacity import claimed_seconds, pickup_windows, work_of_quote
from .orders import (
    customer_order,
    customer_orders,
    order_by_client_id,
    order_changes,
    order_of_customer,
    order_of_stores,
    queue_documents,
    queue_version,
    receipt,
)

__all__ = [
    "claimed_seconds",
    "customer_order",
    "customer_orders",
    "order_by_client_id",
    "order_changes",
    "order_of_customer",
    "order_of_stores",
    "pickup_windows",
    "queue_documents",
    "queue_version",
    "receipt",
    "work_of_quote",
]
