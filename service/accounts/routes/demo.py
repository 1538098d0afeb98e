"""The demo's mailbox: what would have been sent, since a demo has no mail server."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, render_template

from ...http.answers import json_response
from .. import queries
from ..models import Mail

demo = Blueprint("demo_mail", __name__, template_folder="../templates")


@demo.get("/demo/mail")
def page() -> Response:
    """Show the mails, newest first."""
    answer = make_response(render_template("demo_mail.html", mails=_mails()))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@demo.get("/demo/mail.json")
def listing() -> Response:
    """Return the mails, newest first."""
    shown = ("id", "subject", "body", "code", "created_at")
    entries = [{"to": mail.to_address} | {name: getattr(mail, name) for name in shown} for mail in _mails()]
    return json_response({"data": entries}, 200)


def _mails() -> list[Mail]:
    with current_app.extensions["sayso.database"].reading() as session:
        return list(queries.kept_mails(session))
