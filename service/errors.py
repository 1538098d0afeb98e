"""Refusals: what the domain answers instead of doing what was asked.

A refusal says what is so, carries its facts, and knows its status. The HTTP edge turns each into an RFC 9457
problem; nothing here knows that it does.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar


class Refusal(Exception):
    """The request was understood and is not done; nothing was changed (but see `keeps_changes`).

    `facts` are the refusal's own members in the problem document; their values must be JSON-ready
    (UUID and aware datetime included). `headers` go onto the answer.
    """

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Refused"
    # A refusal that must leave a trace (a session revoked, a new quote offered) commits what was written before it.
    keeps_changes: ClassVar[bool] = False

    def __init__(self, detail: str, *, headers: dict[str, str] | None = None, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts
        self.headers = headers or {}

    @classmethod
    def slug(cls) -> str:
        """Return the last segment of the problem's type: `SoldOut` → `sold-out`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()


class Unauthenticated(Refusal):
    """The request carries no valid sign-in."""

    status = 401
    title = "Sign in first"

    def __init__(self, detail: str = "This needs a valid access token.", error: str = "invalid_token") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": f'Bearer realm="sayso", error="{error}"'})


class Forbidden(Refusal):
    """The caller is known and may not do this."""

    status = 403
    title = "Not allowed"


class NotFound(Refusal):
    """There is no such thing, or it is not the caller's to see."""

    status = 404
    title = "Not found"

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}.")


class Invalid(Refusal):
    """The input is well-formed JSON whose values can't be used; `errors` names each field by its path."""

    status = 422
    title = "Invalid input"

    def __init__(self, errors: dict[str, list[str]], detail: str = "Some fields can't be used.") -> None:
        super().__init__(detail, errors=errors)


class VersionMismatch(Refusal):
    """The resource changed since the caller read it."""

    status = 412
    title = "Changed meanwhile"

    def __init__(self, current_version: int) -> None:
        super().__init__("This changed since you read it. Read it again, then repeat your change.")
        self.headers = {"ETag": f'"{current_version}"'}


class TooManyRequests(Refusal):
    """The caller asks more often than the limit allows."""

    status = 429
    title = "Too many requests"

    def __init__(self, detail: str = "Slow down.", retry_after_seconds: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_seconds)})


class Unavailable(Refusal):
    """Something this needs can't be reached now; trying again later may work."""

    status = 503
    title = "Not available now"

    def __init__(self, detail: str = "Try again in a moment.", retry_after_seconds: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_seconds)})
