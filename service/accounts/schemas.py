"""The wire of accounts."""

from __future__ import annotations

from ..http import Schema, fields


class StartGuestSessionSchema(Schema):
    """A guest's session: no personal data needed."""

    device_name = fields.Text(100, load_default=None)


class SessionSchema(Schema):
    """A session just opened or refreshed."""

    session_id = fields.Id(required=True)
    person_id = fields.Id(required=True)
    is_guest = fields.Boolean(required=True)
    access_token = fields.Raw(required=True, metadata={"type": "string", "description": "JWT, for 15 minutes."})
    token_type = fields.Choice(["Bearer"], required=True)
    expires_in = fields.Integer(0, 86_400, required=True, metadata={"description": "Seconds."})
    refresh_token = fields.Raw(required=True, metadata={"type": "string", "description": "Opaque; works once."})
