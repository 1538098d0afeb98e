"""HTTP of orders."""

from . import again, changing, mine, picking_up, placing, promising, quoting, staff, standing
from .context import orders

blueprints = [
    quoting.quotes,
    again.usual_quotes,
    orders,
    mine.my_orders,
    picking_up.pickups,
    quoting.pickup_times,
    standing.standing_orders,
]

__all__ = ["again", "blueprints", "changing", "placing", "promising", "staff"]
