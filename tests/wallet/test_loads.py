"""/v1/me/wallet/loads and …/auto-reload: money that a payment method brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from service import clock
from service.http.edge import Edge
from service.wallet import actions
from service.wallet.actions import join_payments
from service.wallet.rules.auto_reload import REST_AFTER_FAILURE, Lately, is_due
from tests.factories import NOW

from .purse import Port, Purse, faults, usd

METHOD = str(uuid4())


@dataclass
class Told:
    """A fact of the payment port."""

    purpose: str
    purpose_id: UUID
    happened_at: datetime
    amount_minor: int = 0
    reason: str = "declined"


def told(asked: dict[str, Any], **members: Any) -> Told:
    """Return what the port tells of what it was asked."""
    return Told(asked["purpose"], asked["purpose_id"], clock.now(), **members)


def test_a_load_is_in_the_wallet_once_it_was_charged(session: Session, port: Port, ana: Purse) -> None:
    load = ana.post("loads", {"amount": usd(2_000), "payment_method_id": METHOD})

    assert (load.status_code, load.json["state"], load.json["by"]) == (201, "pending", "customer")
    (asked,) = port.begun
    assert (str(asked["method_id"]), asked["amount"].amount_minor, asked["capture"]) == (METHOD, 2_000, True)
    assert ana.has() == 0
    for _ in range(2):  # also told twice
        actions.follow_capture(session, told(asked, amount_minor=2_000))
        session.commit()
    assert ana.entries() == [("load", 2_000, 2_000)]
    assert ana.get(f"loads/{load.json['id']}").json["state"] == "settled"
    assert [each["id"] for each in ana.get("loads").json["data"]] == [load.json["id"]]
    assert faults(ana.app) == []


def test_a_load_that_was_not_charged_says_why_and_brings_nothing(session: Session, port: Port, ana: Purse) -> None:
    load = ana.post("loads", {"amount": usd(2_000), "payment_method_id": METHOD}).json["id"]
    actions.follow_failure(session, told(port.begun[0]))
    actions.follow_capture(session, told(port.begun[0], amount_minor=2_000))  # can't be any more
    session.commit()

    shown = ana.get(f"loads/{load}").json
    assert (shown["state"], shown["reason"]) == ("failed", "declined")
    assert ana.has() == 0
    assert faults(ana.app) == []


def test_what_was_paid_for_something_else_is_not_the_wallets(session: Session, jane: Purse) -> None:
    other = Told("order", uuid4(), clock.now(), amount_minor=5)
    for follow in (actions.follow_capture, actions.follow_failure, actions.follow_refund):
        follow(session, other)
    session.commit()
    assert jane.has() == 5_000


def test_without_a_port_nothing_is_loaded(ana: Purse) -> None:
    join_payments(None)

    assert ana.post("loads", {"amount": usd(1), "payment_method_id": METHOD}).status_code == 503
    assert ana.get("loads").json["data"] == []


def test_a_load_is_its_customers(client: FlaskClient, guest: dict[str, str], jane: Purse, ana: Purse) -> None:
    load = ana.post("loads", {"amount": usd(1), "payment_method_id": METHOD}).json["id"]

    assert jane.get(f"loads/{load}").status_code == 404
    body, key = {"amount": usd(1), "payment_method_id": METHOD}, {"Idempotency-Key": "k"}
    assert client.post("/v1/me/wallet/loads", json=body, headers=guest | key).status_code == 403
    assert client.post("/v1/me/wallet/loads", json=body, headers=key).status_code == 401


class TestAutoReload:
    """The customer's own rule."""

    def set(self, purse: Purse, version: int = 0, **changes: Any) -> Any:
        """Load 20.00 below 10.00, up to 40.00 a week."""
        rule = {"threshold": usd(1_000), "amount": usd(2_000), "weekly_cap": usd(4_000), "payment_method_id": METHOD}
        return purse.client.put(
            "/v1/me/wallet/auto-reload", json=rule | changes, headers=purse.headers | {"If-Match": f'"{version}"'}
        )

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

    def test_paying_below_the_threshold_loads_once_at_a_time_and_never_above_the_cap(
        self, session: Session, port: Port, jane: Purse
    ) -> None:
        self.set(jane)
        port.begun.clear()
        jane.pay(4_000)
        assert port.begun == []  # 10.00 is not below 10.00
        jane.pay(1)
        jane.pay(1)
        assert [asked["amount"].amount_minor for asked in port.begun] == [2_000]  # one at a time
        assert jane.get("loads").json["data"][0]["by"] == "auto_reload"

        for _ in range(2):
            actions.follow_capture(session, told(port.begun[-1], amount_minor=2_000))
            session.commit()
            jane.pay(jane.has())
        assert len(port.begun) == 2  # the week's cap

        next_week = clock.now() + timedelta(days=8)
        jane.load(100)
        begun = len(port.begun)
        jane.pay(100, now=next_week)
        assert len(port.begun) == begun + 1

    def test_a_method_that_refused_rests_for_a_day(self, session: Session, port: Port, jane: Purse) -> None:
        self.set(jane)
        jane.pay(4_500)
        actions.follow_failure(session, told(port.begun[-1]))
        session.commit()
        begun = len(port.begun)

        jane.pay(1)
        assert len(port.begun) == begun
        jane.pay(1, now=clock.now() + REST_AFTER_FAILURE + timedelta(minutes=1))
        assert len(port.begun) == begun + 1

    def test_no_coffee_waits_for_a_load_in_another_currency(self, port: Port, jane: Purse) -> None:
        self.set(jane)
        jane.pay(4_500)
        jane.load(5_000, "JPY")
        jpy = {field: {"amount_minor": 3_000, "currency": "JPY"} for field in ("threshold", "amount", "weekly_cap")}
        assert self.set(jane, 1, **jpy).status_code == 200
        begun = len(port.begun)

        jane.pay(4_000, currency="JPY")

        assert jane.has("JPY") == 1_000
        assert len(port.begun) == begun  # one at a time

    def test_no_coffee_waits_for_a_load_that_a_silent_provider_keeps_open(self, port: Port, jane: Purse) -> None:
        self.set(jane)
        jane.pay(4_500)
        begun = len(port.begun)

        jane.pay(1, now=clock.now() + timedelta(days=8))

        assert (jane.has(), len(port.begun)) == (499, begun)

    def test_no_coffee_waits_for_a_port_that_is_gone(self, app: Edge, jane: Purse) -> None:
        self.set(jane)
        join_payments(None)
        jane.pay(4_500)

        assert jane.has() == 500

    @settings(max_examples=50, deadline=None)
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
