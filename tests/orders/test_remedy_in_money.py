"""Money for a missed promise: by the store's table, chosen before, shown in the quote, given once."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from service import reactions
from service.db import say_run
from service.events import OutboxRow
from service.http.edge import Edge
from service.notifications.queries import story
from service.notifications.rules.wording import words_for
from service.orders.actions.facts import PromiseMissed
from service.orders.models import Order
from service.orders.rules import remedies as rules
from service.preferences.rules import Filled
from service.sources import CHOSEN
from service.stores import actions as stores
from service.stores.rules.remedies import remedy_steps, require_fair
from service.wallet import actions as wallet
from tests.factories import make_guest, sign_in_as
from tests.wallet.purse import audited

from .paying import WALLET, Payer
from .shop import Shop
from .test_promise_ledger import end_of, ledger, ready_at
from .test_races import THREADS, all_at_once, outcomes

TABLE = [
    {"late_minutes": 2, "percent": 20, "most_minor": 300},
    {"late_minutes": 10, "percent": 100, "most_minor": 400},
]
COSTS, FIFTH = 433, 87


def say_table(shop: Shop, steps: list[dict[str, int]] = TABLE) -> None:
    """Let the operator say the table of the shop's store."""
    shop.session.refresh(shop.store)
    version = shop.store.version
    stores.change_remedy_table(
        shop.session, store_id=shop.store.id, expected_version=version, steps=steps, now=shop.store.created_at
    )
    shop.session.commit()


@pytest.fixture
def payer(shop: Shop) -> Payer:
    """The shop's customer, with 20.00; the store gives money for a missed promise."""
    say_table(shop)
    payer = Payer(shop)
    payer.load(2_000)
    return payer


def late(payer: Payer, seconds: int, **basket: Any) -> Any:
    """Place an order and let it be ready so many seconds after its window; return it."""
    order = payer.placed(WALLET, remedy="money", **basket)
    payer.fire(order)
    ready_at(payer.shop, order["id"], end_of(order) + timedelta(seconds=seconds))
    return payer.shop.show(order["id"]).json


def remedies(payer: Payer) -> list[Any]:
    """Return the wallet's entries that make something good."""
    entries = payer.client.get("/v1/me/wallet/entries?currency=USD", headers=payer.headers).json["data"]
    return [each for each in entries if each["reason"] == "remedy"]


def test_a_quote_shows_how_much_by_when_and_whose_choice_it_is(payer: Payer) -> None:
    assert payer.shop.quote(remedy="money").json["remedy"] == {
        "kind": "money",
        "source": {"kind": "customer_choice"},
        "money": [
            {"late_minutes": 2, "amount": {"amount_minor": FIFTH, "currency": "USD"}},
            {"late_minutes": 10, "amount": {"amount_minor": 400, "currency": "USD"}},
        ],
    }
    said = payer.client.put(
        "/v1/me/preferences/remedy", json={"value": {"kind": "money"}}, headers=payer.headers | {"If-Match": '"0"'}
    )
    assert said.status_code == 200
    remedy = payer.shop.quote().json["remedy"]
    assert (remedy["source"]["kind"], remedy["source"]["preference"]) == ("customer_rule", "remedy")
    assert [each["amount"]["amount_minor"] for each in remedy["money"]] == [FIFTH, 400]


@pytest.mark.parametrize(("seconds", "given"), [(119, 0), (599, FIFTH), (600, 400)])
def test_who_waited_gets_what_was_shown_for_that_long(payer: Payer, seconds: int, given: int) -> None:
    order = late(payer, seconds)

    assert order["remedy"]["given"] == {"amount_minor": given, "currency": "USD"}
    assert payer.has() == (2_000 - COSTS + given,) * 2
    entries = [(each["purpose"], each["order_id"], each["amount"]["amount_minor"]) for each in remedies(payer)]
    assert entries == ([("remedy", order["id"], given)] if given else [])
    last = ledger(payer.shop, order["id"]).json["data"][-1]
    assert (last["kind"], last["remedy"], last["given"]) == (
        "missed",
        "money",
        {"amount_minor": given, "currency": "USD"} if given else None,
    )
    assert payer.receipt(order)["order"]["remedy"]["given"]["amount_minor"] == given
    page = payer.client.get(f"/v1/orders/{order['id']}/receipt", headers=payer.headers | {"Accept": "text/html"}).text
    assert ("For the wait" in page) is bool(given)
    payer.sound()


