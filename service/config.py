"""Every setting: its environment variable, unit and default, read once and checked at start."""

from __future__ import annotations

import dataclasses
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class ConfigError(Exception):
    """A setting can't be used; the message names the variable and says what it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The service's settings; build with `Settings.from_environ`."""

    database_url: str
    secret_key: str
    host: str
    port: int
    server_processes: int
    server_threads: int
    drain_seconds: int
    public_url: str
    passkey_rp_id: str
    passkey_origins: tuple[str, ...]
    instance_path: Path
    demo: bool
    demo_busy: bool
    redis_url: str | None
    mail_url: str | None
    mail_from: str
    vapid_private_key: str | None
    access_token_seconds: int
    session_days: int
    refresh_grace_seconds: int
    password_memory_kib: int
    rate_limit: str
    sign_in_limit: str
    passkey_limit: str
    card_limit: str
    guest_card_limit: str
    rate_limits_enabled: bool
    trusted_proxies: int
    db_pool_size: int
    db_pool_timeout_seconds: int
    statement_timeout_ms: int
    lock_timeout_ms: int
    sqlite_synchronous: str
    quote_seconds: int
    stream_limit: int
    stream_seconds: int
    payment_provider: str
    stripe_api_key: str | None = dataclasses.field(repr=False)
    stripe_webhook_secret: str | None = dataclasses.field(repr=False)
    stripe_api_url: str
    stripe_return_url: str | None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from the environment. Raises ConfigError naming the variable that is wrong."""
        read = _Reader(os.environ if environ is None else environ)
        instance_path = Path(read.text("INSTANCE_PATH", "instance")).resolve()
        database_url = read.text("DATABASE_URL", f"sqlite:///{instance_path / 'sayso.db'}")
        if not database_url.startswith(("sqlite:", "postgresql")):
            raise ConfigError("DATABASE_URL must start with sqlite:/// or postgresql://")
        embedded = database_url.startswith("sqlite:")
        port = read.number("PORT", 8000, 1, 65_535)
        demo, demo_busy = read.flag("DEMO", False), read.flag("DEMO_BUSY", False)
        if demo_busy and not demo:
            raise ConfigError("DEMO_BUSY=1 needs DEMO=1: a busy morning is played in the demo only")
        public_url = read.text("PUBLIC_URL", f"http://127.0.0.1:{port}").rstrip("/")
        passkey_rp_id, passkey_origins = _passkeys(read, public_url, port)
        return cls(
            database_url=database_url,
            secret_key=read.secret("SECRET_KEY", instance_path if embedded else None),
            host=read.text("LISTEN_HOST", "127.0.0.1"),
            port=port,
            server_processes=read.number("SERVER_PROCESSES", 2, 1, 64),
            server_threads=read.number("SERVER_THREADS", 8, 1, 128),
            drain_seconds=read.number("DRAIN_SECONDS", 0, 0, 300),
            public_url=public_url,
            passkey_rp_id=passkey_rp_id,
            passkey_origins=passkey_origins,
            instance_path=instance_path,
            demo=demo,
            demo_busy=demo_busy,
            redis_url=read.optional("REDIS_URL"),
            mail_url=read.optional("MAIL_URL"),
            mail_from=read.text("MAIL_FROM", "Sayso <no-reply@sayso.example>"),
            vapid_private_key=read.vapid_key(instance_path if demo else None),
            access_token_seconds=read.number("ACCESS_TOKEN_SECONDS", 900, 10, 86_400),
            session_days=read.number("SESSION_DAYS", 60, 1, 400),
            refresh_grace_seconds=read.number("REFRESH_GRACE_SECONDS", 10, 0, 60),
            password_memory_kib=read.number("PASSWORD_MEMORY_KIB", 65_536, 8, 1_048_576),
            rate_limit=read.text("RATE_LIMIT", "600/minute"),
            sign_in_limit=read.text("SIGN_IN_LIMIT", "10/minute"),
            passkey_limit=read.text("PASSKEY_LIMIT", "60/minute"),
            card_limit=read.text("CARD_LIMIT", "10/hour"),
            guest_card_limit=read.text("GUEST_CARD_LIMIT", "60/hour"),
            rate_limits_enabled=read.flag("RATE_LIMITS", True),
            trusted_proxies=read.number("TRUSTED_PROXIES", 0, 0, 5),
            db_pool_size=read.number("DB_POOL_SIZE", 10, 1, 500),
            db_pool_timeout_seconds=read.number("DB_POOL_TIMEOUT_SECONDS", 2, 1, 60),
            statement_timeout_ms=read.number("STATEMENT_TIMEOUT_MS", 3_000, 100, 600_000),
            lock_timeout_ms=read.number("LOCK_TIMEOUT_MS", 2_000, 10, 60_000),
            sqlite_synchronous=read.choice("SQLITE_SYNCHRONOUS", "FULL", {"FULL", "NORMAL", "OFF"}),
            quote_seconds=read.number("QUOTE_SECONDS", 300, 10, 3_600),
            stream_limit=read.number("STREAM_LIMIT", 4, 1, 1_000),
            stream_seconds=read.number("STREAM_SECONDS", 300, 1, 3_600),
            **_payments(read, is_real=not embedded and not demo),
        )


def _payments(read: _Reader, *, is_real: bool) -> dict[str, Any]:
    """Return the settings of payments; Stripe's webhooks are heard where its secret is given. `is_real`: real money may
    be meant, so that nobody pays with test cards there unless that is said, too."""
    provider, api_key = (
        read.choice("PAYMENT_PROVIDER", "sandbox", {"sandbox", "stripe"}),
        read.optional("STRIPE_API_KEY"),
    )
    if provider == "stripe" and api_key is None:
        raise ConfigError("STRIPE_API_KEY must be set when PAYMENT_PROVIDER is stripe")
    if not read.flag("PAYMENT_SANDBOX_ALLOWED", False) and provider == "sandbox" and is_real:
        raise ConfigError(
            "PAYMENT_PROVIDER is sandbox: its test cards get coffee for nothing. Set it to stripe, or, where no money "
            "is meant to move on this PostgreSQL database, PAYMENT_SANDBOX_ALLOWED=1"
        )
    url = read.text("STRIPE_API_URL", "https://api.stripe.com").rstrip("/")
    if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ConfigError("STRIPE_API_URL must start with https://, or be of this machine")
    return {
        "payment_provider": provider,
        "stripe_api_key": api_key,
        "stripe_webhook_secret": read.optional("STRIPE_WEBHOOK_SECRET"),
        "stripe_api_url": url,
        "stripe_return_url": read.optional("STRIPE_RETURN_URL"),
    }


# A name of the DNS, never an address; and the ways in which a client says where it runs: a page's origin (RFC 6454),
# or an Android app's signing key.
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_PAGE = re.compile(r"(https?)://([^/:]+)(?::(\d{1,5}))?")
_APP = re.compile(r"android:apk-key-hash:[A-Za-z0-9_-]{43}")


def _passkeys(read: _Reader, public_url: str, port: int) -> tuple[str, tuple[str, ...]]:
    """Return the name that passkeys belong to (WebAuthn's RP ID), and where they may be used.

    By default those of PUBLIC_URL; no passkey belongs to an IP address, so instead of one they belong to localhost.
    """
    try:
        host, own_page = urlsplit(public_url).hostname or "", _secure(public_url)
    except ValueError:
        raise ConfigError(f"PUBLIC_URL must be an address such as https://sayso.example, not {public_url!r}") from None
    is_local = not _is_name(host) or host == "localhost"
    rp_id = read.text("PASSKEY_RP_ID", "localhost" if is_local else host)
    if not _is_name(rp_id):
        raise ConfigError(f"PASSKEY_RP_ID must be a host name in small letters, such as example.com, not {rp_id!r}")
    given = read.text("PASSKEY_ORIGINS", f"http://localhost:{port}" if is_local else own_page)
    origins = tuple(origin.strip() for origin in given.split(","))
    wrong = [origin for origin in origins if not _is_origin_of(rp_id, origin)]
    if wrong:
        raise ConfigError(
            f"PASSKEY_ORIGINS must be https://{rp_id}, pages of names below it, http://localhost:PORT, or apps as "
            f"android:apk-key-hash:…, separated by commas; {wrong[0]!r} is none of them"
        )
    return rp_id, origins


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None and not text.rpartition(".")[2].isdigit()


def _secure(url: str) -> str:
    parts = urlsplit(url)
    return f"https://{parts.hostname}" + (f":{parts.port}" if parts.port not in {None, 80, 443} else "")


def _is_origin_of(rp_id: str, origin: str) -> bool:
    """Tell whether a browser would let the origin use passkeys of the name (WebAuthn, 5.1.3)."""
    if _APP.fullmatch(origin):
        return True
    page = _PAGE.fullmatch(origin)
    if page is None or not _is_name(page[2]) or int(page[3] or 0) > 65_535:
        return False
    is_below = page[2] == rp_id or page[2].endswith(f".{rp_id}")
    return is_below and (page[1] == "https" or page[2] == "localhost")


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def optional(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def text(self, name: str, default: str) -> str:
        return self.optional(name) or default

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.text(name, str(default))
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ConfigError(f"{name} must be a whole number from {least} to {most}, not {text!r}")
        return int(text)

    def flag(self, name: str, default: bool) -> bool:
        text = self.text(name, "1" if default else "0")
        if text not in {"0", "1"}:
            raise ConfigError(f"{name} must be 0 or 1, not {text!r}")
        return text == "1"

    def choice(self, name: str, default: str, choices: set[str]) -> str:
        text = self.text(name, default)
        if text not in choices:
            raise ConfigError(f"{name} must be one of {', '.join(sorted(choices))}, not {text!r}")
        return text

    def secret(self, name: str, keep_in: Path | None) -> str:
        """A given secret, or one made once and kept in the instance folder of an embedded install."""
        given = self.optional(name)
        if given is None and keep_in is None:
            raise ConfigError(f"{name} must be set (32 characters or more) when the database is PostgreSQL")
        secret = given or _kept_secret(keep_in or Path(), "secret_key", 48)
        if len(secret) < 32:
            raise ConfigError(f"{name} must have 32 characters or more")
        return secret

    def vapid_key(self, keep_in: Path | None) -> str | None:
        """A given key to sign push messages with, or one made once and kept in the instance folder of a demo."""
        given = self.optional("VAPID_PRIVATE_KEY")
        if given is None and keep_in is not None:
            return _kept_secret(keep_in, "vapid_key", 32)
        if given is not None and not _KEY.fullmatch(given):
            raise ConfigError("VAPID_PRIVATE_KEY must be a private key on P-256: 32 bytes as base64url, 43 characters")
        return given


_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


def _kept_secret(folder: Path, name: str, octets: int) -> str:
    """Return a secret of so many bytes as base64url, made once for the folder and kept there by the name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(octets))
    except FileExistsError:
        pass
    return path.read_text()
