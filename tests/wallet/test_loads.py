"""/v1/me/wallet/loads and …/auto-reload: money that a payment method brings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from service import clock, events
from service.payments import actions as payments
from service.payments.actions import PaymentCaptured
from service.wallet import actions
from service.wallet.rules.auto_reload import REST_AFTER_FAILURE, Lately, is_due
from tests.factories import NOW

from .purse import Purse, audited, faults, usd


def load(purse: Purse, token: str = "sandbox_visa", amount_minor: int = 2_000) -> Any:
    """Load the wallet with a card; return the answer."""
    return purse.post("loads", {"amount": usd(amount_minor), "payment_method_id": purse.method(token)})


def payment_of(purse: Purse, loaded: Any) -> Any:
    """Return the load's payment."""
    return purse.get(f"/v1/me/payments/{loaded['payment_id']}").json


@pytest.mark.parametrize("token", ["sandbox_visa", "sandbox_duplicate_webhook"])
def test_a_load_is_in_the_wallet_as_soon_as_it_is_answered_once(ana: Purse, token: str) -> None:
    key = "k-load"
    body = {"amount": usd(2_000), "payment_method_id": ana.method(token)}
    loaded = ana.post("loads", body, key=key)

    assert (loaded.status_code, loaded.json["state"], loaded.json["by"]) == (201, "settled", "customer")
    assert ana.post("loads", body, key=key).json == loaded.json
    for _ in range(2):
        ana.reconcile()  # hears the webhooks, too
    assert ana.entries() == [("load", 2_000, 2_000)]
    assert [each["id"] for each in ana.get("loads").json["data"]] == [loaded.json["id"]]
    assert (payment_of(ana, loaded.json)["state"], ana.get("loads").json["data"]) == ("captured", [loaded.json])
    assert audited(ana.app) == (0, "The ledger holds.\n")


@pytest.mark.parametrize(
    ("token", "reason"), [("sandbox_declined", "card_declined"), ("sandbox_insufficient_funds", "insufficient_funds")]
)
def test_a_load_that_was_not_charged_says_why_and_brings_nothing(ana: Purse, token: str, reason: str) -> None:
    loaded = load(ana, token).json

    assert (loaded["state"], loaded["reason"]) == ("failed", reason)
    ana.reconcile()
    assert (ana.has(), ana.get(f"loads/{loaded['id']}").json) == (0, loaded)
    assert audited(ana.app)[0] == 0


def test_a_load_that_its_bank_asks_about_waits_for_the_customer(ana: Purse) -> None:
    loaded = load(ana, "sandbox_3ds").json
    assert (loaded["state"], ana.has()) == ("pending", 0)
    asked = payment_of(ana, loaded)
    assert asked["state"] == "requires_action"

    bank = ana.app.extensions["sayso.payments"].provider("sandbox")
    bank.answer(asked["next_action"]["url"].rsplit("/", 1)[1], approves=True)
    ana.reconcile()

    assert (ana.get(f"loads/{loaded['id']}").json["state"], ana.has()) == ("settled", 2_000)
    assert audited(ana.app)[0] == 0


def test_a_load_of_which_nothing_is_heard_is_settled_by_the_next_pass(ana: Purse) -> None:
    loaded = load(ana, "sandbox_timeout").json
    assert (loaded["state"], ana.has()) == ("pending", 0)

    ana.reconcile()

    assert (ana.get(f"loads/{loaded['id']}").json["state"], ana.entries()) == ("settled", [("load", 2_000, 2_000)])
    assert audited(ana.app)[0] == 0