def test_a_promise_that_is_kept_gives_nothing(payer: Payer) -> None:
    order = late(payer, 0)

    assert (order["promise"]["outcome"], "given" in order["remedy"]) == ("kept", False)
    assert remedies(payer) == []


def test_a_later_table_changes_nothing_of_what_was_shown(payer: Payer) -> None:
    quote = payer.quote(remedy="money").json
    say_table(payer.shop, [])
    order = payer.shop.place(quote["id"]).json
    assert order["remedy"] == quote["remedy"]
    payer.fire(order)
    ready_at(payer.shop, order["id"], end_of(order) + timedelta(minutes=3))

    assert [each["amount"]["amount_minor"] for each in remedies(payer)] == [FIFTH]
    assert payer.shop.quote(remedy="money").status_code == 422


def test_a_recall_and_a_refund_after_it_leave_it_as_it_is(payer: Payer) -> None:
    order = late(payer, 200)
    for to in ("in_preparation", "ready", "picked_up"):
        assert payer.shop.move(order["id"], to).status_code == 200
    assert payer.shop.refund(order["id"], amount_minor=COSTS).status_code == 201

    assert len(remedies(payer)) == 1
    assert payer.has()[0] == 2_000 + FIFTH
    payer.sound()


def test_an_order_that_is_never_ready_is_given_back_and_gets_no_remedy(payer: Payer) -> None:
    order = payer.placed(WALLET, remedy="money")
    payer.fire(order)
    assert payer.shop.move(order["id"], "rejected", reason="oven broke").status_code == 200

    assert payer.has() == (2_000, 2_000)
    assert remedies(payer) == []


def test_where_there_is_none_who_chose_it_is_told_and_who_said_it_before_is_shown_nothing(
    shop: Shop, app: Edge, session: Session
) -> None:
    refused = shop.quote(remedy="money")
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["remedy"])
    said = shop.client.put(
        "/v1/me/preferences/remedy", json={"value": {"kind": "money"}}, headers=shop.customer | {"If-Match": '"0"'}
    )
    assert said.status_code == 200
    order = shop.placed()
    assert order["remedy"]["money"] == []
    shop.move(order["id"], "fired")
    ready_at(shop, order["id"], end_of(order) + timedelta(hours=1))
    assert shop.show(order["id"]).json["remedy"]["given"]["amount_minor"] == 0

    say_table(shop)
    guest = sign_in_as(app, make_guest(session))
    refused = shop.quote(remedy="money", headers=guest)
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["remedy"])
    assert audited(app) == (0, "The ledger holds.\n")


def test_it_is_told_in_words(payer: Payer) -> None:
    order = late(payer, 200)
    with payer.shop.app.database.reading() as session:
        row = session.scalars(sa.select(OutboxRow).where(OutboxRow.name == "PromiseMissed")).one()
        assert (row.payload["amount_minor"], row.payload["currency"]) == (FIFTH, "USD")
        assert "customer_id" not in row.payload
        whose = session.scalar(sa.select(Order.customer_id).where(Order.id == UUID(order["id"])))
        told = story.story_of(session, row, "promise_missed", customer_id=whose, now=payer.now)  # type: ignore[arg-type]
    assert told is not None
    assert words_for("promise_missed", told).body.endswith("missed it. $0.87 is in your wallet for that.")


# ---- once


