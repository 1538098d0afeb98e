"""/v1/me/wallet/cash-outs: money out of a wallet, to exactly nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from service import clock
from service.http.edge import Edge
from service.payments.driving import driver
from service.wallet.rules.cash_outs import Refundable, split
from tests.factories import make_staff, make_store, sign_in_as

from .purse import Purse, audited, faults, usd


def cash_out(purse: Purse, amount_minor: int | None = None, channel: str = "payment_method", **changes: Any) -> Any:
    """Cash out, all there is where no amount is named."""
    return purse.post("cash-outs", {"currency": "USD", "amount_minor": amount_minor, "channel": channel} | changes)


@pytest.mark.parametrize("remainder", [1, 99, 5_000])
def test_any_remainder_goes_back_to_where_it_came_from_to_exactly_nothing(jane: Purse, remainder: int) -> None:
    if remainder < 5_000:
        jane.pay(5_000 - remainder)

    made = cash_out(jane)

    assert (made.status_code, made.json["state"], made.json["amount"]) == (201, "paid", usd(remainder))
    (part,) = made.json["parts"]
    payment = jane.get(f"/v1/me/payments/{part['payment_id']}").json
    assert (part["state"], payment["refunded"]) == ("paid", usd(remainder))
    jane.reconcile()  # once, however often it is looked at
    assert (jane.has(), jane.get(f"cash-outs/{made.json['id']}").json) == (0, made.json)
    assert jane.entries()[-1] == ("cash_out", -remainder, 0)
    assert audited(jane.app)[0] == 0


def test_the_newest_load_gets_back_first_and_none_more_than_it_brought(ana: Purse) -> None:
    ana.load(1_000)
    ana.load(700)

    parts = cash_out(ana, 1_200).json["parts"]

    assert [(part["amount"]["amount_minor"], part["state"]) for part in parts] == [(700, "paid"), (500, "paid")]
    assert [part["amount"]["amount_minor"] for part in cash_out(ana).json["parts"]] == [500]
    assert audited(ana.app)[0] == 0


def test_what_no_method_brought_is_refused_and_paid_at_a_till(jane: Purse, ana: Purse) -> None:
    code = jane.post("/v1/gift-cards", {"amount": usd(300)}).json["code"]
    ana.post("/v1/me/gift-cards", {"code": code})

    refused = cash_out(ana)
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/nothing-to-give-back-to")
    assert refused.json["refundable"] == usd(0)
    assert ana.has() == 300
    assert cash_out(ana, channel="till").status_code == 201
    assert ana.has() == 0


def test_what_a_method_does_not_take_back_is_in_the_wallet_again(ana: Purse) -> None:
    ana.load(5_000, token="sandbox_refund_refused")
    made = cash_out(ana).json

    assert made["state"] == "returned"
    assert ana.entries()[-1] == ("cash_out_returned", 5_000, 5_000)
    entry = ana.get("entries", currency="USD").json["data"][0]
    assert (entry["purpose"], entry["purpose_id"]) == ("cash_out_part", made["parts"][0]["id"])
    assert cash_out(ana).status_code == 201  # it may go back after all
    assert audited(ana.app)[0] == 0


def test_a_cash_out_of_which_nothing_is_heard_is_settled_by_the_next_pass(ana: Purse) -> None:
    ana.load(5_000, token="sandbox_timeout")
    ana.reconcile()
    made = cash_out(ana).json
    assert (made["state"], ana.has()) == ("pending", 0)

    ana.reconcile()

    assert ana.get(f"cash-outs/{made['id']}").json["state"] == "paid"
    assert audited(ana.app)[0] == 0


def test_a_cash_out_of_more_loads_than_a_request_has_time_for_is_paid_by_the_next_pass(
    jane: Purse, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane.load(100)
    monkeypatch.setattr(driver, "ANSWERS_WITHIN", timedelta(0))
    made = cash_out(jane).json
    assert (made["state"], [each["state"] for each in made["parts"]]) == ("pending", ["pending"] * 2)

    jane.reconcile()

    assert jane.get(f"cash-outs/{made['id']}").json["state"] == "paid"
    assert audited(jane.app)[0] == 0


def test_more_than_there_is_or_nothing_is_refused(jane: Purse, ana: Purse) -> None:
    assert cash_out(jane, 5_001, "till").status_code == 402
    assert cash_out(ana).status_code == 402
    assert cash_out(ana, channel="till").json["available"] == usd(0)
    assert list(cash_out(jane, channel="bank").json["errors"]) == ["channel"]


class TestTill:
    """Over the counter of a store."""

    @pytest.fixture
    def store(self, app: Edge, session: Session) -> Any:
        """A store, and the headers of its barista."""
        store_id = make_store(session).id
        return store_id, sign_in_as(app, make_staff(session, store_id))

    def pay_out(self, client: FlaskClient, store: Any, code: str, amount: dict[str, Any]) -> Any:
        """Record that the till paid."""
        key = {"Idempotency-Key": str(uuid4())}
        body = {"code": code, "amount": amount}
        return client.post(f"/v1/stores/{store[0]}/cash-outs", json=body, headers=store[1] | key)

    def test_a_till_pays_against_the_code_once(self, client: FlaskClient, store: Any, jane: Purse) -> None:
        made = cash_out(jane, channel="till").json
        assert made["next_actions"] == ["withdraw"]
        wrong = self.pay_out(client, store, made["code"], usd(4_999))
        assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["amount"])

        paid = self.pay_out(client, store, made["code"], usd(5_000))

        assert (paid.status_code, paid.json["amount"]) == (201, usd(5_000))
        shown = jane.get(f"cash-outs/{made['id']}").json
        assert (shown["state"], shown["store_id"], shown["code"]) == ("paid", str(store[0]), None)
        assert self.pay_out(client, store, made["code"], usd(5_000)).status_code == 409
        assert jane.post(f"cash-outs/{made['id']}/withdrawal").status_code == 409
        assert jane.get("cash-outs").json["data"] == [shown]
        assert faults(jane.app) == []

    def test_what_no_till_paid_can_be_put_back(self, client: FlaskClient, store: Any, jane: Purse) -> None:
        made = cash_out(jane, 2_000, "till").json
        for _ in range(2):
            assert jane.post(f"cash-outs/{made['id']}/withdrawal").json["state"] == "withdrawn"

        assert jane.has() == 5_000
        assert self.pay_out(client, store, made["code"], usd(2_000)).status_code == 409
        assert faults(jane.app) == []

    def test_a_till_pays_nobody_of_its_own_and_in_its_own_money(
        self, app: Edge, session: Session, client: FlaskClient, store: Any, jane: Purse
    ) -> None:
        own = Purse(app, session)
        session.add(_barista(own, store[0]))
        session.commit()
        own.load(100)
        made = cash_out(own, channel="till").json
        refused = self.pay_out(client, (store[0], own.headers), made["code"], usd(100))
        assert (refused.status_code, refused.json["type"]) == (403, "/problems/own-cash-out")

        jane.load(300, "JPY")
        yen = cash_out(jane, channel="till", currency="JPY").json
        foreign = self.pay_out(client, store, yen["code"], yen["amount"])
        assert list(foreign.json["errors"]) == ["amount.currency"]

    def test_a_code_that_is_none_is_told(self, client: FlaskClient, store: Any, jane: Purse) -> None:
        made = cash_out(jane, channel="till").json
        mistyped = ("1" if made["code"][0] != "1" else "2") + made["code"][1:]
        assert list(self.pay_out(client, store, mistyped, usd(1)).json["errors"]) == ["code"]
        assert jane.post(f"cash-outs/{made['id']}/withdrawal").status_code == 200
        assert self.pay_out(client, store, "0000-0000-01", usd(1)).status_code in {404, 422}

    def test_it_is_for_the_stores_own_staff(
        self, app: Edge, session: Session, client: FlaskClient, store: Any, jane: Purse, guest: dict[str, str]
    ) -> None:
        made = cash_out(jane, channel="till").json
        elsewhere = sign_in_as(app, make_staff(session, make_store(session).id, "manager"))
        for headers, status in ((guest, 403), (jane.headers, 403), (elsewhere, 403), ({}, 401)):
            assert self.pay_out(client, (store[0], headers), made["code"], usd(5_000)).status_code == status


def _barista(purse: Purse, store_id: Any) -> Any:
    from service.accounts.models import StaffMembership

    return StaffMembership(person_id=purse.id, store_id=store_id, role="barista", granted_at=clock.now())


def test_a_cash_out_is_its_customers(client: FlaskClient, guest: dict[str, str], jane: Purse, ana: Purse) -> None:
    made = cash_out(jane, 1, "till").json["id"]

    assert ana.get(f"cash-outs/{made}").status_code == 404
    assert ana.post(f"cash-outs/{made}/withdrawal").status_code == 404
    assert client.get(f"/v1/me/wallet/cash-outs/{made}", headers=guest).status_code == 404
    assert client.get(f"/v1/me/wallet/cash-outs/{made}").status_code == 401


@settings(max_examples=50, deadline=None)
@given(amount=st.integers(1, 500), loads=st.lists(st.integers(0, 200), max_size=6))
def test_a_cash_out_is_split_without_losing_or_overpaying_anything(amount: int, loads: list[int]) -> None:
    refundable = [Refundable(uuid4(), most) for most in loads]

    parts = split(amount, refundable)

    most = {load.load_id: load.amount_minor for load in refundable}
    assert sum(part.amount_minor for part in parts) == min(amount, sum(loads))
    assert all(0 < part.amount_minor <= most[part.load_id] for part in parts)
