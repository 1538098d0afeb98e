"""HTTP of who works at a store."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...errors import NotFound
from ...http import Blueprint, Document, Page, PageQuery, page_schema, staff_only
from ...http.pages import decode_cursor
from .. import actions, queries, schemas
from .context import forget_after_answer

staff = Blueprint("staff", __name__, url_prefix="/v1/stores/<uuid:store_id>/staff", description="Who works where.")


@staff.get("")
@staff_only("manager")
@staff.arguments(PageQuery, location="query")
@staff.response(200, page_schema(schemas.StaffMemberSchema))
def list_staff(query: dict[str, Any], store_id: UUID) -> Document:
    """List who works at the store"""
    (after,) = decode_cursor(query["cursor"], UUID) or (None,)
    found = queries.staff_at(g.session, store_id=store_id, after=after, limit=query["limit"])
    page = Page.of(found, query["limit"], lambda member: [member["person_id"]])
    return Document({"data": list(page.data), "next_cursor": page.next_cursor})


@staff.put("/<uuid:person_id>")
@staff_only("manager")
@staff.arguments(schemas.GrantRoleSchema)
@staff.response(200, schemas.StaffMemberSchema)
@staff.refuses(NotFound)
def grant_role(body: dict[str, Any], store_id: UUID, person_id: UUID) -> Document:
    """Give a person a role at the store; it holds at once"""
    forget_after_answer(person_id)
    actions.grant_role(
        g.session,
        store_id=store_id,
        person_id=person_id,
        granted_by=g.caller.person_id,
        now=clock.now(),
        **body,
    )
    g.session.flush()  # the answer is read from the table
    return Document(queries.staff_member(g.session, store_id=store_id, person_id=person_id))


@staff.delete("/<uuid:person_id>")
@staff_only("manager")
@staff.response(204)
@staff.refuses(NotFound)
def revoke_role(store_id: UUID, person_id: UUID) -> None:
    """Take a person's role at the store away; it ends at once"""
    forget_after_answer(person_id)
    actions.revoke_role(
        g.session, store_id=store_id, person_id=person_id, revoked_by=g.caller.person_id, now=clock.now()
    )
