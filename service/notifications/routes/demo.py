"""The demo's own push service: one inbox that takes encrypted messages as a device's push service does, reads them as
the device does, and shows them."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request

from ... import clock
from ...http.answers import json_response
from ..push.inbox import Inbox, NotForUs

demo = Blueprint("demo_push", __name__, template_folder="../templates")


def _inbox() -> Inbox:
    found: Inbox | None = current_app.extensions["sayso.push-inbox"]
    if found is None:
        abort(404)
    return found


@demo.get("/demo/push")
def push_page() -> Response:
    """Show the messages, newest first."""
    answer = make_response(render_template("demo_push.html", messages=_inbox().messages()))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@demo.get("/demo/push.json")
def push_listing() -> Response:
    """Return the messages, newest first, and the subscription that leads here."""
    inbox = _inbox()
    return json_response({"data": inbox.messages(), "subscription": inbox.subscription()}, 200)


@demo.post("/demo/push/inbox")
def take_push() -> Response:
    """Take a message (RFC 8030, 5)."""
    try:
        _inbox().take({name.lower(): value for name, value in request.headers}, request.get_data(), now=clock.now())
    except NotForUs as error:
        abort(error.status)
    return Response(status=201)
