"""Rate limits per caller (or address, before anyone signed in), counted in Redis or in this process.

A Redis that can't be reached costs at most its short time-out and counting goes on locally: a limit never turns
into a failure, nor into no limit.
"""

from __future__ import annotations

import time
from typing import Any

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from ..config import Settings
from ..errors import Refusal
from .audiences import Caller, current_caller


def _caller() -> Caller | None:
    try:
        return current_caller()
    except Refusal:
        return None


def _who() -> str:
    caller = _caller()
    return f"person:{caller.person_id}" if caller else f"address:{get_remote_address()}"


def _sign_in_limit() -> str:
    settings: Settings = current_app.extensions["sayso.settings"]
    return settings.sign_in_limit


def _account_and_address() -> str:
    # Per account *and* address: guessing from elsewhere must not lock out the owner's own devices.
    body: Any = request.get_json(silent=True, cache=False)
    email = body.get("email") if isinstance(body, dict) else None
    return f"sign-in:{str(email).casefold()[:254]}:{get_remote_address()}"


def _passkey_limit() -> str:
    settings: Settings = current_app.extensions["sayso.settings"]
    return settings.passkey_limit


def _address() -> str:
    return f"passkey:{get_remote_address()}"


def _card_limit() -> str:
    settings: Settings = current_app.extensions["sayso.settings"]
    return settings.card_limit


def _guest_card_limit() -> str:
    settings: Settings = current_app.extensions["sayso.settings"]
    return settings.guest_card_limit


def _address_of_guests() -> str:
    return f"guests' cards:{get_remote_address()}"


def _is_no_guest() -> bool:
    caller = _caller()
    return caller is not None and not caller.is_guest


limiter = Limiter(_who, strategy="moving-window", swallow_errors=True)
# On top of the default limit per address, or one address could try a password on every account.
limit_sign_in = limiter.limit(_sign_in_limit, key_func=_account_and_address, override_defaults=False)
limit_password_check = limiter.limit(_sign_in_limit, key_func=_who, override_defaults=False)
"""For a signed-in person who proves the password again."""
limit_codes = limiter.limit(_sign_in_limit, key_func=_who, override_defaults=False)
"""For a signed-in person who types a code that is worth money."""
limit_passkeys = limiter.limit(_passkey_limit, key_func=_address, override_defaults=False)
"""For whoever isn't signed in yet and names no account: a challenge to sign, and what was signed."""


limit_cards = limiter.limit(_card_limit, key_func=_who, override_defaults=False)
"""For whoever adds a payment method: stolen card numbers are tried out like this."""
limit_guests_cards = limiter.limit(
    _guest_card_limit, key_func=_address_of_guests, exempt_when=_is_no_guest, override_defaults=False
)
"""For guests also by address, together: to become another one costs nothing."""


def limit_guesses(wrong: type[Refusal]) -> Any:
    """Limit staff who send what others show: only what is refused with this counts, at a busy counter, too."""
    told = f"/problems/{wrong.slug()}"

    def is_wrong(answer: Response) -> bool:
        said = answer.get_json(force=True, silent=True) if answer.status_code == wrong.status else None
        return isinstance(said, dict) and said.get("type") == told

    return limiter.limit(_sign_in_limit, key_func=_who, override_defaults=False, deduct_when=is_wrong)


def register(app: Flask, settings: Settings) -> None:
    """Limit every operation; health, metrics and documents are free."""
    app.config.update(
        RATELIMIT_ENABLED=settings.rate_limits_enabled,
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_STORAGE_OPTIONS=(
            {"socket_timeout": 0.2, "socket_connect_timeout": 0.2} if settings.redis_url else {}
        ),
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=settings.redis_url is not None,
        RATELIMIT_DEFAULT=settings.rate_limit,
    )
    limiter.request_filter(lambda: not request.path.startswith("/v1/"))
    limiter.init_app(app)
    app.after_request(_tell)


def _tell(answer: Response) -> Response:
    # The extension's own headers would put Retry-After on every answer.
    limit = limiter.current_limit
    if limit is not None:
        seconds = max(0, int(limit.reset_at - time.time()) + 1)
        answer.headers["RateLimit-Limit"] = str(limit.limit.amount)
        answer.headers["RateLimit-Remaining"] = str(limit.remaining)
        answer.headers["RateLimit-Reset"] = str(seconds)
        if limit.breached:
            answer.headers["Retry-After"] = str(seconds)
    return answer
