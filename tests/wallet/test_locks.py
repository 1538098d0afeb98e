"""A wallet and the card that loads it: whoever has one of them may want the other. The control waits in a circle."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Response, g
from sqlalchemy.orm import Session

from service import clock
from service.http import edge
from service.http.edge import Edge
from service.money import Money
from service.wallet import actions
from service.wallet.actions import auto_reload
from service.wallet.rules.ledger import Account, Leg

from ..meeting import Meeting, circle
from .purse import STORE, USD, Purse, usd

begin = import_module("service.payments.actions.begin")  # the package has an action of that name


@pytest.fixture
def meeting(app: Edge, monkeypatch: pytest.MonkeyPatch) -> Meeting:
    """Where two meet."""
    return Meeting(app, monkeypatch)


@circle
def test_an_automatic_load_and_who_pays_by_its_card_take_turns(
    app: Edge, ana: Purse, meeting: Meeting, circle: bool
) -> None:
    """The control: a card that is locked for one alone."""
    ana.load(1_000)
    card = ana.method()
    rule = {"threshold": usd(900), "amount": usd(500), "weekly_cap": usd(5_000), "payment_method_id": card}
    ruled = ana.client.put("/v1/me/wallet/auto-reload", json=rule, headers=ana.headers | {"If-Match": '"0"'})
    assert ruled.status_code == 200, ruled.text
    if circle:
        meeting.patches.setattr(begin, "SHARED", True)
    part = Leg(Account("revenue", STORE, USD), 200)

    def pay(session: Session) -> None:
        actions.pay(session, customer_id=ana.id, parts=[part], purpose="order", purpose_id=uuid4(), now=clock.now())

    def pay_by_card(session: Session) -> None:
        now = clock.now()
        paid: dict[str, Any] = {"customer_id": ana.id, "purpose": "tender", "purpose_id": uuid4()}
        begin.begin(session, amount=Money(200, USD), method_id=UUID(card), capture=True, now=now, **paid)
        actions.give_back(session, parts=[part], now=now, **paid)

    found = meeting.deadlocks(
        partial(in_transaction, app, pay),
        partial(in_transaction, app, pay_by_card),
        at=[(auto_reload, "_lately"), (begin, "begin")],
        circle=circle,
    )

    assert found == meeting.expected(circle)


def in_transaction(app: Edge, act: Callable[[Session], Any]) -> Response:
    """Do it as a request does: again where the database asks to."""

    def work() -> Response:
        act(g.session)
        return Response(status=204)

    with app.app_context():
        return edge.in_transaction(work, app.database.writing)