def test_of_many_who_say_ready_at_once_one_is_heard_and_the_remedy_given_once(payer: Payer) -> None:
    order = payer.placed(WALLET, remedy="money")
    payer.fire(order)
    make_late(payer.shop, order["id"])

    answers = all_at_once(lambda _: payer.shop.move(order["id"], "ready"), THREADS)

    assert outcomes(answers)["200"] >= 1
    assert [each["amount"]["amount_minor"] for each in remedies(payer)] == [400]
    payer.sound()


def make_late(shop: Shop, order_id: str) -> None:
    """Let the order's window have ended an hour ago."""
    long_ago = datetime.fromisoformat(shop.show(order_id).json["placed_at"]) - timedelta(hours=2)
    with shop.app.database.writing.begin() as session:
        late = {"window_starts_at": long_ago, "window_ends_at": long_ago + timedelta(minutes=5)}
        session.execute(sa.update(Order).where(Order.id == UUID(order_id)).values(late))


def told_again(payer: Payer, order: Any) -> None:
    """Let the wallet hear of the missed promise once more."""
    with payer.shop.app.database.writing.begin() as session:
        say_run(session, 1, runs_again=True)
        row = session.get_one(Order, UUID(order["id"]))
        fact = PromiseMissed(
            subject_id=row.id,
            happened_at=payer.now,
            store_id=row.store_id,
            state="ready",
            version=row.version,
            window_starts_at=payer.now,
            remedy="money",
            late_seconds=200,
            amount_minor=FIFTH,
            currency="USD",
            customer_id=row.customer_id,
        )
        import_module("service.reactions.remedies").give_money(session, fact)


def test_told_twice_it_is_given_once(payer: Payer) -> None:
    order = late(payer, 200)
    told_again(payer, order)

    assert len(remedies(payer)) == 1
    payer.sound()


@pytest.mark.broken_on_purpose
def test_control_without_its_order_it_is_given_twice_and_the_audit_says_so(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = late(payer, 200)

    def anew(session: Session, **told: Any) -> None:
        wallet.give_remedy(session, **{**told, "order_id": uuid4()})

    monkeypatch.setattr(import_module("service.reactions.remedies"), "wallet", type("_", (), {"give_remedy": anew}))
    told_again(payer, order)

    assert len(remedies(payer)) == 2
    with payer.shop.app.database.reading() as session:
        (fault,) = reactions.remedy_faults(session)
    assert "its missed promise gave None, its wallet was given (87, 'USD')" in fault


STEPS = st.tuples(st.integers(0, 1_440), st.integers(1, 100), st.integers(1, 10**8))


@given(
    steps=st.lists(STEPS, max_size=10, unique_by=itemgetter(0)),
    total_minor=st.integers(0, 10**8),
    waits=st.lists(st.integers(0, 100_000), min_size=1),
)
@settings(max_examples=60, deadline=None)
def test_of_any_fair_table_a_longer_wait_gives_no_less_and_nothing_gives_more_than_the_order_cost(
    steps: list[tuple[int, int, int]], total_minor: int, waits: list[int]
) -> None:
    fair = zip(*(sorted(column) for column in zip(*steps, strict=True)), strict=True)
    table = remedy_steps({"late_minutes": late, "percent": part, "most_minor": most} for late, part, most in fair)
    require_fair(table)
    shown = {"money": rules.amounts_shown(table, total_minor=total_minor, currency="USD")}
    amounts = [rules.money_for(shown, wait) for wait in sorted(waits)]

    assert amounts == sorted(amounts)
    assert all(0 <= amount <= total_minor for amount in amounts)
    assert all(amount <= max(step.most_minor for step in table) for amount in amounts if table)


def test_it_is_the_last_step_that_was_reached() -> None:
    table = remedy_steps(TABLE)
    amounts = rules.amounts_shown(table, total_minor=1_000, currency="JPY")
    shown = rules.remedy_shown(Filled("money", CHOSEN), chosen=True, amounts=amounts)

    assert [rules.money_for(shown, seconds) for seconds in (0, 119, 120, 599, 600)] == [0, 0, 200, 200, 400]
    assert rules.money_for({"kind": "apology"}, 10_000) == 0
