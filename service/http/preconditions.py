"""If-Match: a change names the version it was made from."""

from __future__ import annotations

from flask import request

from ..errors import Invalid, Refusal


class PreconditionRequired(Refusal):
    """The change must name the version it was made from, in If-Match, so that no one's change is lost."""

    status = 428
    title = "Precondition required"


def expected_version() -> int:
    """Return the version named by If-Match. Raises PreconditionRequired, Invalid."""
    header = request.headers.get("If-Match", "").strip()
    if not header:
        raise PreconditionRequired("Send If-Match with the ETag that you read.")
    digits = header.strip('"')
    if header.startswith("W/") or not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise Invalid({"If-Match": ["Send one strong ETag as you read it."]})
    return int(digits)
