"""Access tokens: ES256 with a key id, keys kept in the database and rotated without a restart.

flask-jwt-extended makes them, PyJWT checks them, pinned to one algorithm, issuer, audience and type.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask, g
from flask_jwt_extended import JWTManager, create_access_token
from jwt import InvalidKeyError, InvalidTokenError, decode, get_unverified_header
from jwt.algorithms import ECAlgorithm
from sqlalchemy.orm import Session, sessionmaker

from ..config import Settings
from ..db import new_id
from .models import SigningKey

ISSUER, AUDIENCE = "sayso", "sayso-api"
TYPE = "at+jwt"  # RFC 9068: no token of another purpose passes for a login
_RELOAD_SECONDS = 30
_RELOAD_FOR_UNKNOWN_SECONDS = 0.1  # made-up key ids must not make a query each


@dataclass(frozen=True, slots=True)
class _Keys:
    """What was read at once: every key that verifies, and the id of the one that signs."""

    by_id: Mapping[str, ec.EllipticCurvePrivateKey]
    newest: str
    read_at: float


class KeyRing:
    """The signing keys of the database, read again at most every 30 s or when an unknown key id comes."""

    def __init__(self, sessions: sessionmaker[Session], secret_key: str) -> None:
        self._sessions, self._fernet = sessions, _fernet(secret_key)
        self._kept = _Keys({}, "", -float(_RELOAD_SECONDS))

    def signing(self, session: Session, now: datetime) -> tuple[str, ec.EllipticCurvePrivateKey]:
        """Return the newest key and its id; where there is none, add the first one in the caller's transaction."""
        keys = self._keys()
        if keys.newest:
            return keys.newest, keys.by_id[keys.newest]
        return self.add(session, now=now)

    def add(self, session: Session, *, now: datetime) -> tuple[str, ec.EllipticCurvePrivateKey]:
        """Add a new signing key; every process signs with it within 30 s, the older ones verify until retired."""
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        row = SigningKey(kid=str(new_id()), encrypted_pem=self._fernet.encrypt(pem), created_at=now)
        session.add(row)
        return row.kid, key

    def verifying(self, kid: str) -> ec.EllipticCurvePublicKey:
        """Return the public key of the id. Raises InvalidKeyError for one that is unknown or retired."""
        keys = self._keys()
        if kid not in keys.by_id and time.monotonic() - keys.read_at > _RELOAD_FOR_UNKNOWN_SECONDS:
            keys = self._read()
        if kid not in keys.by_id:
            raise InvalidKeyError("unknown key id")
        return keys.by_id[kid].public_key()

    def jwks(self) -> dict[str, Any]:
        """Return the public keys as a JSON Web Key Set (RFC 7517)."""
        return {
            "keys": [
                {
                    **ECAlgorithm.to_jwk(key.public_key(), as_dict=True),
                    "kid": kid,
                    "alg": "ES256",
                    "use": "sig",
                }
                for kid, key in self._keys().by_id.items()
            ]
        }

    def _keys(self) -> _Keys:
        kept = self._kept
        if kept.by_id and time.monotonic() - kept.read_at < _RELOAD_SECONDS:
            return kept
        return self._read()

    def _read(self) -> _Keys:
        live = sa.select(SigningKey).where(SigningKey.retired_at.is_(None)).order_by(SigningKey.kid)
        read_at = time.monotonic()
        with self._sessions() as session:
            rows = list(session.scalars(live))
        by_id = {row.kid: _load(self._fernet.decrypt(row.encrypted_pem)) for row in rows}
        # One assignment, so that no thread sees half of a change.
        self._kept = _Keys(by_id, rows[-1].kid if rows else "", read_at)
        return self._kept


def _fernet(secret_key: str) -> Fernet:
    digest = hashlib.sha256(b"sayso signing keys\x00" + secret_key.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def _load(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def register(app: Flask, settings: Settings, sessions: sessionmaker[Session]) -> KeyRing:
    """Set up flask-jwt-extended with the key ring."""
    ring = KeyRing(sessions, settings.secret_key)
    app.config.update(
        JWT_ALGORITHM="ES256",
        JWT_ACCESS_TOKEN_EXPIRES=timedelta(seconds=settings.access_token_seconds),
        JWT_ENCODE_ISSUER=ISSUER,
        JWT_ENCODE_AUDIENCE=AUDIENCE,
    )
    manager = JWTManager(app)
    manager.encode_key_loader(lambda _identity: g.signing_key)
    return ring


def access_token(ring: KeyRing, session: Session, *, person_id: UUID, session_id: UUID, now: datetime) -> str:
    """Return a signed access token of the person's session."""
    kid, g.signing_key = ring.signing(session, now)
    token: str = create_access_token(
        str(person_id), additional_claims={"sid": str(session_id)}, additional_headers={"kid": kid, "typ": TYPE}
    )
    return token


def verified_claims(ring: KeyRing, token: str) -> Mapping[str, Any]:
    """Return the claims of an access token. Raises jwt.PyJWTError for one that doesn't pass, whatever the reason.

    Straight by PyJWT: flask-jwt-extended reads the token three times over, and this runs for most requests.
    """
    header = get_unverified_header(token)
    if header.get("typ") != TYPE:
        raise InvalidTokenError("not an access token")
    claims: Mapping[str, Any] = decode(
        token,
        ring.verifying(header.get("kid", "")),
        algorithms=["ES256"],
        audience=AUDIENCE,
        issuer=ISSUER,
        options={"require": ["exp", "iss", "aud", "sub", "jti"]},
    )
    if claims.get("type") != "access":
        raise InvalidTokenError("not an access token")
    return claims


def service_key(settings: Settings) -> bytes:
    """Return the service's part of every refresh token's key."""
    return hashlib.sha256(b"sayso refresh tokens\x00" + settings.secret_key.encode()).digest()
