"""kill -9 at every step of loading and paying: never charged twice, never charged without order or refund.

Each way of paying is done once undisturbed, which tells its points, and then killed at each of them (killing.py). The
client sends again with the same keys, the worker passes once, and then everything has to be as where nobody died.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.orders.paying import AT_PICKUP, WALLET, Payer
from tests.orders.shop import Shop

from . import walking
from .killing import BEFORE_COMMIT, COMMITTED, HASTY_MINOR
from .walking import Doomed, Errand, Scene, died, doomed_in, ending, walked

SOME = WALLET | {"most_minor": 200}
TIP = {"amount_minor": 60}
LOADED = 50_000


@pytest.fixture(scope="module")
def doomed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doomed]:
    """What dies in the tests."""
    with doomed_in(tmp_path_factory.mktemp("killed")) as running:
        yield running


@pytest.fixture
def scene(shop: Shop, doomed: Doomed, database_url: str) -> Scene:
    """A customer with 500.00 in the wallet."""
    payer = Payer(shop)
    payer.load(LOADED)
    return Scene(payer, doomed, database_url)


def placing(scene: Scene) -> Errand:
    return scene.placing(SOME, scene.card(), tip=TIP)


def placing_with_a_declined_card(scene: Scene) -> Errand:
    return scene.placing(SOME, scene.card("sandbox_declined"), tip=TIP)


def loading(scene: Scene) -> Errand:
    amount = {"amount_minor": 1_250, "currency": "USD"}
    body = {"amount": amount, "payment_method_id": scene.card()["method_id"]}
    return Errand([scene.post("/v1/me/wallet/loads", body)])


def cashing_out(scene: Scene) -> Errand:
    body = {"currency": "USD", "amount_minor": 700, "channel": "payment_method"}
    return Errand([scene.post("/v1/me/wallet/cash-outs", body)])


def firing(scene: Scene) -> Errand:
    order = scene.placed(SOME, scene.card(), tip=TIP)
    fire_at = datetime.fromisoformat(order["promise"]["window_starts_at"])
    return Errand([scene.work_at(fire_at)], order_id=order["id"])


def cancelling(scene: Scene) -> Errand:
    order = scene.placed(SOME, scene.card(), tip=TIP)
    cancel = scene.post(f"/v1/orders/{order['id']}/cancellation")
    return Errand([cancel, scene.work_at()], order_id=order["id"])


def moved(scene: Scene, order: Any, *states: str) -> None:
    for state in states:
        answer = scene.shop.move(order["id"], state)
        assert answer.status_code == 200, answer.text


def captured(scene: Scene, *tenders: dict[str, Any]) -> Any:
    order = scene.placed(*tenders or (SOME, scene.card()), tip=TIP)
    moved(scene, order, "fired")
    scene.payer.reconcile()
    return order


def staff(scene: Scene, order: Any, what: str, **body: Any) -> Errand:
    asked = scene.post(f"/v1/orders/{order['id']}/{what}", body, scene.shop.barista)
    return Errand([asked, scene.work_at()], order_id=order["id"])


def rejecting(scene: Scene) -> Errand:
    return staff(scene, captured(scene), "transitions", to="rejected", reason="oven broke")


def rejecting_before_it_was_captured(scene: Scene) -> Errand:
    order = scene.placed(SOME, scene.card(), tip=TIP)
    moved(scene, order, "fired")
    return staff(scene, order, "transitions", to="rejected", reason="oven broke")


def refunding_a_part(scene: Scene) -> Errand:
    return staff(scene, captured(scene), "refunds", reason="cold", amount_minor=300)


def picking_up(scene: Scene) -> Errand:
    order = captured(scene, scene.card() | {"most_minor": 150}, AT_PICKUP)
    moved(scene, order, "in_preparation", "ready")
    return staff(scene, order, "transitions", to="picked_up")


def changing(scene: Scene, token: str = "sandbox_mastercard") -> Errand:
    order = scene.placed(SOME, scene.card(), tip=TIP)
    asked = scene.shop.quote(
        scene.shop.line(quantity=2),
        headers=scene.payer.headers,
        tenders=[SOME, scene.card(token)],
        pickup={"at": order["promise"]["window_starts_at"]},
        replaces_order_id=order["id"],
    )
    change = scene.post(f"/v1/orders/{order['id']}/changes", {"quote_id": asked.json["id"]})
    # The card is reserved in the first, the order changed and the old card let go in the second.
    return Errand([change], order_id=order["id"], passes=2)


def changing_to_a_declined_card(scene: Scene) -> Errand:
    return changing(scene, "sandbox_declined")


WAYS = [
    placing,
    loading,
    firing,
    cancelling,
    rejecting_before_it_was_captured,
    refunding_a_part,
    picking_up,
    cashing_out,
    changing,
    changing_to_a_declined_card,
]
ALIKE = [placing_with_a_declined_card, rejecting]
"""Ways whose points are mostly those of others."""


@pytest.mark.parametrize("arrange", WAYS)
def test_killed_before_any_commit_it_ends_as_if_nobody_had_died(
    scene: Scene, arrange: Callable[[Scene], Errand]
) -> None:
    points, faults = walked(scene, arrange)

    assert COMMITTED in points
    assert faults == []


@pytest.mark.campaign
@pytest.mark.parametrize("arrange", [*WAYS, *ALIKE])
def test_killed_at_any_statement_that_writes_it_ends_as_if_nobody_had_died(
    scene: Scene, arrange: Callable[[Scene], Errand]
) -> None:
    _, faults = walked(scene, arrange, is_fine=True)

    assert faults == []


def test_control_a_charge_before_what_says_so_is_committed_is_found(scene: Scene) -> None:
    """The bank opens, it authorises, and the placing that asked for it is killed before its commit."""
    errand = placing(scene)
    assert scene.die(errand, 4, is_hasty=True) == BEFORE_COMMIT

    assert scene.order(errand).get("type") == "/problems/not-found"
    scene.recover(errand)

    assert f"{HASTY_MINOR} are charged, and nobody here knows of it" in scene.faults()


def test_control_without_the_pass_it_does_not_end_alike(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, _ = ending(scene, errand := loading(scene), lambda: scene.live(errand, is_fine=False))
    monkeypatch.setattr(walking, "work", lambda *_: None)

    assert died(scene, loading(scene), 2, expected) != []
