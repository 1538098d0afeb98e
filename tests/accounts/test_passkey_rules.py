"""The pure rules of passkeys, and the settings they belong to: whatever a stranger sends is judged, never a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.accounts.rules import passkeys as rules
from service.accounts.rules.passkeys import Assertion, Attestation, RelyingParty
from service.config import ConfigError, Settings
from tests.authenticator import PRESENT, VERIFIED, Authenticator, decoded

PARTY = RelyingParty(id="localhost", origins=("http://localhost:8000",))
CHALLENGE, USER = bytes(range(32)), uuid4()


def _attestation(authenticator: Authenticator, **lies: Any) -> Attestation:
    options = rules.creation_options(
        PARTY, challenge=CHALLENGE, user_id=USER, address="jane@example.com", name=None, existing=(), seconds=300
    )
    said = authenticator.create(options, **lies)
    return Attestation(
        id=decoded(said["rawId"]),
        client_data=decoded(said["response"]["clientDataJSON"]),
        attestation_object=decoded(said["response"]["attestationObject"]),
        transports=tuple(said["response"]["transports"]),
    )


def _assertion(authenticator: Authenticator, **lies: Any) -> Assertion:
    said = authenticator.get(rules.request_options(PARTY, challenge=CHALLENGE, seconds=300), **lies)
    response = said["response"]
    return Assertion(
        id=decoded(said["rawId"]),
        client_data=decoded(response["clientDataJSON"]),
        authenticator_data=decoded(response["authenticatorData"]),
        signature=decoded(response["signature"]),
        user_handle=decoded(response["userHandle"]),
    )


def _use(authenticator: Authenticator, answer: Assertion) -> rules.Use | None:
    return rules.use_of(
        PARTY,
        answer,
        challenge=CHALLENGE,
        user_id=USER,
        public_key=authenticator.keys[0].cose(),
        is_syncable=False,
    )


def test_what_is_true_holds() -> None:
    """The control of everything below."""
    authenticator = Authenticator()

    key = rules.new_key(PARTY, _attestation(authenticator), challenge=CHALLENGE)

    assert key is not None
    assert (key.credential_id, key.public_key) == (authenticator.keys[0].id, authenticator.keys[0].cose())
    assert rules.challenge_of(_assertion(authenticator).client_data) == CHALLENGE
    assert _use(authenticator, _assertion(authenticator, counter=7)) == rules.Use(sign_count=7, is_synced=False)


@settings(max_examples=150)
@given(st.data())
def test_one_changed_byte_of_an_answer_and_it_does_not_hold(data: st.DataObject) -> None:
    """Also in what a parser might skip: the signature covers it all."""
    authenticator = Authenticator()
    _attestation(authenticator)
    true = _assertion(authenticator)
    part = data.draw(st.sampled_from(["client_data", "authenticator_data", "signature", "user_handle"]))
    raw = bytearray(getattr(true, part))
    raw[data.draw(st.integers(0, 10_000)) % len(raw)] ^= data.draw(st.integers(1, 255))
    changed = {name: getattr(true, name) for name in Assertion.__slots__} | {part: bytes(raw)}

    assert _use(authenticator, Assertion(**changed)) is None


@settings(max_examples=200)
@given(st.binary(max_size=300) | st.just(b'{"challenge": null, "type": 1, "origin": []}'))
def test_any_bytes_are_read_or_are_no_challenge(raw: bytes) -> None:
    assert rules.challenge_of(raw) is None or isinstance(rules.challenge_of(raw), bytes)


_cbor = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=80) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(-4, 4) | st.text(max_size=8), inner),
    max_leaves=12,
)


_formats = st.sampled_from(["none", "packed", "tpm", "apple", "fido-u2f", "android-key", "android-safetynet"])
_attestations = st.fixed_dictionaries({"fmt": _formats, "attStmt": _cbor, "authData": _cbor})


@settings(max_examples=200)
@given(st.binary(max_size=300) | _cbor.map(cbor2.dumps) | _attestations.map(cbor2.dumps))
def test_any_attestation_is_refused_unless_it_holds(raw: bytes) -> None:
    true = _attestation(Authenticator())
    made_up = Attestation(id=true.id, client_data=true.client_data, attestation_object=raw)

    assert rules.new_key(PARTY, made_up, challenge=CHALLENGE) is None


_statements = st.dictionaries(st.sampled_from(["alg", "sig", "x5c", "ver", "response", "certInfo", "pubArea"]), _cbor)


@settings(max_examples=150)
@given(_formats.filter(lambda known: known != "none"), _statements)
def test_a_made_up_statement_about_a_true_key_is_refused(known: str, statement: dict[str, Any]) -> None:
    answer = _attestation(Authenticator(), attestation={"fmt": known, "attStmt": statement})

    assert rules.new_key(PARTY, answer, challenge=CHALLENGE) is None


@settings(max_examples=100)
@given(_cbor.map(cbor2.dumps) | st.binary(max_size=100))
def test_any_public_key_is_refused_unless_it_could_verify(cose: bytes) -> None:
    assert rules.new_key(PARTY, _attestation(Authenticator(), cose=cose), challenge=CHALLENGE) is None


def test_what_is_nested_too_deep_is_refused() -> None:
    true = _attestation(Authenticator())
    deep = Attestation(id=true.id, client_data=true.client_data, attestation_object=b"\x81" * 30_000)

    assert rules.new_key(PARTY, deep, challenge=CHALLENGE) is None
    assert rules.challenge_of(b"[" * 4_000) is None


def test_an_rsa_key_of_absurd_size_is_refused() -> None:
    """Whoever adds it would let each of their sign-ins cost seconds."""
    cose = cbor2.dumps({1: 3, 3: -257, -1: b"\xff" * 4_000, -2: b"\x01\x00\x01"})

    assert rules.new_key(PARTY, _attestation(Authenticator(), cose=cose), challenge=CHALLENGE) is None


@settings(max_examples=200)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_a_counter_that_counts_goes_up(kept: int, said: int) -> None:
    assert rules.went_back(kept, said) == (said <= kept and (kept, said) != (0, 0))


def test_only_known_transports_are_kept_once() -> None:
    true = _attestation(Authenticator(flags=PRESENT | VERIFIED))
    ways = ("usb", "usb", "telepathy", "nfc")
    answer = Attestation(
        id=true.id, client_data=true.client_data, attestation_object=true.attestation_object, transports=ways
    )

    key = rules.new_key(PARTY, answer, challenge=CHALLENGE)

    assert key is not None
    assert key.transports == ("usb", "nfc")


# ---- the settings


def _settings(tmp_path: Path, **environ: str) -> Settings:
    return Settings.from_environ({"INSTANCE_PATH": str(tmp_path)} | environ)


@pytest.mark.parametrize(
    ("environ", "rp_id", "origins"),
    [
        ({}, "localhost", ("http://localhost:8000",)),
        ({"PORT": "8001"}, "localhost", ("http://localhost:8001",)),
        ({"PUBLIC_URL": "http://192.168.0.7:8000"}, "localhost", ("http://localhost:8000",)),
        ({"PUBLIC_URL": "http://[::1]:8000"}, "localhost", ("http://localhost:8000",)),
        ({"PUBLIC_URL": "https://app.sayso.example/"}, "app.sayso.example", ("https://app.sayso.example",)),
        ({"PUBLIC_URL": "https://sayso.example:8443"}, "sayso.example", ("https://sayso.example:8443",)),
        (
            {
                "PASSKEY_RP_ID": "sayso.example",
                "PASSKEY_ORIGINS": f"https://app.sayso.example, android:apk-key-hash:{'a' * 43}",
            },
            "sayso.example",
            ("https://app.sayso.example", f"android:apk-key-hash:{'a' * 43}"),
        ),
    ],
)
def test_passkeys_belong_to_a_name(
    tmp_path: Path, environ: dict[str, str], rp_id: str, origins: tuple[str, ...]
) -> None:
    read = _settings(tmp_path, **environ)

    assert (read.passkey_rp_id, read.passkey_origins) == (rp_id, origins)


@pytest.mark.parametrize(
    "rp_id", ["127.0.0.1", "Sayso.example", "https://sayso.example", "sayso.example:443", "a..b", "-a"]
)
def test_a_name_that_is_none_is_refused(tmp_path: Path, rp_id: str) -> None:
    with pytest.raises(ConfigError, match="PASSKEY_RP_ID"):
        _settings(tmp_path, PASSKEY_RP_ID=rp_id)


@pytest.mark.parametrize(
    "origin",
    [
        "http://sayso.example",
        "https://other.example",
        "https://evilsayso.example",
        "https://sayso.example/",
        "https://sayso.example/page",
        "https://sayso.example:99999",
        "https://user@sayso.example",
        "https://*.sayso.example",
        "sayso.example",
        "android:apk-key-hash:short",
        "https://sayso.example,",
    ],
)
def test_an_origin_that_no_browser_would_let_use_them_is_refused(tmp_path: Path, origin: str) -> None:
    with pytest.raises(ConfigError, match="PASSKEY_ORIGINS"):
        _settings(tmp_path, PASSKEY_RP_ID="sayso.example", PASSKEY_ORIGINS=origin)


@pytest.mark.parametrize("url", ["https://sayso.example:port", "https://[sayso"])
def test_an_address_that_can_not_be_read_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="PUBLIC_URL"):
        _settings(tmp_path, PUBLIC_URL=url)
