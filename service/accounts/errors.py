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


class RecentSignInNeeded(Refusal):
    """This change needs someone who signed in on this device in the last 15 minutes. Sign in again, then repeat it."""

    status = 403
    title = "Sign in again first"

    def __init__(self) -> None:
        super().__init__("Sign in again, then repeat this: your last sign-in on this device is too long ago.")


class PasskeyNotValid(Refusal):
    """What the authenticator answered can't make a passkey here: it is no answer to a challenge that is still open
    and was given for this, or it doesn't hold, or the passkey exists already. Ask for a new challenge."""

    status = 422
    title = "Passkey not valid"

    def __init__(self, field: str = "credential") -> None:
        super().__init__(
            "This passkey can't be added. Ask for a new challenge and try again.",
            errors={field: ["Not a valid answer to a challenge that is still open."]},
        )


class PasskeyNotAccepted(Refusal):
    """This passkey signs nobody in: it is unknown or was removed, or its answer doesn't hold, or the challenge was
    used or is too old. Nothing tells which."""

    status = 401
    title = "Passkey not accepted"
    keeps_changes = True  # the challenge is used up

    def __init__(self) -> None:
        super().__init__(
            "This passkey wasn't accepted. Ask for a new challenge, or sign in another way.", headers=_CHALLENGE
        )


class PasskeyMayBeCopied(Refusal):
    """The passkey's counter went back, which only a copy of it explains. Its owner is told by mail; sign in another
    way and remove it."""

    status = 401
    title = "Passkey may be copied"
    keeps_changes = True  # the challenge is used up, and the owner is told

    def __init__(self) -> None:
        super().__init__(
            "This passkey answered as only a copy would. Sign in another way and remove it.", headers=_CHALLENGE
        )


class TooManyPasskeys(Refusal):
    """The account has as many passkeys as one may have. Remove one first."""

    title = "Too many passkeys"

    def __init__(self, most: int) -> None:
        super().__init__(f"An account has {most} passkeys at most. Remove one first.", most=most)


class LastWayToSignIn(Refusal):
    """Without this there would be no way to sign in to the account. Add another passkey or choose a password first."""

    title = "Last way to sign in"

    def __init__(self) -> None:
        super().__init__("You couldn't sign in any more. Add another passkey or choose a password first.")
