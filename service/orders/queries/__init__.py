"""Reads of orders. Hot ones are Core statements built once; none loads an ORM graph."""

from .audit import tender_faults
from .capacity import LATEST, claimed_seconds, held_items, pickup_windows, work_of_quote, work_planned
from .due import IS_OPEN, IS_WAITING
from .earning import (
    PaidLine,
    PaidOrder,
    SoldAtCounter,
    order_paid_by,
    paid_order,
    rewards_over,
    sold_at_counter,
    stars_awaited,
)
from .making import (
    asked_lines,
    lines_to_make,
    orders_of_store,
    orders_to_make,
    orders_waiting,
    walk_ins_handed_over,
    walk_ins_of_store,
)
from .orders import (
    customer_order,
    customer_orders,
    order_by_client_id,
    order_changes,
    order_of_customer,
    order_of_stores,
    order_to_follow,
    order_to_follow_under,
    receipt,
    requests_of,
)
from .pick_up import order_to_pick_up, orders_to_pick_up
from .promises import is_proposal, listed_walk_in, promise_ledger, proposals, remedies_due, walk_ins
from .quotes import as_they_stand
from .spending import COST, spent_under
from .standing import day_done, standing_order, standing_order_of, standing_orders, upcoming
from .telling import (
    ToldDay,
    ToldOrder,
    customers_of,
    customers_of_standing,
    day_to_tell,
    last_actor,
    open_deadline,
    order_to_tell,
    was_ended_by_customer,
)
from .tenders import read as tenders_told
from .tenders import told_of

__all__ = [
    "COST",
    "IS_OPEN",
    "IS_WAITING",
    "LATEST",
    "PaidLine",
    "PaidOrder",
    "SoldAtCounter",
    "ToldDay",
    "ToldOrder",
    "as_they_stand",
    "asked_lines",
    "claimed_seconds",
    "customer_order",
    "customer_orders",
    "customers_of",
    "customers_of_standing",
    "day_done",
    "day_to_tell",
    "held_items",
    "is_proposal",
    "last_actor",
    "lines_to_make",
    "listed_walk_in",
    "open_deadline",
    "order_by_client_id",
    "order_changes",
    "order_of_customer",
    "order_of_stores",
    "order_paid_by",
    "order_to_follow",
    "order_to_follow_under",
    "order_to_pick_up",
    "order_to_tell",
    "orders_of_store",
    "orders_to_make",
    "orders_to_pick_up",
    "orders_waiting",
    "paid_order",
    "pickup_windows",
    "promise_ledger",
    "proposals",
    "receipt",
    "remedies_due",
    "requests_of",
    "rewards_over",
    "sold_at_counter",
    "spent_under",
    "standing_order",
    "standing_order_of",
    "standing_orders",
    "stars_awaited",
    "tender_faults",
    "tenders_told",
    "told_of",
    "upcoming",
    "walk_ins",
    "walk_ins_handed_over",
    "walk_ins_of_store",
    "was_ended_by_customer",
    "work_of_quote",
    "work_planned",
]
