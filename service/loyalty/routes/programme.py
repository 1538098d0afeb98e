"""HTTP of the programme and its rewards: the same for everyone."""

from __future__ import annotations

from flask import g

from ... import clock
from ...errors import NotFound
from ...http import Blueprint, Document, public
from .. import queries, schemas

programme = Blueprint("loyalty", __name__, url_prefix="/v1/loyalty", description="The programme's terms.")
rewards = Blueprint("rewards", __name__, url_prefix="/v1/rewards", description="What stars are redeemed for.")


@programme.get("/programme")
@public
@programme.response(200, schemas.ProgrammeSchema, versioned=True)
@programme.refuses(NotFound)
def show_programme() -> Document:
    """Show the programme in force and those to come, each with what it changes"""
    shown = queries.shown_programme(g.session, now=clock.now())
    last = shown["upcoming"][-1] if shown["upcoming"] else shown["current"]
    return Document(shown, version=f"{shown['current']['version']}-{last['version']}")


@programme.get("/programme/<int(max=1000000):version>")
@public
@programme.response(200, schemas.ProgrammeVersionSchema, versioned=True)
def show_programme_version(version: int) -> Document:
    """Show one version of the programme, such as the one that a lot was earned under"""
    return Document(queries.document_of(g.session, version=version), version=version)


@rewards.get("")
@public
@rewards.response(200, schemas.RewardsSchema)
@rewards.refuses(NotFound)
def list_rewards() -> Document:
    """List the rewards, the cheapest first; the same for everyone"""
    return Document({"data": queries.shown_rewards(g.session, now=clock.now())})
