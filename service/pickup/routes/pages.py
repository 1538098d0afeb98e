"""The pages: the queue's screen and the ready board. They hold no data of their own; their scripts ask the API."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, current_app, make_response, render_template

from ...stores import queries as stores
from ...stores.rules import STATION_KINDS, StoreFacts

pages = Blueprint(
    "pickup_pages", __name__, template_folder="../templates", static_folder="../static", static_url_path="/pickup"
)


@pages.get("/staff/stores/<uuid:store_id>/queue")
def queue_screen(store_id: UUID) -> Response:
    """Show the queue's screen; it asks for a sign-in by itself."""
    store = _store(store_id)
    stations = [kind for kind in STATION_KINDS if kind in store.stations]
    return make_response(render_template("queue.html", store=store, stations=stations))


@pages.get("/board/stores/<uuid:store_id>")
def ready_board(store_id: UUID) -> Response:
    """Show the ready board; its link's token, after `#`, never comes here."""
    return make_response(render_template("board.html", store=_store(store_id)))


def _store(store_id: UUID) -> StoreFacts:
    with current_app.extensions["sayso.database"].reading() as session:
        return stores.store_facts(session, store_id)
