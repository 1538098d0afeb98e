"""HTTP of letting others act for one: offers and their tokens, grants, what was done under them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Blueprint, Document, Page, PageQuery, customer_only, page_schema
from ...http.limits import limit_sign_in
from ...http.pages import cursor_number, decode_cursor
from .. import actions, queries, schemas
from ..errors import OneTimeTokenNotValid, TooManyGrants

grants = Blueprint("grants", __name__, url_prefix="/v1/me/grants", description="Letting somebody act for you.")
offers = Blueprint(
    "grant_offers", __name__, url_prefix="/v1/grant-offers", description="What somebody would let you do for them."
)


@grants.post("")
@customer_only
@grants.arguments(schemas.OfferGrantSchema)
@grants.response(201, schemas.GrantSchema, versioned=True)
@grants.refuses(TooManyGrants)
@limit_sign_in
def offer_grant(offer: dict[str, Any]) -> Document:
    """Offer somebody, by e-mail address, to order or pick up for you"""
    now = clock.now()
    grant_id = actions.offer_grant(g.session, giver_id=g.caller.person_id, now=now, **offer)
    g.session.flush()  # the answer is read from the table
    return _grant(grant_id)


def _grant(grant_id: UUID) -> Document:
    grant = queries.grant_of(g.session, grant_id=grant_id, person_id=g.caller.person_id, now=clock.now())
    # Expiring changes what is shown and no row.
    return Document(grant, version=f"{grant['version']}-{grant['state']}")


@grants.get("")
@customer_only
@grants.arguments(schemas.ListGrantsQuery, location="query")
@grants.response(200, page_schema(schemas.GrantSchema))
def list_grants(query: dict[str, Any]) -> Document:
    """List the grants that you gave and received, newest first"""
    (before,) = decode_cursor(query["cursor"], UUID) or (None,)
    found = queries.grants_of(
        g.session,
        person_id=g.caller.person_id,
        role=query["role"],
        before=before,
        limit=query["limit"],
        now=clock.now(),
    )
    page = Page.of(found, query["limit"], lambda grant: [grant["id"]])
    return Document({"data": page.data, "next_cursor": page.next_cursor})


@grants.get("/<uuid:grant_id>")
@customer_only
@grants.response(200, schemas.GrantSchema, versioned=True)
def show_grant(grant_id: UUID) -> Document:
    """Show a grant that you gave or received"""
    return _grant(grant_id)


@grants.delete("/<uuid:grant_id>")
@customer_only
@grants.response(204)
def end_grant(grant_id: UUID) -> None:
    """Revoke a grant that you gave, or give up one that you received, at once"""
    actions.end_grant(g.session, grant_id=grant_id, person_id=g.caller.person_id, now=clock.now())


@grants.get("/<uuid:grant_id>/acts")
@customer_only
@grants.arguments(PageQuery, location="query")
@grants.response(200, page_schema(schemas.DelegatedActSchema))
def list_delegated_acts(query: dict[str, Any], grant_id: UUID) -> Document:
    """List everything that was done under a grant, newest first; giver and receiver see the same"""
    (before,) = decode_cursor(query["cursor"], cursor_number) or (None,)
    found = queries.acts_under(
        g.session,
        grant_id=grant_id,
        person_id=g.caller.person_id,
        before=before,
        limit=query["limit"],
        now=clock.now(),
    )
    page = Page.of(found, query["limit"], lambda act: [act["id"]])
    return Document({"data": page.data, "next_cursor": page.next_cursor})


@offers.post("/preview")
@customer_only
@offers.arguments(schemas.OneTimeTokenSchema)
@offers.response(200, schemas.GrantTermsSchema)
@offers.refuses(OneTimeTokenNotValid)
def preview_grant_offer(offer: dict[str, Any]) -> Document:
    """See what the token from a mail offers you, before you decide"""
    return Document(queries.offer_behind(g.session, person_id=g.caller.person_id, now=clock.now(), **offer))


@offers.post("/acceptance")
@customer_only
@offers.arguments(schemas.OneTimeTokenSchema)
@offers.response(200, schemas.GrantSchema, versioned=True)
@offers.refuses(OneTimeTokenNotValid)
def accept_grant_offer(offer: dict[str, Any]) -> Document:
    """Accept what the token from a mail offers you"""
    grant_id = actions.accept_grant(g.session, receiver_id=g.caller.person_id, now=clock.now(), **offer)
    g.session.flush()  # the answer is read from the table
    return _grant(grant_id)


@offers.post("/decline")
@customer_only
@offers.arguments(schemas.OneTimeTokenSchema)
@offers.response(204)
@offers.refuses(OneTimeTokenNotValid)
def decline_grant_offer(offer: dict[str, Any]) -> None:
    """Decline what the token from a mail offers you"""
    actions.decline_grant(g.session, person_id=g.caller.person_id, now=clock.now(), **offer)
