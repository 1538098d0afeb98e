"""create_app: settings, engine, extensions, blueprints, put together once."""

from __future__ import annotations

import logging
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from flask_alembic import Alembic
from werkzeug.middleware.proxy_fix import ProxyFix

from . import accounts, cli, payments, reactions
from .accounts import routes as accounts_routes
from .config import Settings
from .db import Base, Database, migration_engine
from .http import docs, health, limits, live, observability
from .http.edge import Edge
from .loyalty import routes as loyalty_routes
from .menu import routes as menu_routes
from .notifications import routes as notifications_routes
from .orders import live as orders_live
from .orders import routes as orders_routes
from .payments import routes as payments_routes
from .pickup import live as pickup_live
from .pickup import routes as pickup_routes
from .preferences import routes as preferences_routes
from .stores import routes as stores_routes
from .wallet import routes as wallet_routes

MAX_BODY_BYTES = 256 * 1024


def create_app(settings: Settings | None = None) -> Edge:
    """Build the application from the settings (from the environment by default).

    Raises ConfigError naming the setting that is wrong.
    """
    settings = settings or Settings.from_environ()
    app = Edge(__name__, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES, SECRET_KEY=settings.secret_key)
    database = Database(settings)
    app.extensions["sayso.settings"] = settings
    app.extensions["sayso.database"] = database
    alembic = _migrations(app, settings)

    reactions.register()
    observability.register(app)
    api = docs.register(app, _version())
    accounts.register(app, settings, database)
    notifications_routes.register(app, settings)
    payments.register(app, settings, database)
    for package in (
        accounts_routes,
        payments_routes,
        stores_routes,
        menu_routes,
        preferences_routes,
        wallet_routes,
        loyalty_routes,
        orders_routes,
        pickup_routes,
        notifications_routes,
    ):
        for blueprint in package.blueprints:
            api.register_blueprint(blueprint)
    app.register_blueprint(pickup_routes.pages)
    limits.register(app, settings)
    live.register(app, settings, [*orders_live.topics, *pickup_live.topics])
    health.register(app, database, lambda: _head(app, alembic), settings.instance_path)
    cli.register(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _migrations(app: Edge, settings: Settings) -> Alembic:
    app.config["ALEMBIC"] = {"script_location": str(Path(__file__).parent / "migrations")}
    app.config["ALEMBIC_CONTEXT"] = {"compare_type": True, "compare_server_default": False}
    alembic = Alembic(metadatas=Base.metadata, engines=migration_engine(settings), run_mkdir=False)
    alembic.init_app(app)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    app.extensions["sayso.alembic"] = alembic
    return alembic


def _head(app: Edge, alembic: Alembic) -> str | None:
    with app.app_context():
        heads = alembic.heads()
    return heads[0].revision if heads else None


def _version() -> str:
    try:
        return version("sayso")
    except PackageNotFoundError:
        return "0"
