"""The demo's pages: the mail that would have been sent, since a demo has no mail server; and passkeys to try out."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, render_template

from ...http.answers import json_response
from .. import queries
from ..models import Mail
from .context import settings

demo = Blueprint(
    "demo", __name__, template_folder="../templates", static_folder="../static", static_url_path="/demo/static"
)


@demo.get("/demo/passkeys")
def passkeys_page() -> Response:
    """Show the page to try passkeys on; its script does the rest."""
    service = settings()
    page = next((f"{origin}/demo/passkeys" for origin in service.passkey_origins if origin.startswith("http")), "")
    return make_response(render_template("demo_passkeys.html", rp_id=service.passkey_rp_id, page=page))


@demo.get("/demo/mail")
def mail_page() -> Response:
    """Show the mails, newest first."""
    answer = make_response(render_template("demo_mail.html", mails=_mails()))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@demo.get("/demo/mail.json")
def mail_listing() -> Response:
    """Return the mails, newest first."""
    shown = ("id", "subject", "body", "code", "created_at")
    entries = [{"to": mail.to_address} | {name: getattr(mail, name) for name in shown} for mail in _mails()]
    return json_response({"data": entries}, 200)


def _mails() -> list[Mail]:
    with current_app.extensions["sayso.database"].reading() as session:
        return list(queries.kept_mails(session))
