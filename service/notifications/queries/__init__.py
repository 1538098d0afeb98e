"""Reads of notifications."""

from .customers import unheard
from .devices import live_subscriptions, shown_subscription, subscriptions_of

__all__ = ["live_subscriptions", "shown_subscription", "subscriptions_of", "unheard"]
