"""The page of the sandbox's bank, where a customer says that it is them (3-D Secure): in the demo only."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.exceptions import NotFound

from ... import clock
from ...money import written
from .. import driver
from ..providers.port import Unknown
from ..providers.sandbox import Sandbox
from ..rules.seen import Seen

page = Blueprint("sandbox_bank", __name__, template_folder="../templates")


@page.get("/demo/payments/<reference>")
def bank_page(reference: str) -> Response:
    """Show what is to be confirmed, or how it went."""
    bank = _bank()
    try:
        return _shown(bank, reference, bank.look_up(reference))
    except Unknown:
        raise NotFound() from None


@page.post("/demo/payments/<reference>")
def answer_bank(reference: str) -> Response:
    """Confirm or decline, and show how it went; the service hears of it by a webhook."""
    bank = _bank()
    try:
        seen = bank.answer(reference, approves=request.form.get("answer") == "confirm")
    except Unknown:
        raise NotFound() from None
    driver().hear_the_bank(now=clock.now())
    return _shown(bank, reference, seen)


def _bank() -> Sandbox:
    bank = driver().provider(Sandbox.name)
    assert isinstance(bank, Sandbox)  # the page is served where it is
    return bank


def _shown(bank: Sandbox, reference: str, seen: Seen) -> Response:
    amount, last4 = bank.asked_for(reference)
    answer = make_response(render_template("demo_bank.html", seen=seen, amount=written(amount, "en"), last4=last4))
    answer.headers["Cache-Control"] = "no-store"
    return answer