def test_money_that_a_payment_brought_and_nobody_booked_is_found(ana: Purse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without what joins payments to wallets the audit says that somebody was charged for nothing."""
    monkeypatch.setitem(events.in_transaction, PaymentCaptured, [])
    load(ana)

    code, said = audited(ana.app)
    assert code == 1
    assert "payments brought 2000 USD, the ledger says 0" in said


def test_what_was_paid_for_something_else_is_not_the_wallets(session: Session, jane: Purse) -> None:
    told: Any = {
        "subject_id": uuid4(),
        "customer_id": jane.id,
        "purpose": "something",
        "purpose_id": uuid4(),
        "amount_minor": 5,
        "currency": "USD",
        "happened_at": clock.now(),
    }
    actions.follow_capture(session, payments.PaymentCaptured(**told))
    actions.follow_failure(session, payments.PaymentFailed(**told, reason="declined"))
    actions.follow_refund(session, payments.PaymentRefunded(**told, refund_id=uuid4()))
    actions.follow_failed_refund(session, payments.PaymentRefundFailed(**told, refund_id=uuid4(), reason="declined"))
    session.commit()
    assert jane.has() == 5_000


def test_a_card_that_is_somebody_elses_loads_nothing(jane: Purse, ana: Purse) -> None:
    body = {"amount": usd(1), "payment_method_id": jane.method()}
    assert ana.post("loads", body).status_code == 404
    assert ana.get("loads").json["data"] == []


def test_a_load_is_its_customers(client: FlaskClient, guest: dict[str, str], jane: Purse, ana: Purse) -> None:
    loaded = load(ana).json["id"]

    assert jane.get(f"loads/{loaded}").status_code == 404
    body, key = {"amount": usd(1), "payment_method_id": ana.method()}, {"Idempotency-Key": "k"}
    assert client.post("/v1/me/wallet/loads", json=body, headers=guest | key).status_code == 403
    assert client.post("/v1/me/wallet/loads", json=body, headers=key).status_code == 401


class TestAutoReload:
    """The customer's own rule."""

    def set(self, purse: Purse, version: int = 0, token: str = "sandbox_visa", **changes: Any) -> Any:
        """Load 20.00 below 10.00, up to 40.00 a week."""
        rule = {
            "threshold": usd(1_000),
            "amount": usd(2_000),
            "weekly_cap": usd(4_000),
            "payment_method_id": purse.method(token),
        }
        return purse.client.put(
            "/v1/me/wallet/auto-reload", json=rule | changes, headers=purse.headers | {"If-Match": f'"{version}"'}
        )

    def begun(self, purse: Purse) -> list[tuple[str, int]]:
        """Return state and amount of what was loaded by the rule, oldest first."""
        loads = purse.get("loads", limit=100).json["data"][::-1]
        return [(each["state"], each["amount"]["amount_minor"]) for each in loads if each["by"] == "auto_reload"]

    def test_it_is_set_read_changed_and_switched_off_by_version(self, ana: Purse) -> None:
        assert ana.get("auto-reload").json["is_on"] is False
        assert self.set(ana).json["version"] == 1
        assert self.set(ana).status_code == 412
        assert self.set(ana, 1, threshold=usd(500)).json["threshold"] == usd(500)
        off = ana.client.delete("/v1/me/wallet/auto-reload", headers=ana.headers | {"If-Match": '"2"'})
        assert off.status_code == 204
        assert ana.get("auto-reload").json == {
            "is_on": False,
            "threshold": None,
            "amount": None,
            "weekly_cap": None,
            "payment_method_id": None,
            "version": 3,
        }

    def test_amounts_that_do_not_fit_together_are_named(self, ana: Purse) -> None:
        jpy = {"amount_minor": 1_000, "currency": "JPY"}
        assert list(self.set(ana, threshold=jpy).json["errors"]) == ["threshold.currency"]
        assert list(self.set(ana, weekly_cap=usd(1_999)).json["errors"]) == ["weekly_cap.amount_minor"]

    def test_paying_below_the_threshold_loads_once_at_a_time_and_never_above_the_cap(self, jane: Purse) -> None:
        self.set(jane)
        jane.pay(4_000)
        assert self.begun(jane) == []  # 10.00 is not below 10.00
        jane.pay(1)
        jane.pay(1)
        assert self.begun(jane) == [("pending", 2_000)]  # one at a time

        for _ in range(2):
            jane.reconcile()
            jane.pay(jane.has())
        assert self.begun(jane) == [("settled", 2_000)] * 2  # the week's cap

        jane.load(100)
        jane.pay(100, now=clock.now() + timedelta(days=8))
        assert len(self.begun(jane)) == 3
        assert faults(jane.app) == []

    def test_a_load_counts_for_the_week_from_when_it_was_charged(self, jane: Purse) -> None:
        self.set(jane, weekly_cap=usd(2_000))
        jane.pay(4_500, now=clock.now() - timedelta(days=8))
        jane.reconcile()
        assert self.begun(jane) == [("settled", 2_000)]  # wanted long ago, charged now

        jane.pay(jane.has())
        assert len(self.begun(jane)) == 1

    def test_a_method_that_refused_rests_for_a_day(self, jane: Purse) -> None:
        self.set(jane, token="sandbox_declined")
        jane.pay(4_500)
        jane.reconcile()
        assert self.begun(jane) == [("failed", 2_000)]

        jane.pay(1)
        assert len(self.begun(jane)) == 1
        jane.pay(1, now=clock.now() + REST_AFTER_FAILURE + timedelta(minutes=1))
        assert len(self.begun(jane)) == 2

    def test_who_names_another_method_because_one_refused_is_loaded_at_once(self, jane: Purse) -> None:
        self.set(jane, token="sandbox_declined")
        jane.pay(4_500)
        jane.reconcile()

        self.set(jane, 1)
        jane.pay(1)
        jane.reconcile()
        assert self.begun(jane) == [("failed", 2_000), ("settled", 2_000)]

        self.set(jane, 2, token="sandbox_declined")
        jane.pay(jane.has())
        assert len(self.begun(jane)) == 2  # the one that refused still rests

    def test_no_coffee_waits_for_a_load_in_another_currency(self, jane: Purse) -> None:
        self.set(jane)
        jane.pay(4_500)
        jane.load(5_000, "JPY")
        jpy = {field: {"amount_minor": 3_000, "currency": "JPY"} for field in ("threshold", "amount", "weekly_cap")}
        assert self.set(jane, 1, **jpy).status_code == 200
        begun = len(self.begun(jane))

        jane.pay(4_000, currency="JPY")

        assert jane.has("JPY") == 1_000
        assert len(self.begun(jane)) == begun  # one at a time

    def test_no_coffee_waits_for_a_load_that_a_silent_provider_keeps_open(self, jane: Purse) -> None:
        self.set(jane)
        jane.pay(4_500)
        begun = len(self.begun(jane))

        jane.pay(1, now=clock.now() + timedelta(days=8))

        assert (jane.has(), len(self.begun(jane))) == (499, begun)

    def test_a_rule_needs_a_card_of_ones_own_and_is_off_when_that_is_gone(self, jane: Purse, ana: Purse) -> None:
        assert self.set(jane, payment_method_id=ana.method()).status_code == 404
        assert self.set(jane).status_code == 200
        ana.client.delete(f"/v1/me/payment-methods/{ana.method()}", headers=ana.headers)
        assert jane.get("auto-reload").json["is_on"] is True
        jane.client.delete(f"/v1/me/payment-methods/{jane.method()}", headers=jane.headers)
        off = jane.get("auto-reload").json
        assert (off["is_on"], off["version"]) == (False, 2)

    def test_no_coffee_waits_for_a_card_that_is_gone(self, jane: Purse) -> None:
        self.set(jane)
        gone = jane.client.delete(f"/v1/me/payment-methods/{jane.method()}", headers=jane.headers)
        assert gone.status_code == 204
        jane.pay(4_500)

        assert (jane.has(), self.begun(jane)) == (500, [])

    @settings(max_examples=50)
    @given(
        amount=st.integers(1, 50),
        cap=st.integers(1, 200),
        loaded=st.integers(0, 200),
        is_pending=st.booleans(),
        failed=st.none() | st.timedeltas(timedelta(0), timedelta(days=3)),
    )
    def test_what_is_due_never_passes_the_cap(
        self, amount: int, cap: int, loaded: int, is_pending: bool, failed: timedelta | None
    ) -> None:
        lately = Lately(
            loaded_minor=loaded, is_pending=is_pending, failed_at=NOW - failed if failed is not None else None
        )
        due = is_due(amount_minor=amount, weekly_cap_minor=cap, lately=lately, now=NOW)

        rested = failed is None or failed >= REST_AFTER_FAILURE
        assert due == (not is_pending and loaded + amount <= cap and rested)
