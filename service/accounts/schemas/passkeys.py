"""The wire of passkeys.

Members in camelCase are those of WebAuthn's own JSON (Level 3, sections 5.1.8 to 5.1.10), so that a client hands them
to its authenticator, and sends back what that says, as they are.
"""

from __future__ import annotations

from typing import Any

from ...http import Schema, fields

DEVICE_NAME = {"description": "What its owner calls the device, for the list of devices."}
PASSKEY_NAME = {"description": "What its owner calls it, for the list of passkeys."}


class _Extensions(fields.Raw):
    """What a client says of extensions. None is asked for, so none is looked at."""

    default_error_messages = {"invalid": "Not an object of 50 members at most."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > EXTENSIONS["maxProperties"]:
            raise self.make_error("invalid")
        return value


UNSEEN = {"description": "Not looked at."}
EXTENSIONS: dict[str, Any] = UNSEEN | {"type": "object", "maxProperties": 50}
_ID, _CLIENT_DATA, _ATTESTATION, _AUTHENTICATOR_DATA = 1_023, 4_096, 32_768, 4_096


class RelyingPartySchema(Schema):
    """Whom the passkey is for."""

    id = fields.Text(253, required=True)
    name = fields.Text(100, required=True)


class PasskeyUserSchema(Schema):
    """Whose the passkey will be, as the authenticator shows it."""

    id = fields.Text(86, required=True)
    name = fields.Text(254, required=True)
    display_name = fields.Text(254, required=True, data_key="displayName")


class PublicKeyKindSchema(Schema):
    """A kind of key that will do."""

    type = fields.Choice(["public-key"], required=True)
    alg = fields.Integer(-65_535, 65_535, required=True, metadata={"description": "COSE algorithm."})


class PasskeyDescriptorSchema(Schema):
    """A passkey that the person has already."""

    type = fields.Choice(["public-key"], required=True)
    id = fields.Text(1_364, required=True)
    transports = fields.List(fields.Text(40), 20)


class AuthenticatorSelectionSchema(Schema):
    """What the authenticator must do: find the passkey by itself, and verify its owner."""

    resident_key = fields.Choice(["required"], required=True, data_key="residentKey")
    require_resident_key = fields.Boolean(required=True, data_key="requireResidentKey")
    user_verification = fields.Choice(["required"], required=True, data_key="userVerification")


class PublicKeyCreationOptionsSchema(Schema):
    """PublicKeyCredentialCreationOptionsJSON."""

    rp = fields.Nested(RelyingPartySchema, required=True)
    user = fields.Nested(PasskeyUserSchema, required=True)
    challenge = fields.Text(86, required=True)
    pub_key_cred_params = fields.List(
        fields.Nested(PublicKeyKindSchema), 20, required=True, data_key="pubKeyCredParams"
    )
    timeout = fields.Integer(0, 600_000, required=True, metadata={"description": "Milliseconds."})
    exclude_credentials = fields.List(
        fields.Nested(PasskeyDescriptorSchema), 100, required=True, data_key="excludeCredentials"
    )
    authenticator_selection = fields.Nested(
        AuthenticatorSelectionSchema, required=True, data_key="authenticatorSelection"
    )
    attestation = fields.Choice(["none"], required=True)


class PublicKeyRequestOptionsSchema(Schema):
    """PublicKeyCredentialRequestOptionsJSON; it names no passkey, so that the authenticator offers what it has."""

    challenge = fields.Text(86, required=True)
    timeout = fields.Integer(0, 600_000, required=True, metadata={"description": "Milliseconds."})
    rp_id = fields.Text(253, required=True, data_key="rpId")
    allow_credentials = fields.List(
        fields.Nested(PasskeyDescriptorSchema), 0, required=True, data_key="allowCredentials"
    )
    user_verification = fields.Choice(["required"], required=True, data_key="userVerification")


class NewPasskeyOptionsSchema(Schema):
    """For `navigator.credentials.create`; what it returns is worth something until `expires_at`, once."""

    public_key = fields.Nested(PublicKeyCreationOptionsSchema, required=True)
    expires_at = fields.Instant(required=True)


class PasskeySignInOptionsSchema(Schema):
    """For `navigator.credentials.get`; what it returns is worth something until `expires_at`, once."""

    public_key = fields.Nested(PublicKeyRequestOptionsSchema, required=True)
    expires_at = fields.Instant(required=True)


class _CredentialSchema(Schema):
    id = fields.Base64Url(_ID, required=True)
    raw_id = fields.Base64Url(_ID, required=True, data_key="rawId")
    type = fields.Choice(["public-key"], required=True)
    authenticator_attachment = fields.Text(40, allow_none=True, data_key="authenticatorAttachment")
    client_extension_results = _Extensions(metadata=EXTENSIONS, data_key="clientExtensionResults")


class AttestationResponseSchema(Schema):
    """AuthenticatorAttestationResponseJSON."""

    client_data = fields.Base64Url(_CLIENT_DATA, required=True, data_key="clientDataJSON")
    attestation_object = fields.Base64Url(_ATTESTATION, required=True, data_key="attestationObject")
    transports = fields.List(fields.Text(40), 20, load_default=())
    authenticator_data = fields.Base64Url(_ATTESTATION, metadata=UNSEEN, data_key="authenticatorData")
    public_key = fields.Base64Url(_ATTESTATION, allow_none=True, metadata=UNSEEN, data_key="publicKey")
    public_key_algorithm = fields.Integer(-65_535, 65_535, metadata=UNSEEN, data_key="publicKeyAlgorithm")


class NewPasskeyCredentialSchema(_CredentialSchema):
    """RegistrationResponseJSON: what `toJSON()` of a created credential says."""

    response = fields.Nested(AttestationResponseSchema, required=True)


class AssertionResponseSchema(Schema):
    """AuthenticatorAssertionResponseJSON."""

    client_data = fields.Base64Url(_CLIENT_DATA, required=True, data_key="clientDataJSON")
    authenticator_data = fields.Base64Url(_AUTHENTICATOR_DATA, required=True, data_key="authenticatorData")
    signature = fields.Base64Url(_AUTHENTICATOR_DATA, required=True)
    user_handle = fields.Base64Url(64, load_default=None, allow_none=True, data_key="userHandle")
    attestation_object = fields.Base64Url(_ATTESTATION, allow_none=True, metadata=UNSEEN, data_key="attestationObject")


class PasskeyCredentialSchema(_CredentialSchema):
    """AuthenticationResponseJSON: what `toJSON()` of a credential says that was got."""

    response = fields.Nested(AssertionResponseSchema, required=True)


class AddPasskeySchema(Schema):
    """What the authenticator says of the new passkey, and its name."""

    credential = fields.Nested(NewPasskeyCredentialSchema, required=True)
    name = fields.Text(60, load_default=None, allow_none=True, metadata=PASSKEY_NAME)


class RenamePasskeySchema(Schema):
    """The new name."""

    name = fields.Text(60, required=True, metadata=PASSKEY_NAME)


class SignInWithPasskeySchema(Schema):
    """What the authenticator says."""

    credential = fields.Nested(PasskeyCredentialSchema, required=True)
    device_name = fields.Text(100, load_default=None, allow_none=True, metadata=DEVICE_NAME)


class PasskeySchema(Schema):
    """A passkey that signs the caller in."""

    id = fields.Id(required=True)
    name = fields.Text(60, required=True, allow_none=True)
    is_synced = fields.Boolean(required=True, metadata={"description": "Its maker keeps a copy for other devices."})
    created_at = fields.Instant(required=True)
    last_used_at = fields.Instant(required=True, allow_none=True)
    suspected_at = fields.Instant(
        required=True, allow_none=True, metadata={"description": "When it answered as only a copy would. Remove it."}
    )
