"""An order is forgotten once its money is where it belongs, not before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service import clock
from service.orders.actions import forget
from service.worker import Worker
from tests.preferences.voice import Voice

from .paying import Payer
from .shop import Shop
from .test_cards import card, payment, total


@pytest.fixture
def payer(shop: Shop) -> Payer:
    """The shop's customer, who wants orders forgotten after a day."""
    assert Voice(shop, shop.customer).say("retention", days=1).status_code == 200
    return Payer(shop)


def unheard(payer: Payer) -> dict[str, object]:
    """Return an order that is picked up, while nobody heard yet whether its card was captured."""
    order = payer.placed(card(payer))
    for to in ("fired", "ready", "picked_up"):
        assert payer.shop.move(order["id"], to).status_code == 200
    return order  # type: ignore[no-any-return]


def forget_later(payer: Payer) -> None:
    """Let a worker forget what is due the day after tomorrow."""
    Worker(payer.shop.app.database, {}).carry_and_forget(clock.now() + timedelta(days=2))


def test_an_order_whose_payment_is_open_is_forgotten_once_it_is_settled(payer: Payer) -> None:
    order = unheard(payer)
    forget_later(payer)
    payer.reconcile()

    assert payment(payer, order) == ("captured", total(order), 0)
    payer.sound()
    forget_later(payer)
    assert payer.shop.show(str(order["id"])).status_code == 404
    payer.sound()


def test_without_that_the_payment_would_never_be_settled(payer: Payer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(forget.payments, "are_open", lambda *_, **__: False)
    order = unheard(payer)
    forget_later(payer)
    payer.reconcile()
    assert payment(payer, order)[0] == "authorised"
