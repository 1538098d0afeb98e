"""The payment providers: the port, and what stands behind it."""

from __future__ import annotations

from ...config import Settings
from ...db import Database
from .port import Provider
from .sandbox import Sandbox
from .stripe import Stripe


def providers_of(settings: Settings, database: Database) -> dict[str, Provider]:
    """Return the providers that the settings name, by name. Raises ConfigError."""
    found: dict[str, Provider] = {}
    if settings.payment_provider == Sandbox.name:
        found[Sandbox.name] = Sandbox(settings, database)
    if settings.stripe_api_key is not None:
        found[Stripe.name] = Stripe(settings)
    return found
