"""An automatic load that failed: told once, to those who chose it, while it is theirs to mend."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.orders.paying import WALLET, Payer
from tests.orders.shop import Shop

from .conftest import Ear

TITLE = "Your wallet wasn't loaded"
RULE = "/v1/me/wallet/auto-reload"


@pytest.fixture
def payer(shop: Shop) -> Payer:
    """The shop's customer, with 10.00 and a rule that loads 20.00 below 10.00, by a card that its bank declines."""
    payer = Payer(shop)
    payer.load(1_000)
    assert rule(payer, "sandbox_declined", version=0).status_code == 200
    return payer


def rule(payer: Payer, token: str, *, version: int) -> Any:
    """Let the card load by itself."""
    said = {
        **{name: usd(minor) for name, minor in (("threshold", 1_000), ("amount", 2_000), ("weekly_cap", 4_000))},
        "payment_method_id": payer.card(token),
    }
    return payer.client.put(RULE, json=said, headers=payer.headers | {"If-Match": f'"{version}"'})


def usd(amount_minor: int) -> dict[str, Any]:
    """Return dollars."""
    return {"amount_minor": amount_minor, "currency": "USD"}


@pytest.fixture
def buy(payer: Payer, time_machine: Any) -> Any:
    """Pay with the wallet, which is below the threshold then, and let a minute pass until the worker asked the card."""

    def paying() -> None:
        payer.fire(payer.placed(WALLET))
        payer.reconcile()
        time_machine.move_to(payer.now + timedelta(seconds=1))

    return paying


def loads(payer: Payer) -> list[tuple[str, str]]:
    """Return by whom each load was begun and what came of it, the oldest first."""
    listed = payer.client.get("/v1/me/wallet/loads", headers=payer.headers).json["data"]
    return [(each["by"], each["state"]) for each in reversed(listed)]


def test_who_chose_it_is_told_once_by_push_and_by_mail(payer: Payer, ear: Ear, buy: Any) -> None:
    ear.wants("reload_failed")
    buy()
    assert loads(payer) == [("customer", "settled"), ("auto_reload", "failed")]

    for _ in range(2):
        ear.carry()

    assert ear.heard() == ([TITLE], [TITLE])
    (message,) = ear.pushed()
    assert (message["moment"], message["source"]["preference"]) == ("reload_failed", "notifications")
    assert "20" not in message["body"]  # who looks over a shoulder reads no amount


@pytest.mark.parametrize("wants", [None, "ready"])
def test_who_chose_no_way_for_it_is_told_nothing(ear: Ear, buy: Any, wants: str | None) -> None:
    if wants is not None:
        ear.wants(wants)
    buy()

    ear.carry()

    assert ear.heard() == ([], [])


def test_a_load_by_hand_that_failed_told_its_customer_itself(payer: Payer, ear: Ear) -> None:
    ear.wants("reload_failed")
    body = {"amount": usd(500), "payment_method_id": payer.card("sandbox_declined")}
    failed = payer.client.post("/v1/me/wallet/loads", json=body, headers=payer.headers | {"Idempotency-Key": "by-hand"})
    assert failed.json["state"] == "failed"

    ear.carry()

    assert ear.heard() == ([], [])


def another_card(payer: Payer) -> None:
    assert rule(payer, "sandbox_visa", version=1).status_code == 200


def by_hand(payer: Payer) -> None:
    payer.load(500)


def switched_off(payer: Payer) -> None:
    assert payer.client.delete(RULE, headers=payer.headers | {"If-Match": '"1"'}).status_code == 204


@pytest.mark.parametrize("mend", [another_card, by_hand, switched_off])
def test_what_was_mended_meanwhile_is_not_told(payer: Payer, ear: Ear, buy: Any, mend: Any) -> None:
    ear.wants("reload_failed")
    buy()
    mend(payer)

    ear.carry()

    assert ear.heard() == ([], [])
    assert {each.outcome for each in ear.notifications()} == {"dropped"}
