"""Codes that are typed: Crockford's base 32 (no I, L, O, U) and two check digits, ISO 7064 MOD 97-10.

The check digits make 1 of the number that the code is: so every single wrong character and every two neighbours that
changed places are found before anything is looked up.
"""

from __future__ import annotations

import secrets

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ = str.maketrans("ILO", "110", " -")
_VALUES = {symbol: value for value, symbol in enumerate(SYMBOLS)}


def drawn(symbols: int) -> str:
    """Return a new code of so many random symbols (five bits each) and its check digits."""
    return with_check_digits("".join(secrets.choice(SYMBOLS) for _ in range(symbols)))


def with_check_digits(symbols: str) -> str:
    """Return the symbols with their two check digits."""
    return f"{symbols}{98 - _number(symbols) * 100 % 97:02}"


def written(code: str) -> str:
    """Return the code as it is shown: in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def read(text: str, symbols: int) -> str | None:
    """Return the code that was typed, however it was written; None where it was mistyped."""
    code = text.upper().translate(_READ)
    body, digits = code[:symbols], code[symbols:]
    if len(body) < symbols or not set(body) <= set(SYMBOLS) or len(digits) != 2 or not set(digits) <= set(SYMBOLS[:10]):
        return None
    return code if (_number(body) * 100 + int(digits)) % 97 == 1 else None


def _number(symbols: str) -> int:
    number = 0
    for symbol in symbols:
        number = number * 32 + _VALUES[symbol]
    return number
