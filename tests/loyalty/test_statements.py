"""Every number can be read back to its entries; the audit proves the ledger, and finds each fault that is planted."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from service import clock
from service.loyalty import actions, queries
from service.loyalty.models import StarLot
from tests.conftest import _without_triggers
from tests.factories import make_guest, sign_in_as

from .club import Club


def test_a_months_statement_adds_up_and_names_what_made_each_star(club: Club) -> None:
    club.earn(20, ago=timedelta(days=40))
    order_id = club.earn(6)
    club.redeem()
    month = f"{clock.now().astimezone(ZoneInfo('America/New_York')):%Y-%m}"

    shown = club.send("GET", f"/statements/{month}").json

    assert (shown["opening_stars"], shown["closing_stars"]) == (20, 16)
    assert shown["closing_stars"] == shown["opening_stars"] + sum(each["stars"] for each in shown["entries"])
    assert {each["kind"]: each["stars"] for each in shown["totals"]} == {"earned": 6, "redeemed": -10}
    earned = shown["entries"][0]
    assert (earned["order_id"], earned["label"], earned["programme_version"]) == (str(order_id), "2 stars a dollar", 1)
    assert all(each["stars"] == sum(lot["stars"] for lot in each["lots"]) for each in shown["entries"])
    rows = list(csv.DictReader(io.StringIO(club.send("GET", f"/statements/{month}/csv").text)))
    assert [int(row["lot_stars"]) for row in rows] == [6, -10]
    assert "month" in club.send("GET", "/statements/2026-13").json["errors"]


def test_what_has_expired_is_in_the_statement_from_that_instant_on_whoever_enters_it_when(club: Club) -> None:
    for stars, days in ((10, 100), (6, 100), (4, 60)):
        club.earn(stars, ago=timedelta(days=days))
    mine, ends = club.member().id, [datetime.fromisoformat(lot["expires_at"]) for lot in club.lots()]
    assert ends[0] == ends[1] < ends[2]
    second, later = timedelta(seconds=1), ends[2] + timedelta(days=40)

    def read(of: datetime, now: datetime) -> Any:
        month = f"{of.astimezone(ZoneInfo('America/New_York')):%Y-%m}"
        with club.app.database.reading() as session:
            return queries.statement(session, member_id=mine, month=month, now=now)

    before, unwritten = read(ends[0], ends[0] - second), [read(ends[0], ends[0]), read(later, later)]
    assert (before["closing_stars"], before["entries"]) == (20, [])
    assert (unwritten[0]["opening_stars"], unwritten[0]["closing_stars"]) == (20, 4)
    assert unwritten[0]["totals"] == [{"kind": "expired", "stars": -16}]
    assert [(each["number"], each["happened_at"]) for each in unwritten[0]["entries"]] == [(4, ends[0]), (5, ends[0])]
    assert (unwritten[1]["opening_stars"], unwritten[1]["closing_stars"]) == (0, 0)

    for now in (ends[0] + timedelta(hours=1), later):
        with club.app.database.writing.begin() as session:
            assert actions.expire_stars(session, member_id=mine, now=now)

    assert [read(ends[0], ends[0]), read(later, later)] == unwritten
    club.expect_whole()


def test_a_lot_that_has_no_stars_left_says_what_became_of_the_last_ones(club: Club) -> None:
    expiring = str(club.earn(2, ago=timedelta(days=170)))
    redeemed, given, refunded, kept = (str(club.earn(10, ago=timedelta(days=days))) for days in (4, 3, 2, 1))

    def states() -> dict[str, str]:
        return {lot["order_id"]: lot["state"] for lot in club.send("GET", "/lots").json["data"]}

    def lot_of(order_id: str) -> str:
        return next(str(lot["id"]) for lot in club.lots() if lot["order_id"] == order_id)

    club.redeem(lots=[lot_of(redeemed)])
    club.send("POST", "/gifts", json={"stars": 12})  # what expires first, and then what was earned first
    assert states()[expiring] == "given"
    club.send("DELETE", f"/gifts/{club.send('GET', '/gifts').json['data'][0]['id']}")
    with club.app.database.writing.begin() as session:
        session.execute(sa.update(StarLot).where(StarLot.order_id == UUID(expiring)).values(expires_at=clock.now()))
    assert states()[expiring] == "expired"
    club.send("POST", "/gifts", json={"stars": 10})  # enters before it what has expired
    club.refund(UUID(refunded), left=0)

    assert states() == {
        expiring: "expired",
        redeemed: "spent",
        given: "given",
        refunded: "reversed",
        kept: "available",
    }
    club.send("DELETE", "?stars=let_go")
    assert states()[kept] == "let_go"
    club.expect_whole()


def test_entries_come_in_pages_and_since_a_cursor_and_as_csv(club: Club) -> None:
    for _ in range(3):
        club.earn(2)
    first = club.send("GET", "/entries?limit=2").json
    rest = club.send("GET", f"/entries?limit=2&cursor={first['next_cursor']}").json
    assert [each["number"] for each in first["data"] + rest["data"]] == [3, 2, 1]

    seen = club.send("GET", "/entries/changes?limit=2").json
    assert [each["number"] for each in seen["data"]] == [1, 2]
    club.earn(2)
    more = club.send("GET", f"/entries/changes?since={seen['next_cursor']}").json
    assert [each["number"] for each in more["data"]] == [3, 4]
    assert club.send("GET", f"/entries/changes?since={more['next_cursor']}").json["data"] == []
    assert list(club.send("GET", "/entries/changes?since=yesterday").json["errors"]) == ["since"]
    answer = club.send("GET", "/entries.csv")
    assert (answer.mimetype, len(answer.text.strip().splitlines())) == ("text/csv", 5)


def test_nobody_sees_anothers_stars_and_guests_can_not_join(club: Club) -> None:
    club.earn(2)
    club.join(club.other)
    assert club.entries(club.other) == []
    for path in ("", "/entries", "/lots", "/forecast", "/redemptions", "/gifts", "/pools", "/claims"):
        assert club.client.get(f"/v1/me/loyalty{path}").status_code == 401
    guest = sign_in_as(club.app, make_guest(club.session))
    assert club.client.put("/v1/me/loyalty", headers=guest).status_code == 403


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("UPDATE loyalty_lots SET remaining = remaining - 1 WHERE remaining > 0", "lot"),
        ("UPDATE loyalty_entries SET stars = stars + 1 WHERE number = 1", "entry 1"),
        ("UPDATE loyalty_movements SET stars = stars + 1 WHERE number = 1", "lot"),
        ("UPDATE loyalty_members SET entries = entries + 1", "member"),
        ("UPDATE loyalty_redemptions SET stars = 11", "redemption"),
        ("UPDATE loyalty_redemptions SET state = 'cancelled'", "redemption"),
        ("UPDATE loyalty_gifts SET state = 'accepted', receiver_id = giver_id, ended_at = offered_at", "gift"),
        ("UPDATE loyalty_reward_stock SET units_left = 0", "reward last"),
    ],
)
def test_the_audit_finds_what_somebody_planted(club: Club, fault: str, said: str) -> None:
    club.earn(20)
    club.redeem()
    club.send("POST", "/gifts", json={"stars": 2})
    club.expect_whole()
    with club.app.database.engine.begin() as connection:
        if club.app.database.is_postgresql:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        with _without_triggers(connection, {fault.split()[1]}):
            connection.execute(sa.text(fault))

    with club.app.database.reading() as session:
        found = queries.audit(session)
    assert any(each.startswith(said) for each in found), found
