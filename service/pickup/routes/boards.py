"""HTTP of the ready board and of the links to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app, g

from ... import clock
from ...config import Settings
from ...errors import NotFound
from ...http import Blueprint, Document, Page, PageQuery, page_schema, public, staff_only
from ...http.live import Access, follow
from ...http.pages import decode_cursor
from ...stores import queries as stores
from .. import actions, queries, schemas
from ..live import BOARD

boards = Blueprint("boards", __name__, url_prefix="/v1", description="What customers see of the queue.")


@boards.get("/stores/<uuid:store_id>/board-links")
@staff_only("manager")
@boards.arguments(PageQuery, location="query")
@boards.response(200, page_schema(schemas.BoardLinkSchema))
def list_board_links(page: dict[str, Any], store_id: UUID) -> Document:
    """List the links to the store's ready board, the newest first"""
    before = decode_cursor(page["cursor"], UUID)
    found = queries.board_links(
        g.session, store_id=store_id, before_id=before[0] if before else None, limit=page["limit"]
    )
    shown = Page.of(found, page["limit"], lambda link: [link["id"]])
    return Document({"data": shown.data, "next_cursor": shown.next_cursor})


@boards.post("/stores/<uuid:store_id>/board-links")
@staff_only("manager")
@boards.arguments(schemas.MakeBoardLinkSchema)
@boards.response(201, schemas.NewBoardLinkSchema)
def make_board_link(body: dict[str, Any], store_id: UUID) -> Document:
    """Make a link to the store's ready board, for one screen"""
    stores.store_facts(g.session, store_id)
    link = actions.make_board_link(g.session, store_id=store_id, by=g.caller.person_id, now=clock.now(), **body)
    settings: Settings = current_app.extensions["sayso.settings"]
    return Document(
        {
            "id": link.id,
            "name": link.name,
            "created_at": link.created_at,
            "token": link.token,
            # After `#`: a browser sends that part to no server, and no log keeps it.
            "url": f"{settings.public_url}/board/stores/{store_id}#{link.token}",
        }
    )


@boards.delete("/stores/<uuid:store_id>/board-links/<uuid:link_id>")
@staff_only("manager")
@boards.response(204)
def revoke_board_link(store_id: UUID, link_id: UUID) -> None:
    """End a link to the board"""
    actions.revoke_board_link(g.session, store_id=store_id, link_id=link_id, by=g.caller.person_id, now=clock.now())


_by_token = boards.header("Board-Token", "The token of a link to the board.", "^[!-~]{1,200}$")


@boards.get("/board")
@public
@_by_token
@boards.response(200, schemas.BoardSchema)
@boards.refuses(NotFound)
def show_board(board_token: str) -> Document:
    """Show a store's ready board to whoever has a link to it"""
    return Document(queries.board_of(g.session, queries.board_link(g.session, token=board_token).store_id))


@boards.get("/board/events")
@public
@_by_token
@boards.live
@boards.refuses(NotFound)
def follow_board(board_token: str) -> Response:
    """Follow a store's ready board live, as server-sent events: the whole board when it changed"""
    link = queries.board_link(g.session, token=board_token)
    return follow(BOARD, link.store_id, access=Access(grant_id=link.id))
