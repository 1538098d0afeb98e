"""Which access tokens pass, and how their keys change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from jwt.algorithms import ECAlgorithm
from sqlalchemy.orm import Session

from service.accounts.models import SigningKey
from service.http.edge import Edge
from tests.factories import sign_in_as

STRANGE_KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def passing(app: Edge, jane: Any) -> Any:
    """A token that passes, taken apart: header, claims and the key that signed it."""
    token = sign_in_as(app, jane)["Authorization"].removeprefix("Bearer ")
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, options={"verify_signature": False})
    _, key = app.extensions["sayso.keys"].signing(None, None)
    return header, claims, key


def _read(client: FlaskClient, token: str) -> Any:
    return client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})


def _signed(passing: Any, *, key: Any = None, algorithm: str = "ES256", header: Any = (), **claims: Any) -> str:
    usual_header, usual_claims, usual_key = passing
    changed = {name: value for name, value in (usual_claims | claims).items() if value is not ...}
    headers = {name: value for name, value in (usual_header | dict(header)).items() if value is not ...}
    return jwt.encode(changed, key or usual_key, algorithm=algorithm, headers=headers | {"alg": algorithm})


def test_a_token_made_again_from_its_parts_passes(client: FlaskClient, passing: Any) -> None:
    """The control of the refusals below."""
    assert _read(client, _signed(passing)).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "elsewhere"},
        {"iss": ...},
        {"aud": "another-api"},
        {"aud": ...},
        {"exp": 1_700_000_000},
        {"exp": ...},
        {"nbf": 4_000_000_000},
        {"type": "refresh"},
        {"sub": ...},
        {"sid": ...},
        {"sid": "not an id"},
        {"sid": 7},
        {"sid": "01900000-0000-7000-8000-000000000000"},
        {"header": {"typ": "JWT"}},
        {"header": {"typ": "passport+jwt"}},
        {"header": {"kid": "unknown"}},
        {"header": {"kid": ...}},
        {"key": STRANGE_KEY},
        {"key": "a shared secret of thirty-two bytes", "algorithm": "HS256"},
    ],
)
def test_a_token_that_is_wrong_in_one_thing_is_refused(
    client: FlaskClient, passing: Any, wrong: dict[str, Any]
) -> None:
    answer = _read(client, _signed(passing, **wrong))

    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_unsigned_token_is_refused(client: FlaskClient, passing: Any) -> None:
    header, claims, _ = passing
    token = jwt.encode(claims, None, algorithm="none", headers=header | {"alg": "none"})  # type: ignore[arg-type]

    assert _read(client, token).status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic eDp5", "Bearer \xff.\xff.\xff"]
)
def test_what_is_no_token_is_refused(client: FlaskClient, header: str) -> None:
    answer = client.get("/v1/me", headers={"Authorization": header})

    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers


def test_the_published_keys_verify_a_token(client: FlaskClient, passing: Any) -> None:
    answer = client.get("/.well-known/jwks.json")

    assert answer.status_code == 200
    (published,) = [key for key in answer.json["keys"] if key["kid"] == passing[0]["kid"]]
    assert set(published) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    key: Any = ECAlgorithm.from_jwk(published)
    assert jwt.decode(_signed(passing), key, algorithms=["ES256"], audience="sayso-api")["sub"] == passing[1]["sub"]


@pytest.fixture
def impatient_keys(app: Edge, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keys are read again at every use, as if half a minute had passed; what the test adds is removed after."""
    monkeypatch.setattr("service.accounts.tokens._RELOAD_SECONDS", 0)
    monkeypatch.setattr("service.http.audiences._CLAIMS_SECONDS", 0)
    with app.database.reading() as session:
        before = set(session.scalars(sa.select(SigningKey.kid)))
    yield
    with app.database.writing.begin() as session:
        session.execute(sa.delete(SigningKey).where(SigningKey.kid.not_in(before)))
        session.execute(sa.update(SigningKey).values(retired_at=None))
    monkeypatch.setattr("service.accounts.tokens._RELOAD_SECONDS", 0)
    app.extensions["sayso.keys"].jwks()


@pytest.mark.usefixtures("impatient_keys")
def test_keys_rotate_without_a_restart(app: Edge, client: FlaskClient, session: Session, jane: Any) -> None:
    before = sign_in_as(app, jane)
    rotated = app.test_cli_runner().invoke(args=["rotate-signing-key"])
    after = sign_in_as(app, jane)

    kids = [jwt.get_unverified_header(headers["Authorization"][7:])["kid"] for headers in (before, after)]
    assert rotated.exit_code == 0
    assert kids[0] != kids[1]
    assert kids[1] in rotated.output
    assert [client.get("/v1/me", headers=headers).status_code for headers in (before, after)] == [200, 200]


@pytest.mark.usefixtures("impatient_keys")
def test_tokens_of_a_retired_key_end(app: Edge, client: FlaskClient, jane: Any) -> None:
    before = sign_in_as(app, jane)
    assert client.get("/v1/me", headers=before).status_code == 200

    app.test_cli_runner().invoke(args=["rotate-signing-key", "--retire-older"])

    assert client.get("/v1/me", headers=before).status_code == 401
    assert client.get("/v1/me", headers=sign_in_as(app, jane)).status_code == 200
    # The new one, and that of passports.
    assert len(client.get("/.well-known/jwks.json").json["keys"]) == 2


def test_a_kept_key_is_encrypted(session: Session, passing: Any) -> None:
    assert all(b"PRIVATE" not in kept for kept in session.scalars(sa.select(SigningKey.encrypted_pem)))
