"""Which passwords will do (NIST SP 800-63B-4, section 3.1.1): long enough, and not easily guessed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from zxcvbn_rs_py import zxcvbn

LEAST, MOST = 15, 256
# zxcvbn's time grows with the length; what is strong so far does not get weaker by its end.
_ESTIMATED = 100
# zxcvbn: 3 is "safely unguessable", 10^8 guesses and more.
_LEAST_SCORE = 3


def normalised(password: str) -> str:
    """Return the password as it is hashed: NFKC, so that it is the same from every keyboard (SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)


def fault_of(password: str, about: Iterable[str | None] = ()) -> str | None:
    """Return why the password won't do, None where it will.

    `about` is what an attacker knows of its owner: the e-mail address, the name.
    """
    password = normalised(password)
    if len(password) < LEAST:
        return f"Use {LEAST} characters or more; a few unrelated words do well."
    if len(password) > MOST:
        return f"Use at most {MOST} characters."
    if int(zxcvbn(password[:_ESTIMATED], _parts(about)).score) < _LEAST_SCORE:
        return "This is easily guessed. A few unrelated words do well."
    return None


def _parts(about: Iterable[str | None]) -> list[str]:
    known = [text for text in about if text]
    words = [word for text in known for word in text.replace("@", " ").replace(".", " ").split()]
    return [text[:_ESTIMATED] for text in known + words][:20]
