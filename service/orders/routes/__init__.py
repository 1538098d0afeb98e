"""HTTP of orders."""

from . import changing, mine, picking_up, placing, promising, quoting, staff
from .context import orders

blueprints = [quoting.quotes, orders, mine.my_orders, picking_up.pickups, quoting.pickup_times]

__all__ = ["blueprints", "changing", "placing", "promising", "staff"]
