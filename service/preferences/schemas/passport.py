"""The wire of passports."""

from __future__ import annotations

from marshmallow import fields as plain

from ...accounts.seals import MOST_CHARACTERS
from ...http import Schema, fields

MOST_LINES = 500


class PassportSchema(Schema):
    """All that you say, signed; keep the text as it is."""

    passport = plain.String(required=True, metadata={"description": "A JWS (RFC 7515, ES256) in compact form."})
    issued_at = fields.Instant(required=True)
    expires_at = fields.Instant(required=True)


class PreviewPassportSchema(Schema):
    """A passport as it was given."""

    passport = fields.Text(MOST_CHARACTERS, required=True)


class AcceptPassportSchema(PreviewPassportSchema):
    """Which of a passport's lines you want to say."""

    lines = fields.List(fields.Text(120), MOST_LINES, 1, required=True)


class PassportLineSchema(Schema):
    """One line of a passport, beside what you say now. `unknown`: it can't be said here, `why`."""

    line = plain.String(required=True, metadata={"description": "A kind, or a kind and a rule of it."})
    kind = plain.String(required=True)
    change = fields.Choice(["added", "changed", "same", "unknown"], required=True)
    why = fields.Choice(["unknown_kind", "unknown_form", "unknown_here"], required=True, allow_none=True)
    before = plain.Dict(plain.String(), required=True, allow_none=True)
    after = plain.Dict(plain.String(), required=True, allow_none=True)


class PassportPreviewSchema(Schema):
    """What a passport would change; its ETag is the If-Match of accepting."""

    data = plain.List(plain.Nested(PassportLineSchema), required=True)
