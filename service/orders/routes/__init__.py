"""HTTP of orders."""

from . import again, changing, mine, placing, promising, quoting, staff
from .context import orders

blueprints = [quoting.quotes, again.usual_quotes, orders, mine.my_orders, quoting.pickup_times]

__all__ = ["again", "blueprints", "changing", "placing", "promising", "staff"]
