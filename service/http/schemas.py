"""The base of every wire schema: fields in the order written, unknown input refused."""

from __future__ import annotations

import marshmallow as ma


class Schema(ma.Schema):
    """Input schemas refuse unknown fields; output schemas name what they show."""

    class Meta:
        unknown = ma.RAISE


class ProblemSchema(ma.Schema):
    """A refusal or failure as RFC 9457 problem details."""

    type = ma.fields.String(required=True, metadata={"description": "A page that explains the problem."})
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    instance = ma.fields.String(required=True, metadata={"description": "The request's id, also in the logs."})
    errors = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.List(ma.fields.String()),
        metadata={"description": "What is wrong with each field, by its path."},
    )

    class Meta:
        unknown = ma.INCLUDE
