"""What the mails say. A code stands on a line of its own; nothing that a stranger typed is repeated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's subject and text, and the one-time code in it."""

    subject: str
    body: str
    code: str | None = None


def _with_code(subject: str, opening: str, code: str, closing: str) -> Letter:
    return Letter(subject, f"{opening}\n\n    {code}\n\nIt works once, for an hour. {closing}\n", code)


_NOT_YOU = "If this wasn't you, reset your password in the app now: that signs every device out."


def confirm_address(code: str) -> Letter:
    """To an address that somebody wants an account for."""
    return _with_code(
        "Confirm your e-mail address",
        "Enter this code in the app to finish your Sayso account:",
        code,
        "If you didn't ask for an account just now, don't use it: without it no account is made.",
    )


def already_registered() -> Letter:
    """To an account's address that somebody wants another account for."""
    return Letter(
        "You already have an account",
        "Somebody just asked for a new Sayso account with this address. It has one, and nothing changed.\n\n"
        "If it was you: sign in, or reset your password in the app.\n",
    )


def reset_password(code: str) -> Letter:
    """To an account's owner who forgot the password."""
    return _with_code(
        "Reset your password",
        "Enter this code in the app to choose a new password:",
        code,
        "If you didn't ask for it, ignore this mail: your password stays as it is.",
    )


def no_account() -> Letter:
    """To an address that a password reset was asked for and that has no account."""
    return Letter(
        "There is no account with this address",
        "Somebody just asked to reset the password of a Sayso account with this address. There is none.\n\n"
        "If it was you, you may have used another address. If not, ignore this mail.\n",
    )


def password_changed() -> Letter:
    """To an account's owner whose password was changed."""
    return Letter(
        "Your password was changed",
        f"The password of your Sayso account was just changed, and all other devices were signed out.\n\n{_NOT_YOU}\n",
    )


def confirm_new_address(code: str) -> Letter:
    """To the address that an account shall move to."""
    return _with_code(
        "Confirm your new e-mail address",
        "Enter this code in the app to move your Sayso account to this address:",
        code,
        "If you didn't ask for it, don't use it: nothing will change.",
    )


def address_is_taken() -> Letter:
    """To an account's address that another account wanted to move to."""
    return Letter(
        "Somebody wanted to use your address",
        "Somebody just asked to move another Sayso account to this address. It belongs to your account, and "
        "nothing changed.\n",
    )


def address_is_changing() -> Letter:
    """To an account's present address."""
    return Letter(
        "Your e-mail address is about to change",
        f"Somebody signed in as you asked to move your Sayso account to another address.\n\n{_NOT_YOU}\n",
    )


def address_changed() -> Letter:
    """To the address that an account had until now."""
    return Letter(
        "Your e-mail address was changed",
        "Your Sayso account was just moved to another address, as you asked in the app.\n\n"
        "If this wasn't you, write to us at once.\n",
    )


def grant_offered(code: str) -> Letter:
    """To an address whose reader a customer wants to let act for them."""
    return Letter(
        "Somebody asks you to order or pick up for them",
        "A Sayso customer would like to let you order for them, or pick their orders up. To see who, what and until "
        f"when, and to accept or decline, sign in to the app and enter this code:\n\n    {code}\n\n"
        "It works for seven days at most. Nothing happens unless you accept; if you don't know what this is about, "
        "ignore it.\n",
        code,
    )


def grant_accepted() -> Letter:
    """To the giver of a grant that somebody accepted."""
    return Letter(
        "Your grant was accepted",
        "Somebody accepted a grant of yours and may now act for you within it. The app shows who, and everything that "
        "is done under it; there you can also revoke it at any time.\n",
    )


def session_ended() -> Letter:
    """To an account's owner, one of whose refresh tokens was used twice."""
    return Letter(
        "We signed a device out",
        "A sign-in of yours was used in a way that only a copy of it could explain. To be safe, we signed that "
        f"device out; sign in again there.\n\n{_NOT_YOU}\n",
    )


def passkey_added() -> Letter:
    """To an account's owner who can sign in with one more passkey."""
    return Letter(
        "A passkey was added",
        "Your Sayso account can now be signed in to with one more passkey.\n\n"
        f"{_NOT_YOU} Then remove that passkey there.\n",
    )


def passkey_removed() -> Letter:
    """To an account's owner who can sign in with one passkey less."""
    return Letter(
        "A passkey was removed",
        "A passkey of your Sayso account was just removed and signs nobody in any more. Devices that are signed in "
        f"stay so.\n\n{_NOT_YOU}\n",
    )


def passkey_may_be_copied() -> Letter:
    """To an account's owner, one of whose passkeys counts as if there were two of it."""
    return Letter(
        "We refused a sign-in with a passkey",
        "A sign-in with one of your passkeys counted in a way that only a copy of it could explain. We refused it. "
        "Sign in another way, remove the passkey that is marked in the app, and add a new one.\n\n"
        "If you can't sign in another way, reset your password in the app: that works also if you never had one.\n",
    )


def password_removed() -> Letter:
    """To an account's owner who signs in with passkeys only from now on."""
    return Letter(
        "Your password was removed",
        "Your Sayso account has no password any more: only your passkeys sign you in. All other devices were signed "
        f"out.\n\n{_NOT_YOU}\n",
    )
