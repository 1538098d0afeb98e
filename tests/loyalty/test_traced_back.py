"""Every number of a month's statement is read back to the entries, lots and rules that made it, by reckoning alone."""

from __future__ import annotations

from typing import Any

from service import clock
from service.loyalty.rules.calendar import day_of

from .club import LONG_AGO, Club, programme
from .test_ordering import pick_up


def this_month(club: Club) -> dict[str, Any]:
    """Return the statement of the month it is in the programme's zone."""
    month = f"{day_of(clock.now(), 'America/New_York'):%Y-%m}"
    answer = club.send("GET", f"/statements/{month}")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json
    return shown


def stars_by_terms(club: Club, entry: dict[str, Any]) -> int:
    """Reckon what an order's entry says from the order's receipt and the published terms that the entry names."""
    terms = club.client.get(f"/v1/loyalty/programme/{entry['programme_version']}").json
    rules = {each["key"]: each for each in terms["accruals"]}
    rules |= {each["key"]: each["accrual"] for each in terms["promotions"]}
    rule = rules[entry["rule"]]
    lines = club.shop.show(entry["order_id"]).json["lines"]
    items = set(rule["item_ids"])
    mine = [line for line in lines if not items or line["item"]["id"] in items]
    if rule["categories"] == ["bakery"]:
        mine = [line for line in lines if line["item"]["name"] == "Croissant"]
    if rule["kind"] == "per_item":
        return int(rule["stars"] * sum(line["quantity"] for line in mine))
    return int(sum(line["total"]["amount_minor"] for line in mine) * rule["stars"] // rule["per_minor"])


def test_every_number_of_a_statement_is_read_back_to_its_entries_and_their_rules(club: Club) -> None:
    shop = club.shop
    club.send("PUT", "/promotions/white")
    before = shop.quote(shop.line(quantity=2), shop.line(shop.croissant)).json
    worse = programme(effective_on="2026-02-01", expiry={"months": 3, "grace_days": 7})
    worse["accruals"] = [{**worse["accruals"][0], "stars": 1}]
    pick_up(club, shop.place(before["id"]).json["id"])
    lots = club.lots()
    club.publish(worse, now=LONG_AGO)
    assert club.lots() == lots  # as they were
    paid = shop.quote(shop.line(), rewards=[{"reward": "off-1"}]).json
    pick_up(club, shop.place(paid["id"]).json["id"])
    cancelled = club.redeem().json["id"]
    club.send("POST", f"/redemptions/{cancelled}/cancellation")

    shown = this_month(club)

    for entry in shown["entries"]:
        assert entry["stars"] == sum(lot["stars"] for lot in entry["lots"])
        if entry["kind"] == "earned":
            assert entry["stars"] == stars_by_terms(club, entry), entry
    versions = [(each["rule"], each["programme_version"]) for each in shown["entries"] if each["kind"] == "earned"]
    assert versions == [("base", 1), ("oven", 1), ("white", 1), ("base", 2), ("white", 2)]
    totals: dict[str, int] = {}
    for entry in shown["entries"]:
        totals[entry["kind"]] = totals.get(entry["kind"], 0) + entry["stars"]
    assert {each["kind"]: each["stars"] for each in shown["totals"]} == totals
    assert set(totals) == {"earned", "redeemed", "returned"}
    assert shown["closing_stars"] == shown["opening_stars"] + sum(totals.values()) == club.stars()
    assert shown["qualifying_stars"] == sum(each["qualifying_stars"] for each in shown["entries"])
    left = {lot["id"]: lot["remaining"] for lot in club.lots()}
    moved: dict[str, int] = {}
    for lot in (lot for entry in shown["entries"] for lot in entry["lots"]):
        moved[lot["lot_id"]] = moved.get(lot["lot_id"], 0) + lot["stars"]
    assert moved == left


def test_stars_of_an_order_before_joining_are_claimed_by_its_receipt_at_once(club: Club) -> None:
    shop = club.shop
    order = shop.place(shop.quote(headers=club.other).json["id"], headers=club.other).json
    pick_up(club, order["id"])
    club.join(club.other)

    claim = club.send("POST", "/claims", headers=club.other, json={"receipt": order["id"]})

    assert (claim.status_code, claim.json["state"], claim.json["stars"]) == (201, "granted", 8)
    assert [(each["rule"], each["order_id"]) for each in club.entries(club.other)] == [("base", order["id"])]
    assert club.send("POST", "/claims", headers=club.other, json={"receipt": order["id"]}).status_code == 409
    club.expect_whole()
