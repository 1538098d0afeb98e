"""GET /v1/me/wallet and its entries."""

from __future__ import annotations

import csv
import io
from uuid import uuid4

from flask.testing import FlaskClient

from .purse import Purse


def test_a_wallet_that_was_never_used_is_empty(ana: Purse) -> None:
    assert ana.get().json == {"balances": []}
    assert ana.get("entries", currency="USD").json == {"data": [], "next_cursor": None}


def test_a_wallet_is_of_every_currency_by_itself(jane: Purse) -> None:
    jane.load(300, "JPY")

    shown = jane.get().json["balances"]
    assert [(each["currency"], each["available"]["amount_minor"]) for each in shown] == [("JPY", 300), ("USD", 5_000)]
    assert jane.entries("JPY") == [("load", 300, 300)]


def test_every_entry_has_its_reason_and_the_balance_after_it(jane: Purse) -> None:
    order = uuid4()
    jane.pay(1_250, order)

    entry, first = jane.get("entries", currency="USD").json["data"]
    assert (entry["number"], first["number"]) == (2, 1)
    assert (entry["reason"], entry["purpose"], entry["purpose_id"]) == ("payment", "order", str(order))
    assert entry["amount"] == {"amount_minor": -1_250, "currency": "USD"}
    assert entry["balance"] == {"amount_minor": 3_750, "currency": "USD"}


def test_pages_of_entries_stay_as_they_are_while_new_ones_come(jane: Purse) -> None:
    for amount in range(1, 6):
        jane.pay(amount)
    seen, cursor = [], None
    while True:
        page = jane.get("entries", currency="USD", limit=2, **({"cursor": cursor} if cursor else {})).json
        seen += [entry["number"] for entry in page["data"]]
        jane.load(1)
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == [6, 5, 4, 3, 2, 1]


def test_entries_can_be_taken_along_as_a_table(jane: Purse) -> None:
    jane.pay(1_250)

    answer = jane.get("entries.csv", currency="USD")
    assert answer.mimetype == "text/csv"
    heading, *rows = csv.reader(io.StringIO(answer.text))
    assert heading[0] == "number"
    assert [(row[0], row[2], row[6:]) for row in rows] == [
        ("1", "load", ["5000", "5000", "USD"]),
        ("2", "payment", ["-1250", "3750", "USD"]),
    ]
    later = jane.get("entries.csv", currency="USD", after=1).text.splitlines()
    assert len(later) == 2


def test_a_cursor_or_a_currency_that_is_none_is_named(jane: Purse) -> None:
    assert list(jane.get("entries", currency="USD", cursor="x").json["errors"]) == ["cursor"]
    assert list(jane.get("entries", currency="usd").json["errors"]) == ["currency"]
    assert list(jane.get("entries").json["errors"]) == ["currency"]


def test_a_guest_has_a_wallet_of_their_own_and_nobody_sees_anothers(
    client: FlaskClient, guest: dict[str, str], jane: Purse, ana: Purse
) -> None:
    for path in ("", "/entries?currency=USD", "/entries.csv?currency=USD"):
        assert client.get(f"/v1/me/wallet{path}", headers=guest).status_code == 200
        assert client.get(f"/v1/me/wallet{path}").status_code == 401
    assert ana.get().json == client.get("/v1/me/wallet", headers=guest).json == {"balances": []}
