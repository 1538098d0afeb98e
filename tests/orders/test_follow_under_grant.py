"""GET /v1/orders/{order_id}/events under a grant: what it allows, for as long as it stands."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa

from service import clock
from service.accounts.models import Grant
from service.http.live import alone

from .errand import Errand
from .shop import Shop


@pytest.fixture
def errand(shop: Shop) -> Errand:
    """Jane lets Ana order for her."""
    return Errand(shop)


def path_of(order: dict[str, Any]) -> str:
    """Return where the order is followed."""
    return f"/v1/orders/{order['id']}/events"


def end(shop: Shop, order: dict[str, Any]) -> None:
    """Let the store make the order and hand it over."""
    for to in ("fired", "ready", "picked_up"):
        assert shop.move(order["id"], to).status_code == 200


def told_while(shop: Shop, order: dict[str, Any], headers: dict[str, str], happen: Callable[[], None]) -> str:
    """Return all that a stream tells, of which the first events were told before something happens."""
    has_begun, texts = Event(), []

    def read() -> None:
        with shop.app.test_client().get(path_of(order), headers=headers) as answer:
            for text in answer.response:
                texts.append(text)
                if b"event: " in text:
                    has_begun.set()

    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(read)
        assert has_begun.wait(10)
        happen()
        reading.result(20)
    return b"".join(texts).decode()


def test_what_was_placed_under_it_is_followed_like_ones_own_but_for_whom_the_giver_lets_act(
    errand: Errand, shop: Shop
) -> None:
    order = errand.placed()
    end(shop, order)

    theirs, janes = shop.told(order["id"], errand.ana), shop.told(order["id"], shop.customer)

    assert theirs.count("event: OrderMoved") == janes.count("event: OrderMoved") == 3
    assert str(errand.grant.id) in janes
    assert str(errand.grant.id) not in theirs


def test_who_picks_up_is_told_where_it_is_and_nothing_more(errand: Errand, shop: Shop) -> None:
    order = shop.placed()
    under = errand.another("pick_up_orders")
    told = told_while(shop, order, under, lambda: end(shop, order))

    assert set(told.split("event: ")[1:]) == {each for each in told.split("event: ")[1:] if each.startswith("PickupCh")}
    assert '"state":"picked_up"' in told
    assert "window_starts_at" not in told
    assert shop.client.get(path_of(order), headers=under).status_code == 404  # it is not open any more


def test_other_orders_are_not_found(errand: Errand, shop: Shop) -> None:
    own, others = shop.placed(), shop.place(headers=shop.other).json

    for headers, order in (
        (errand.another("place_orders"), own),
        (errand.ana, others),
        (errand.another("pick_up_orders"), others),
        (errand.alone, own),
    ):
        assert shop.client.get(path_of(order), headers=headers).status_code == 404


def test_staff_under_a_grant_are_no_staff(shop: Shop) -> None:
    errand = Errand(shop)
    order = shop.placed()
    under = shop.barista | {"Acting-Under": str(errand.grant.id)}

    assert shop.client.get(path_of(order), headers=under).status_code == 404  # the grant isn't theirs
    assert shop.client.get(path_of(order)).status_code == 401


@pytest.mark.parametrize("how", ["revoked", "run out"])
@pytest.mark.parametrize("is_guarded", [True, pytest.param(False, marks=pytest.mark.broken_on_purpose)])
def test_once_it_ends_nothing_more_is_told(
    errand: Errand, shop: Shop, how: str, is_guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alone, "POLL_SECONDS", 0.01)
    if not is_guarded:  # the control: nobody looks whether it still stands
        monkeypatch.setattr(alone._One, "stands", lambda *_: True)
    order = errand.placed()

    def ends() -> None:
        if how == "revoked":
            errand.revoke()
        else:
            ago = clock.now() - timedelta(days=2)
            past = {"offered_at": ago, "offer_ends_at": ago + timedelta(days=1), "expires_at": ago + timedelta(days=1)}
            shop.session.execute(sa.update(Grant).values(past))
            shop.session.commit()
        end(shop, order)

    told = told_while(shop, order, errand.ana, ends)

    assert "OrderPlaced" in told
    assert ("OrderMoved" not in told) is is_guarded
    assert shop.client.get(path_of(order), headers=errand.ana).status_code == 404
