"""HTTP of notifications."""

from __future__ import annotations

from flask import Flask

from ...config import Settings
from ..push import PushServices
from ..push.inbox import Inbox
from .demo import demo
from .push import mine, service

blueprints = [service, mine]


def register(app: Flask, settings: Settings) -> None:
    """Set up the way to push services, and the demo's inbox. Raises ConfigError."""
    push = PushServices.from_settings(settings)
    app.extensions["sayso.push"] = push
    if settings.demo:
        app.extensions["sayso.push-inbox"] = Inbox.of(settings, push) if push is not None else None
        app.register_blueprint(demo)
