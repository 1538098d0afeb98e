"""Refusals of accounts."""

from __future__ import annotations

from ..errors import Refusal

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="sayso"'}


class WrongCredentials(Refusal):
    """The e-mail address and the password don't belong together; nothing tells which of them is wrong."""

    status = 401
    title = "Wrong e-mail address or password"

    def __init__(self) -> None:
        super().__init__("This e-mail address and this password don't belong together.", headers=_CHALLENGE)


class WrongPassword(Refusal):
    """The current password must be proved before this change, and what was given isn't it."""

    status = 403
    title = "Wrong password"

    def __init__(self) -> None:
        super().__init__("The current password is wrong.", errors={"current_password": ["This isn't it."]})


class SessionEnded(Refusal):
    """The refresh token belongs to no session that is still open, or it was used before. Sign in again."""

    status = 401
    title = "Session ended"

    def __init__(self) -> None:
        super().__init__("This session has ended. Sign in again.", headers=_CHALLENGE)


class TooManyGrants(Refusal):
    """The customer has as many open grants as one may have. `most` says how many; revoke one that isn't needed."""

    title = "Too many grants"

    def __init__(self, most: int) -> None:
        super().__init__("You have given as many grants as one may have open. Revoke one first.", most=most)


class OneTimeTokenNotValid(Refusal):
    """The token from the mail was used already, is too old, or was never sent. Ask for a new mail."""

    status = 422
    title = "Token not valid"

    def __init__(self) -> None:
        super().__init__(
            "This token was used already, is too old, or was never sent. Ask for a new mail.",
            errors={"token": ["Not valid, or not any more."]},
        )
