"""Who may call an operation: every operation names its audience, and `admit` holds the door.

The audience stands on the view as a decorator; the check runs before the view, in the edge. `accounts` registers
how a token's session becomes a Caller (`identify_with`), so that this package needs to know no account.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from flask import current_app, g, request
from jwt import PyJWTError

from ..cache import BoundedCache
from ..errors import Forbidden, Unauthenticated

F = TypeVar("F", bound=Callable[..., Any])

ROLES = ("barista", "front_desk", "manager")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent the request: a person's session on one device.

    `roles` maps a store's id to the person's role there. An operator acts at every store.
    """

    person_id: UUID
    session_id: UUID
    is_guest: bool
    is_operator: bool = False
    roles: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def staffed_store_ids(self) -> frozenset[UUID] | None:
        """The stores where the caller is staff; None means every store."""
        return None if self.is_operator else frozenset(self.roles)

    def store_ids_as(self, *roles: str) -> frozenset[UUID] | None:
        """The stores where the caller has one of the roles; None means every store."""
        if self.is_operator:
            return None
        return frozenset(store_id for store_id, role in self.roles.items() if role in roles)

    def is_staff_at(self, store_id: UUID, roles: tuple[str, ...]) -> bool:
        """Tell whether the caller has one of the roles at the store."""
        return self.is_operator or self.roles.get(store_id) in roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who an operation is for."""

    name: str
    token: bool = True
    guests: bool = False
    roles: tuple[str, ...] = ()
    operator: bool = False

    def refuses(self, caller: Caller, store_id: UUID | None) -> str | None:
        """Return why the caller may not, None where they may."""
        if self.operator and not caller.is_operator:
            return "Only an operator may do this."
        if self.roles and not self._has_role(caller, store_id):
            return f"Only {' or '.join(self.roles)} of the store may do this."
        if caller.is_guest and not self.guests:
            return "Guests may not do this. Create an account first; your orders stay yours."
        return None

    def _has_role(self, caller: Caller, store_id: UUID | None) -> bool:
        if store_id is not None:
            return caller.is_staff_at(store_id, self.roles)
        return caller.is_operator or any(role in self.roles for role in caller.roles.values())


def _marks(audience: Audience) -> Callable[[F], F]:
    def mark(view: F) -> F:
        view.audience = audience  # type: ignore[attr-defined]
        return view

    return mark


public = _marks(Audience(name="public", token=False, guests=True))
"""Anyone, signed in or not."""
customer_only = _marks(Audience(name="customer"))
"""A signed-in customer with an account."""
guests_too = _marks(Audience(name="customer or guest", guests=True))
"""A signed-in customer or a guest session."""
signed_in = guests_too
operator_only = _marks(Audience(name="operator", operator=True))
"""Someone who acts chain-wide."""


def staff_only(*roles: str) -> Callable[[F], F]:
    """Staff with one of the roles, at the store named in the path where it names one; operators always.

    Where the path names no store the door only knows that the role is held somewhere: the action must then be given
    `caller.store_ids_as(...)` of the same roles.
    """
    allowed = roles or ROLES
    return _marks(Audience(name=f"staff ({', '.join(allowed)})", roles=allowed))


# How sessions that have not ended become Callers, by session id: set by accounts at start.
Identify = Callable[[Collection[UUID]], Mapping[UUID, "Caller"]]

_EXTENSION = "sayso.callers"
_VERIFIED_TOKENS = 10_000
_CLAIMS_SECONDS = 30  # how long a verified signature is believed, so that a retired key's tokens end
_CALLER_SECONDS = 0.5  # how long a revoked session may still pass on this process; the promise is 1 s


class Callers:
    """Recognises callers by their token; a verified signature is remembered, the session is looked up again."""

    def __init__(self, verify: Callable[[str], Mapping[str, Any]], identify: Identify) -> None:
        self._verify, self._identify = verify, identify
        self._claims: BoundedCache[bytes, tuple[float, Mapping[str, Any]]] = BoundedCache(_VERIFIED_TOKENS)
        self._callers: BoundedCache[UUID, tuple[float, Caller]] = BoundedCache(_VERIFIED_TOKENS)

    def caller(self, token: str) -> Caller:
        """Return who the token's session belongs to. Raises Unauthenticated."""
        claims = self.claims(token)
        session_id = UUID(claims["sid"])
        checked = self._callers.get(session_id)
        if checked is not None and time.monotonic() - checked[0] < _CALLER_SECONDS:
            return checked[1]
        caller = self._identify([session_id]).get(session_id)
        if caller is None:
            self._callers.drop(session_id)
            raise Unauthenticated("This session has ended. Sign in again.")
        self._callers.put(session_id, (time.monotonic(), caller))
        return caller

    def callers(self, session_ids: Collection[UUID]) -> Mapping[UUID, Caller]:
        """Return whom the sessions belong to, looked up now; none of those that ended."""
        return self._identify(session_ids) if session_ids else {}

    def claims(self, token: str) -> Mapping[str, Any]:
        """Return the claims of a token whose signature is good. Raises Unauthenticated."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        known = self._claims.get(digest)
        if known is not None and time.monotonic() - known[0] < _CLAIMS_SECONDS and known[1]["exp"] > time.time():
            return known[1]
        try:
            claims = self._verify(token)
            UUID(claims["sid"])
        except (PyJWTError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unauthenticated() from error
        self._claims.put(digest, (time.monotonic(), claims))
        return claims

    def forget(self, session_id: UUID) -> None:
        """Look the session up again at its next request."""
        self._callers.drop(session_id)

    def forget_person(self, person_id: UUID) -> None:
        """Look the person's sessions up again at their next request."""
        self._callers.drop_where(lambda checked: checked[1].person_id == person_id)


def identify_with(app: Any, verify: Callable[[str], Mapping[str, Any]], identify: Identify) -> None:
    """Tell the edge how to verify a token and how a session becomes a Caller."""
    app.extensions[_EXTENSION] = Callers(verify, identify)


def callers_of(app: Any) -> Callers:
    """Return what recognises the application's callers; for what runs outside of requests."""
    callers: Callers = app.extensions[_EXTENSION]
    return callers


def forget_caller(session_id: UUID) -> None:
    """Look the session up again at its next request here, since it changed or ended."""
    current_app.extensions[_EXTENSION].forget(session_id)


def forget_person(person_id: UUID) -> None:
    """Look every session of the person up again at its next request here."""
    current_app.extensions[_EXTENSION].forget_person(person_id)


def current_caller() -> Caller | None:
    """Return who sent the request, None without a token. Raises Unauthenticated for a token that doesn't pass."""
    if "caller" not in g:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            g.caller = None
        elif scheme.lower() != "bearer" or not token:
            raise Unauthenticated("Send `Authorization: Bearer <access token>`.", "invalid_request")
        else:
            g.caller = current_app.extensions[_EXTENSION].caller(token.strip())
    caller: Caller | None = g.caller
    return caller


def still_calling() -> Caller | None:
    """Return who sent the request as they are now: for what outlasts the request's beginning.

    Raises Unauthenticated where their session or token has ended meanwhile.
    """
    g.pop("caller", None)
    return current_caller()


def admit(audience: Audience) -> None:
    """Let the caller in, or raise Unauthenticated or Forbidden."""
    caller = current_caller()
    if caller is None:
        if audience.token:
            raise Unauthenticated("This needs an access token.")
        return
    reason = audience.refuses(caller, (request.view_args or {}).get("store_id"))
    if reason is not None and audience.token:
        raise Forbidden(reason)
