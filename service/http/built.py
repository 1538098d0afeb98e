"""Answers that were built beforehand: hot documents as bytes, plain and gzipped, with their own strong ETag each."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, current_app, request


def send_built(*, etag: str, body: bytes, zipped: bytes, cache_control: str = "public, no-cache") -> Response:
    """Answer with the bytes that the caller accepts, or with 304 where it has them already.

    The gzipped bytes are another representation, so another strong ETag (RFC 9110, section 8.8.3.3).
    """
    asked = cast(Any, request)._get_current_object()  # not looked up through its proxy each time
    wants_zip = "gzip" in asked.headers.get("Accept-Encoding", "") and asked.accept_encodings.quality("gzip") > 0
    etag = f"{etag}-gzip" if wants_zip else etag
    if asked.if_none_match.contains(etag):
        answer = current_app.response_class(status=304)
    else:
        answer = current_app.response_class(zipped if wants_zip else body, mimetype="application/json")
        if wants_zip:
            answer.headers["Content-Encoding"] = "gzip"
    answer.headers["ETag"] = f'"{etag}"'
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = cache_control
    return answer
