"""HTTP of orders."""

from . import changing, mine, placing, promising, quoting, staff
from .context import orders

blueprints = [quoting.quotes, orders, mine.my_orders, quoting.pickup_times]

__all__ = ["blueprints", "changing", "placing", "promising", "staff"]
