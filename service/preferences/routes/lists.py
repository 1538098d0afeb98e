"""HTTP of lists as their customer wants them."""

from __future__ import annotations

from uuid import UUID

from flask import g

from ... import clock
from ...errors import NotFound
from ...http import Blueprint, Document, guests_too
from .. import queries, schemas

my_lists = Blueprint("my-lists", __name__, url_prefix="/v1/me/stores", description="Lists as you want them.")


@my_lists.get("")
@guests_too
@my_lists.response(200, schemas.MyStoresSchema)
def list_my_stores() -> Document:
    """List the stores that you named, in your order"""
    return Document(queries.usual_stores(g.session, customer_id=g.caller.person_id, now=clock.now()))


@my_lists.get("/<uuid:store_id>/menu")
@guests_too
@my_lists.response(200, schemas.MyMenuSchema, versioned=True)
@my_lists.refuses(NotFound)
def show_my_menu(store_id: UUID) -> Document:
    """Show a store's menu as it can be ordered now, sorted as you said"""
    now = clock.now()
    customer_id = g.caller.person_id
    return Document(*queries.menu_as_said(g.session, customer_id=customer_id, store_id=store_id, at=now, now=now))
