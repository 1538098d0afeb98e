"""GET /v1/me/wallet/statements/{month}: a month that adds up, and whose numbers are read back to their entries."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from service import clock
from service.money import Money
from service.wallet import actions
from service.wallet.queries import statements
from tests.orders.paying import WALLET, Payer
from tests.orders.shop import Shop

from .purse import Purse, usd

FIRST = datetime(2026, 3, 1, tzinfo=UTC)


def month(purse: Purse, name: str, currency: str = "USD", **query: Any) -> Any:
    """Read a month's statement."""
    return purse.get(f"statements/{name}", currency=currency, **query)


def has_paid(purse: Purse) -> None:
    """Pay in three months, twice at the edge of one."""
    for amount, at in (
        (10, FIRST - timedelta(days=20)),
        (20, FIRST - timedelta(microseconds=1)),
        (30, FIRST),
        (40, FIRST + timedelta(days=30)),
        (50, datetime(2026, 4, 1, tzinfo=UTC)),
    ):
        purse.pay(amount, now=at)


@pytest.fixture
def old(ana: Purse) -> Purse:
    """Ana, who was given 10.00 in January and paid in February, March and April."""
    with ana.app.database.writing.begin() as session:
        actions.give_remedy(
            session,
            customer_id=ana.id,
            amount=Money(1_000, "USD"),
            order_id=uuid4(),
            now=datetime(2026, 1, 15, tzinfo=UTC),
        )
    has_paid(ana)
    return ana


def amounts(shown: Any) -> list[int]:
    """Return the amounts of a statement's entries."""
    return [each["amount"]["amount_minor"] for each in shown["entries"]]


def test_a_month_begins_with_what_the_last_one_ended_with_and_every_number_has_its_entries(old: Purse) -> None:
    closing = 0
    for name, moved in (
        ("2025-12", []),
        ("2026-01", [1_000]),
        ("2026-02", [-10, -20]),
        ("2026-03", [-30, -40]),
        ("2026-04", [-50]),
        ("2026-05", []),
    ):
        shown = month(old, name).json
        assert (shown["opening"]["amount_minor"], amounts(shown)) == (closing, moved)
        closing += sum(moved)
        assert shown["closing"]["amount_minor"] == closing
        running = [shown["opening"]["amount_minor"], *(each["balance"]["amount_minor"] for each in shown["entries"])]
        assert [after - before for before, after in pairwise(running)] == moved
        assert sum(each["amount"]["amount_minor"] for each in shown["totals"]) == sum(moved)
        assert shown["goes_on_after"] is None
    assert closing == old.has()


def test_a_month_is_of_utc_or_of_the_zone_that_is_asked_for(old: Purse) -> None:
    assert amounts(month(old, "2026-03").json) == [-30, -40]
    there = month(old, "2026-03", timezone="Pacific/Auckland").json
    assert (amounts(there), there["begins_at"]) == ([-20, -30, -40], "2026-02-28T11:00:00Z")
    here = month(old, "2026-02", timezone="America/New_York").json
    assert (amounts(here), here["opening"]["amount_minor"]) == ([-10, -20, -30], 1_000)


def test_a_clock_that_went_back_moves_no_entry_out_of_its_place(old: Purse) -> None:
    old.pay(60, now=FIRST + timedelta(days=3))  # the last one, and said to be of March

    march, april = month(old, "2026-03").json, month(old, "2026-04").json
    assert amounts(march) == [-30, -40, -50, -60]
    assert (amounts(april), april["opening"], april["closing"]) == ([], march["closing"], march["closing"])


def test_a_statement_is_a_table_too(old: Purse) -> None:
    answer = old.get("statements/2026-03/csv", currency="USD")

    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["reason"], row["amount_minor"], row["balance_minor"]) for row in rows] == [
        ("opening", "", "970"),
        ("payment", "-30", "940"),
        ("payment", "-40", "900"),
        ("closing", "", "900"),
    ]


def test_a_month_of_more_entries_than_fit_still_closes_right_and_says_where_it_goes_on(
    old: Purse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "MOST_IN_A_MONTH", 1)
    shown = month(old, "2026-03").json

    assert (amounts(shown), shown["closing"]["amount_minor"]) == ([-30], 900)
    assert shown["totals"] == [{"reason": "payment", "amount": usd(-70)}]  # of all of them
    rest = old.get("entries.csv", currency="USD", after=shown["goes_on_after"]).text.splitlines()
    assert rest[1].split(",")[6] == "-40"
    table = csv.DictReader(io.StringIO(month(old, "2026-03/csv").text))
    assert [(row["number"], row["reason"]) for row in table][2:] == [
        (str(shown["goes_on_after"]), "goes_on_after"),
        ("", "closing"),
    ]


def test_an_entry_names_the_order_that_it_was_for_and_that_of_what_came_back(shop: Shop) -> None:
    payer = Payer(shop)
    payer.load(2_000)
    order = payer.placed(WALLET)
    payer.fire(order)
    assert shop.refund(order["id"], amount_minor=100).status_code == 201

    name = f"{clock.now():%Y-%m}"
    path = f"/v1/me/wallet/statements/{name}?currency=USD"
    entries = payer.client.get(path, headers=payer.headers).json["entries"]

    assert [(each["reason"], each["order_id"]) for each in entries] == [
        ("load", None),
        ("payment", order["id"]),
        ("refund", order["id"]),
    ]
    listed = payer.client.get("/v1/me/wallet/entries?currency=USD", headers=payer.headers).json["data"]
    assert listed == entries[::-1]


def test_an_order_is_told_to_nobody_else(shop: Shop) -> None:
    payer, other = Payer(shop), Payer(shop, shop.other)
    payer.load(2_000)
    order = payer.placed(WALLET)
    payer.fire(order)
    path = f"/v1/me/wallet/statements/{clock.now():%Y-%m}?currency=USD"

    assert other.client.get(path, headers=other.headers).json["entries"] == []


@pytest.mark.parametrize("name", ["2026-13", "2026-00", "26-03", "2026-3", "1999-12", "٢٠٢٦-٠٣"])
def test_what_is_no_month_is_named(jane: Purse, name: str) -> None:
    assert list(month(jane, name).json["errors"]) == ["month"]
    assert list(jane.get(f"statements/{name}/csv", currency="USD").json["errors"]) == ["month"]


def test_a_zone_or_a_currency_that_is_none_is_named_and_strangers_see_none(jane: Purse, client: FlaskClient) -> None:
    assert list(month(jane, "2026-03", timezone="Mars/Olympus").json["errors"]) == ["timezone"]
    assert list(month(jane, "2026-03", currency="usd").json["errors"]) == ["currency"]
    for tail in ("", "/csv"):
        path = f"/v1/me/wallet/statements/2026-03{tail}?currency=USD"
        assert client.get(path).status_code == 401
