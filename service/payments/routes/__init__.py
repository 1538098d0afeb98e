"""HTTP of payments."""

from .methods import methods
from .payments import payments
from .webhooks import webhooks

blueprints = (methods, payments, webhooks)
