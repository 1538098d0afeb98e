"""Payments own how money comes from outside: payment methods (providers' tokens, never card numbers), payments with
their states, the providers behind a port, and the driving that settles each payment whatever dies on the way."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from ..config import Settings
from ..db import Database
from .driving import Payments
from .providers import providers_of

_EXTENSION = "sayso.payments"


def register(app: Flask, settings: Settings, database: Database) -> None:
    """Set up the providers that the settings name, and what drives them. Raises ConfigError."""
    from .routes.bank_page import page

    providers = providers_of(settings, database)
    app.extensions[_EXTENSION] = Payments(database, providers, current=settings.payment_provider)
    if settings.demo and "sandbox" in providers:
        app.register_blueprint(page)


def driver() -> Payments:
    """Return what drives this application's payments."""
    return cast(Payments, current_app.extensions[_EXTENSION])
