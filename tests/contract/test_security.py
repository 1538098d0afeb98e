"""What every answer carries, and tokens that were made up."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.http.edge import Edge

from .requests import NEEDED, Sent, requests
from .world import World

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}
PAGES = ["/docs", "/problems/not-found", "/demo/mail", "/demo/push", "/demo/passkeys"]
ELSEWHERE = ["/healthz", "/readyz", "/metrics", "/openapi.json", "/.well-known/jwks.json", "/nowhere", "/docs/assets/x"]


@pytest.fixture
def world(app: Edge, session: Session) -> World:
    """A store, a menu and people."""
    return World(app, session)


def test_every_answer_carries_the_security_headers(app: Edge, client: FlaskClient, world: World) -> None:
    sent = requests(app, world)
    addresses = [(request.method, request.path) for request in sent.values()]
    addresses += [("GET", path) for path in PAGES + ELSEWHERE]
    for method, path in addresses:
        with client.open(path, method=method) as answer:  # a stream gives its place back when it is closed
            for name, text in ALWAYS.items():
                assert answer.headers[name] == text, (method, path)
            assert answer.headers["X-Request-Id"]
            assert "Set-Cookie" not in answer.headers
            assert "Server" not in answer.headers
            assert "Access-Control-Allow-Origin" not in answer.headers
            assert answer.headers["Cache-Control"], (method, path)


def test_what_is_someones_own_is_stored_by_no_cache_on_the_way(app: Edge, client: FlaskClient, world: World) -> None:
    for name, request in requests(app, world).items():
        if request.operation.audience.token and request.method == "GET":
            query = NEEDED.get(name, {})
            for accept in ("application/json", "text/html"):
                headers = world.headers(request.actor) | {"Accept": accept}
                with client.get(request.path, query_string=query, headers=headers) as answer:
                    assert answer.status_code == 200, name
                    directives = set(answer.headers["Cache-Control"].split(", "))
                    assert directives & {"no-store", "private"}, (name, accept)
                    varies = {each for line in answer.headers.getlist("Vary") for each in line.split(", ")}
                    is_for_one = {"Authorization", "Acting-Under"} <= varies
                    assert is_for_one or "ETag" not in answer.headers, "another's version may be the same number"


def test_an_answer_that_depends_on_the_accepted_type_says_so(app: Edge, client: FlaskClient, world: World) -> None:
    receipt = requests(app, world)["show_receipt"]
    for accept in ("application/json", "text/html"):
        answer = client.get(receipt.path, headers=world.headers("customer") | {"Accept": accept})
        assert answer.mimetype == accept
        assert "Accept" in answer.headers["Vary"].split(", ")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_its_own_scripts_only(client: FlaskClient, path: str) -> None:
    policies = [client.get(path).headers["Content-Security-Policy"] for _ in range(2)]

    assert policies[0] != policies[1], "a nonce is used once"
    for policy in policies:
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "unsafe" not in policy


def test_a_page_writes_names_as_text(app: Edge, client: FlaskClient, world: World) -> None:
    """What customers and staff type is shown on pages: never as HTML."""
    line = {"item_id": str(world.menu.americano), "note": "<script>alert(1)</script>"}
    quote = world.quote("customer", lines=[line])
    order = client.post(
        "/v1/orders",
        json={"quote_id": quote["id"], "client_order_id": "an-id-of-mine"},
        headers=world.headers("customer") | {"Idempotency-Key": "one"},
    ).json
    headers = world.headers("customer") | {"Accept": "text/html"}
    page = client.get(f"/v1/orders/{order['id']}/receipt", headers=headers)

    assert page.mimetype == "text/html"
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("slug", ["<script>", "%3Cscript%3Ealert(1)%3C/script%3E", "%00", "x" * 5_000])
def test_an_unknown_problem_has_no_page(client: FlaskClient, slug: str) -> None:
    answer = client.get(f"/problems/{slug}")

    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert "<script>" not in answer.text


@pytest.mark.parametrize("name", ["../__init__.py", "%2e%2e/__init__.py", "..%2f__init__.py", "/etc/passwd", "%00"])
def test_assets_are_those_of_the_docs_only(client: FlaskClient, name: str) -> None:
    assert client.get(f"/docs/assets/{name}").status_code in {308, 404}


# ---- tokens


@pytest.fixture
def token(app: Edge, world: World) -> str:
    """A token that passes."""
    return world.headers("customer")["Authorization"].removeprefix("Bearer ")


def _part(content: Any) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=")


def _signed_with_the_public_key(app: Edge, token: str) -> list[str]:
    """HS256 with the published key as the shared secret, in every spelling of it: the classic confusion."""
    header, claims = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    public = app.extensions["sayso.keys"].verifying(header["kid"])
    formats = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = public.public_bytes(serialization.Encoding.PEM, formats)
    secrets = [pem, pem.strip(), public.public_bytes(serialization.Encoding.DER, formats)]
    secrets += [json.dumps(key).encode() for key in app.extensions["sayso.keys"].jwks()["keys"]]
    message = _part(header | {"alg": "HS256"}) + b"." + _part(claims)
    return [
        (message + b"." + base64.urlsafe_b64encode(hmac.digest(secret, message, hashlib.sha256)).rstrip(b"=")).decode()
        for secret in secrets
    ]


def _unsigned(token: str) -> list[str]:
    header, claims, signature = token.split(".")
    read = jwt.get_unverified_header(token)
    return [
        f"{_part(read | {'alg': spelling}).decode()}.{claims}.{kept}"
        for spelling in ("none", "None", "NONE", "nOnE", "", None)
        for kept in ("", signature)
    ] + [f"{header}.{claims}.", f"{header}.{claims}"]


def _with_a_key_of_its_own(token: str) -> list[str]:
    """Headers that ask the service to take the key from the token, or from somewhere else."""
    read = jwt.get_unverified_header(token)
    _, claims, signature = token.split(".")
    tricks = [
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jku": "https://elsewhere.example/jwks.json"},
        {"x5u": "https://elsewhere.example/cert"},
        {"kid": "../../dev/null"},
        {"kid": "' OR 1=1 --"},
        {"kid": None},
        {"kid": ["a"]},
        {"kid": {}},
        {"kid": "\x00"},
        {"typ": None},
        {"crit": ["exp"]},
    ]
    return [f"{_part(read | trick).decode()}.{claims}.{signature}" for trick in tricks]


def _of_other_people(token: str, world: World) -> list[str]:
    """Claims changed after the signature was made."""
    header, _, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    changes = [{"sub": str(world.people["operator"].id)}, {"exp": 4_000_000_000}, {"is_operator": True}]
    return [f"{header}.{_part(claims | change).decode()}.{signature}" for change in changes]


def test_no_made_up_token_passes(app: Edge, client: FlaskClient, world: World, token: str) -> None:
    made_up = _signed_with_the_public_key(app, token) + _unsigned(token) + _with_a_key_of_its_own(token)
    made_up += [*_of_other_people(token, world), token[:-2], token + "A", token + ".x", "...", "x" * 100_000]

    assert client.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    for attempt in made_up:
        answer = client.get("/v1/me", headers={"Authorization": f"Bearer {attempt}"})
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), attempt[:200]


def test_a_token_is_taken_from_its_header_only(client: FlaskClient, token: str) -> None:
    assert client.get(f"/v1/me?access_token={token}").status_code == 401
    client.set_cookie("access_token_cookie", token)
    assert client.get("/v1/me").status_code == 401


def test_a_token_ends_with_its_session(app: Edge, client: FlaskClient, world: World) -> None:
    sent: dict[str, Sent] = requests(app, world)
    headers = world.headers("customer")
    assert client.delete("/v1/sessions/current", headers=headers).status_code == 204

    for name, request in sent.items():
        if request.actor == "customer":
            answer = client.open(request.path, method=request.method, json=request.body, headers=headers)
            assert answer.status_code == 401, name
