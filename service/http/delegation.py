"""Acting for someone else: a request that names a grant (`Acting-Under`) is its giver's, sent by its receiver.

Operations say which scopes allow it (`@blp.delegable`); every other one refuses the header. The grant is looked up for
every request that names one, never remembered: an ended one is out at once. `accounts` registers how.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Protocol
from uuid import UUID

from flask import current_app, g, request

from ..errors import Forbidden, Invalid, NotFound, Unauthenticated
from .audiences import current_caller

HEADER = "Acting-Under"
PATTERN = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_EXTENSION = "sayso.grants"


class Acting(Protocol):
    """What the edge must know of a caller who acts under a grant."""

    @property
    def grant_id(self) -> UUID:
        """Whose answers are kept apart from the caller's own."""

    @property
    def scopes(self) -> Collection[str]:
        """What the grant allows."""


Find = Callable[[UUID, UUID], Acting | None]
"""How a grant that a person may act under is found, by its id and theirs; None for any other."""


def find_grants_with(app: Any, find: Find) -> None:
    """Tell the edge how to look up a grant."""
    app.extensions[_EXTENSION] = find


def act_under(scopes: tuple[str, ...]) -> None:
    """Put what the request's grant allows at `g.acting`, None without one; `scopes` are those that the operation takes.

    Raises Invalid where the operation takes none, Unauthenticated, NotFound, Forbidden.
    """
    g.acting = None
    named = request.headers.get(HEADER)
    if named is None:
        return
    if not scopes:
        raise Invalid({HEADER: ["This can't be done under a grant. Leave the header out to do it for yourself."]})
    caller = current_caller()
    if caller is None:
        raise Unauthenticated("This needs an access token.")
    # One that isn't the caller's, or not any more, is answered like one that never was.
    acting: Acting | None = current_app.extensions[_EXTENSION](_grant_id(named), caller.person_id)
    if acting is None:
        raise NotFound("grant")
    if not set(scopes) & set(acting.scopes):
        raise Forbidden(f"This grant allows {' and '.join(sorted(acting.scopes))}; this needs {' or '.join(scopes)}.")
    g.acting = acting


def _grant_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid({HEADER: ["Send the id of a grant."]}) from error
