"""Passkeys (WebAuthn Level 3): what an authenticator is asked for, and whether what it answers holds.

The webauthn package makes the options and verifies; here stands what this service demands of it: a key that the
authenticator finds by itself, a person who was verified by it (a finger, a face, a PIN), one of our own origins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import webauthn
from webauthn.helpers import (
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_authenticator_data,
    parse_client_data_json,
)
from webauthn.helpers.options_to_json_dict import options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

CHALLENGE_BYTES = 32
LEAST_ID_BYTES, MOST_ID_BYTES = 16, 1_023  # WebAuthn, section 4, "Credential ID"
MOST_PUBLIC_KEY_BYTES = 2_048  # an RSA key of 16,384 bits fits
TRANSPORTS = {transport.value for transport in AuthenticatorTransport}


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """Whom passkeys are for: this service, under one name, used from these origins only."""

    id: str
    origins: tuple[str, ...]
    name: str = "Sayso"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """What an authenticator says of a passkey that it has just made."""

    id: bytes
    client_data: bytes
    attestation_object: bytes
    transports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What an authenticator says to prove that it has a passkey."""

    id: bytes
    client_data: bytes
    authenticator_data: bytes
    signature: bytes
    user_handle: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A passkey that was made for us; `is_syncable` is for life, `is_synced` may change."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    is_syncable: bool
    is_synced: bool
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One genuine use of a passkey."""

    sign_count: int
    is_synced: bool


def creation_options(
    party: RelyingParty,
    *,
    challenge: bytes,
    user_id: UUID,
    address: str,
    name: str | None,
    existing: Iterable[tuple[bytes, Iterable[str]]],
    seconds: int,
) -> dict[str, Any]:
    """Return PublicKeyCredentialCreationOptionsJSON; `existing` are the person's passkeys: id and transports."""
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=user_id.bytes,
        user_name=address,
        user_display_name=name or address,
        challenge=challenge,
        timeout=seconds * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=key, transports=[AuthenticatorTransport(way) for way in ways])
            for key, ways in existing
        ],
    )
    return options_to_json_dict(options)


def request_options(party: RelyingParty, *, challenge: bytes, seconds: int) -> dict[str, Any]:
    """Return PublicKeyCredentialRequestOptionsJSON that name no passkey: the authenticator offers what it has."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=seconds * 1000,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def challenge_of(client_data: bytes) -> bytes | None:
    """Return the challenge that was signed, by the client's own words; None where there is none."""
    try:
        return parse_client_data_json(client_data).challenge
    except Exception:  # noqa: BLE001 - the bytes are a stranger's, and what a parser trips over has no common base
        return None


def new_key(party: RelyingParty, answer: Attestation, *, challenge: bytes) -> NewKey | None:
    """Return the passkey that was made in answer to the challenge; None where anything about it doesn't hold.

    Who made the authenticator isn't asked for, and so isn't looked at.
    """
    try:
        verified = webauthn.verify_registration_response(
            credential=RegistrationCredential(
                id=bytes_to_base64url(answer.id),
                raw_id=answer.id,
                response=AuthenticatorAttestationResponse(
                    client_data_json=answer.client_data, attestation_object=answer.attestation_object
                ),
            ),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            require_user_verification=True,
        )
        # A key that can't verify would only show at the first sign-in, when there may be no other way in.
        decoded_public_key_to_cryptography(decode_credential_public_key(verified.credential_public_key))
    except Exception:  # noqa: BLE001 - as above
        return None
    if (
        verified.credential_id != answer.id
        or not LEAST_ID_BYTES <= len(verified.credential_id) <= MOST_ID_BYTES
        or len(verified.credential_public_key) > MOST_PUBLIC_KEY_BYTES
        or _is_framed(answer.client_data)
    ):
        return None
    return NewKey(
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        is_syncable=verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        is_synced=verified.credential_backed_up,
        transports=tuple(way for way in dict.fromkeys(answer.transports) if way in TRANSPORTS),
    )


def use_of(
    party: RelyingParty, answer: Assertion, *, challenge: bytes, user_id: UUID, public_key: bytes, is_syncable: bool
) -> Use | None:
    """Return what the answer to the challenge proves of the person's passkey; None where anything doesn't hold.

    Its counter is not compared: `went_back` does that.
    """
    try:
        verified = webauthn.verify_authentication_response(
            credential=AuthenticationCredential(
                id=bytes_to_base64url(answer.id),
                raw_id=answer.id,
                response=AuthenticatorAssertionResponse(
                    client_data_json=answer.client_data,
                    authenticator_data=answer.authenticator_data,
                    signature=answer.signature,
                ),
            ),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - as above
        return None
    if answer.user_handle != user_id.bytes or _is_framed(answer.client_data):
        return None
    # A passkey can be synced from its making on or never (WebAuthn, section 6.1.3).
    if parse_authenticator_data(answer.authenticator_data).flags.be != is_syncable:
        return None
    return Use(sign_count=verified.new_sign_count, is_synced=verified.credential_backed_up)


def _is_framed(client_data: bytes) -> bool:
    """Tell whether another site had our page in a frame when it asked."""
    return bool(parse_client_data_json(client_data).cross_origin)


def went_back(kept: int, said: int) -> bool:
    """Tell whether a counter that counts didn't go up: two authenticators have the key (WebAuthn, section 6.1.1).

    One that is always 0 doesn't count; synced passkeys are like that.
    """
    return (kept > 0 or said > 0) and said <= kept
