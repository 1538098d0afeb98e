"""HTTP of payments."""

from .methods import methods
from .payments import payments
from .reversals import reversals
from .webhooks import webhooks

blueprints = (methods, payments, reversals, webhooks)
