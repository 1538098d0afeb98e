"""HTTP of pools."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Blueprint, Document, customer_only
from ...http.limits import limit_sign_in
from .. import actions, queries, schemas
from ..errors import AlreadyPooled, InvitationOver, NotJoined, PoolFull
from .context import member_id

pools = Blueprint("pools", __name__, url_prefix="/v1/me/loyalty/pools", description="Letting each other spend stars.")


@pools.get("")
@customer_only
@pools.response(200, schemas.PoolsSchema)
@pools.refuses(NotJoined)
def list_pools() -> Document:
    """List the pool that you are in"""
    return Document({"data": queries.shown_pools(g.session, member_id=member_id())})


@pools.post("")
@customer_only
@pools.arguments(schemas.MakePoolSchema)
@pools.idempotent
@pools.response(201, schemas.PoolSchema)
@pools.refuses(NotJoined, AlreadyPooled)
def make_pool(body: dict[str, Any]) -> Document:
    """Make a pool, and let the others in it spend some of your stars"""
    return _pool(actions.make_pool(g.session, customer_id=g.caller.person_id, now=clock.now(), **body))


def _pool(pool_id: UUID) -> Document:
    return Document(queries.shown_pool(g.session, member_id=member_id(), pool_id=pool_id))


@pools.post("/<uuid:pool_id>/invitations")
@customer_only
@pools.idempotent
@pools.response(201, schemas.PoolInvitationSchema)
@pools.refuses(PoolFull)
def invite_to_pool(pool_id: UUID) -> Document:
    """Make a token that lets one person into your pool"""
    token, ends_at = actions.invite(g.session, customer_id=g.caller.person_id, pool_id=pool_id, now=clock.now())
    return Document({"token": token, "ends_at": ends_at})


@pools.post("/acceptance")
@customer_only
@pools.arguments(schemas.JoinPoolSchema)
@pools.idempotent
@pools.response(200, schemas.PoolSchema)
@pools.refuses(NotJoined, InvitationOver, AlreadyPooled, PoolFull)
@limit_sign_in
def join_pool(body: dict[str, Any]) -> Document:
    """Go into a pool that you were invited to, and let the others spend some of your stars"""
    return _pool(actions.join_pool(g.session, customer_id=g.caller.person_id, now=clock.now(), **body))


@pools.put("/<uuid:pool_id>/cap")
@customer_only
@pools.arguments(schemas.ChangeCapSchema)
@pools.response(200, schemas.PoolSchema)
def change_pool_cap(body: dict[str, Any], pool_id: UUID) -> Document:
    """Say how many of your stars the others may spend"""
    actions.change_cap(g.session, customer_id=g.caller.person_id, pool_id=pool_id, now=clock.now(), **body)
    return _pool(pool_id)


@pools.delete("/<uuid:pool_id>/membership")
@customer_only
@pools.response(204)
def leave_pool(pool_id: UUID) -> None:
    """Leave a pool, with all of your own lots"""
    actions.leave_pool(g.session, customer_id=g.caller.person_id, pool_id=pool_id, now=clock.now())
