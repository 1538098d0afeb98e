"""A month in which everything happens that can happen to stars: each number of its statement is read back over HTTP."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from service.loyalty import actions
from service.loyalty.rules.kinds import ENTRY_KINDS

from .club import LONG_AGO, NAMES_NOTHING, Club, programme

MERGED = {"merged_out", "merged_in"}
"""Kinds of entries of two accounts: test_mergers.py reads those back."""


ZONE = ZoneInfo("America/New_York")
CENTS = {"A": 1_000, "X": 700, "B": 500, "C": 1_200, "B left": 300}
Entry = dict[str, Any]


class Month:
    """March of a member; `orders` are the ids of their orders."""

    def __init__(self, club: Club) -> None:
        self.club, self.orders = club, {name: uuid4() for name in "ABCX"}
        self.mine, self.theirs = club.customer_id(), club.customer_id(club.other)

    def on(self, month: int, day: int, action: Any, **asked: Any) -> Any:
        """Do something at noon of a day of 2026."""
        with self.club.app.database.writing.begin() as session:
            return action(session, now=datetime(2026, month, day, 12, tzinfo=UTC), **asked)

    def do(self, day: int, action: Any, **asked: Any) -> Any:
        """Do something of the member's own in March."""
        return self.on(3, day, action, **{"customer_id": self.mine, **asked})

    def earn(self, month: int, day: int, order: str) -> None:
        basket = self.club.basket(CENTS[order], at=datetime(2026, month, day, 12, tzinfo=UTC))
        self.on(month, day, actions.award, customer_id=self.mine, order_id=self.orders[order], basket=basket)

    def give(self, day: int, stars: int, *, giver: UUID, taker: UUID | None) -> None:
        token = self.do(day, actions.offer_gift, customer_id=giver, stars=stars, message=None)["token"]
        if taker is not None:
            self.do(day, actions.accept_gift, customer_id=taker, token=token)
        else:
            self.on(3, day, actions.refuse_gift, token=token)

    def pass_by(self) -> None:
        """Let everything happen."""
        document = programme(accruals=NAMES_NOTHING["accruals"], promotions=[])
        shorter = {**document, "effective_on": "2026-01-10", "expiry": {"months": 1, "grace_days": 1}}
        fewer = [{**document["accruals"][0], "stars": 1}]
        for terms in (shorter, {**shorter, "effective_on": "2026-03-05", "accruals": fewer}):
            self.club.publish(terms, now=LONG_AGO)
        self.earn(1, 5, "A")
        basket = self.club.basket(300, at=datetime(2026, 3, 1, tzinfo=UTC))
        self.do(1, actions.award, customer_id=self.theirs, order_id=uuid4(), basket=basket)
        self.earn(2, 11, "X")
        self.earn(3, 2, "B")
        redeem = {"reward": "off-1", "lots": None, "from_pool": False}
        redemption = self.do(3, actions.redeem, **redeem)
        self.do(4, actions.cancel_redemption, redemption_id=redemption)
        self.earn(3, 6, "C")
        left = self.club.basket(CENTS["B left"], at=datetime(2026, 3, 2, 12, tzinfo=UTC))
        self.on(3, 7, actions.reverse, order_id=self.orders["B"], basket=left)
        self.do(8, actions.give_stars, stars=7, rule="remedy", order_id=self.orders["C"])
        self.do(8, actions.give_stars, stars=3, rule="claim", reason="The till was down.")
        self.give(9, 5, giver=self.mine, taker=None)
        self.give(9, 4, giver=self.mine, taker=self.theirs)
        self.give(9, 6, giver=self.theirs, taker=self.mine)
        member = self.club.member().id
        self.on(3, 12, actions.expire_stars, member_id=member)
        pool = self.do(13, actions.make_pool, name="Us", called="Jo", cap=15)
        token, _ = self.do(13, actions.invite, pool_id=pool)
        self.do(13, actions.join_pool, customer_id=self.theirs, token=token, called="Al", cap=0)
        self.do(13, actions.redeem, **{**redeem, "customer_id": self.theirs, "from_pool": True})
        self.do(14, actions.redeem, **redeem)
        self.do(30, actions.leave, stars="let_go", reward=None)
        self.on(4, 1, actions.join, customer_id=self.mine)

    def statement(self, month: str) -> dict[str, Any]:
        answer = self.club.send("GET", f"/statements/{month}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json
        return shown


@pytest.fixture
def month(club: Club) -> Month:
    """The month, passed by."""
    club.join(club.other)
    month = Month(club)
    month.pass_by()
    return month


def of_kind(shown: dict[str, Any], kind: str) -> list[Entry]:
    """Return the entries of a kind."""
    return [each for each in shown["entries"] if each["kind"] == kind]


def stars_of(terms: dict[str, Any], cents: int) -> int:
    """Reckon what the published rule gives."""
    (rule,) = terms["accruals"]
    return int(cents * rule["stars"] // rule["per_minor"])


def test_sums_of_a_month_in_which_everything_happens_are_those_of_its_entries(month: Month) -> None:
    january, february, shown, april = (month.statement(f"2026-{number:02}") for number in range(1, 5))

    assert {each["kind"] for each in shown["totals"]} == set(ENTRY_KINDS) - MERGED  # nothing else is left out
    totals = Counter[str]()
    for entry in shown["entries"]:
        assert entry["stars"] == sum(lot["stars"] for lot in entry["lots"])
        assert shown["begins_at"] <= entry["happened_at"] < shown["ends_at"]
        totals[entry["kind"]] += entry["stars"]
    assert {each["kind"]: each["stars"] for each in shown["totals"]} == totals
    assert january["opening_stars"] == 0
    for before, after in ((january, february), (february, shown), (shown, april)):
        assert before["closing_stars"] == before["opening_stars"] + sum(each["stars"] for each in before["entries"])
        assert after["opening_stars"] == before["closing_stars"]
    assert (april["closing_stars"], april["entries"]) == (month.club.stars(), [])
    month.club.expect_whole()


def test_every_star_of_it_names_the_terms_it_was_earned_under_and_every_lot_adds_up(month: Month) -> None:
    lots = {lot["id"]: lot for lot in month.club.lots()}
    left = Counter[str]()
    entries = [each for number in (1, 2, 3) for each in month.statement(f"2026-{number:02}")["entries"]]
    for entry in entries:
        for moved in entry["lots"]:
            assert moved["programme_version"] == lots[moved["lot_id"]]["programme_version"]
            left[moved["lot_id"]] += moved["stars"]

    assert left == {lot["id"]: lot["remaining"] for lot in lots.values()}
    assert {moved["programme_version"] for entry in entries for moved in entry["lots"]} == {1, 2, 3}
    csv = month.club.send("GET", "/statements/2026-03/csv").text.splitlines()
    assert csv[0].endswith("lot_id,lot_stars,lot_programme_version")
    assert len(csv) - 1 == sum(len(entry["lots"]) for entry in month.statement("2026-03")["entries"])


def test_every_entry_of_it_is_what_its_rule_or_what_it_refers_to_says(month: Month) -> None:
    club, shown = month.club, month.statement("2026-03")
    terms = {number: club.client.get(f"/v1/loyalty/programme/{number}").json for number in (1, 2, 3)}
    names = {str(order_id): name for name, order_id in month.orders.items()}

    for entry in of_kind(shown, "earned"):
        assert entry["stars"] == stars_of(terms[entry["programme_version"]], CENTS[names[entry["order_id"]]])
    (back,) = of_kind(shown, "reversed")
    under = terms[back["programme_version"]]
    assert (names[back["order_id"]], under["version"]) == ("B", 2)
    assert back["stars"] == stars_of(under, CENTS["B left"]) - stars_of(under, CENTS["B"])
    remedy, claim = of_kind(shown, "granted")
    assert (remedy["rule"], remedy["stars"]) == ("remedy", terms[remedy["programme_version"]]["remedy_stars"])
    assert (claim["rule"], claim["reason"], claim["stars"]) == ("claim", "The till was down.", 3)
    lots = {lot["id"]: lot for lot in club.lots()}
    own, came_back = of_kind(shown, "expired")  # of the four that were given, the receiver gave them again
    for entry in (own, came_back):
        (moved,) = entry["lots"]
        lot = lots[moved["lot_id"]]
        assert entry["happened_at"] == lot["expires_at"]
        day = (datetime.fromisoformat(lot["expires_at"]).astimezone(ZONE) - timedelta(seconds=1)).date()
        assert day == date(2026, 2 + terms[moved["programme_version"]]["expiry"]["months"], 11)
    assert names[lots[own["lots"][0]["lot_id"]]["order_id"]] == "X"


def test_what_it_says_of_rewards_and_gifts_is_what_these_say(month: Month) -> None:
    club, shown = month.club, month.statement("2026-03")
    redemptions = {each["id"]: each for each in club.send("GET", "/redemptions").json["data"]}
    gifts = {each["id"]: each for each in club.send("GET", "/gifts").json["data"]}
    first, for_pool, last = of_kind(shown, "redeemed")
    for entry in (first, last):
        assert (-entry["stars"], entry["rule"]) == (redemptions[entry["reference_id"]]["stars"], "off-1")
    assert (for_pool["reason"], for_pool["rule"], -for_pool["stars"]) == ("pool", None, 6)
    assert for_pool["reference_id"] not in redemptions  # nobody is told what another redeems
    for kind, undone in (("redeemed", "returned"), ("given", "given_back")):
        (back,) = of_kind(shown, undone)
        (out,) = [each for each in of_kind(shown, kind) if each["reference_id"] == back["reference_id"]]
        assert [(lot["lot_id"], -lot["stars"]) for lot in out["lots"]] == [
            (lot["lot_id"], lot["stars"]) for lot in back["lots"]
        ]
    for entry in (*of_kind(shown, "given"), *of_kind(shown, "received")):
        gift = gifts[entry["reference_id"]]
        assert abs(entry["stars"]) == gift["stars"]
        assert gift["role"] == ("giver" if entry["kind"] == "given" else "receiver")
    (let_go,) = of_kind(shown, "let_go")
    before = shown["entries"][: shown["entries"].index(let_go)]
    assert -let_go["stars"] == shown["opening_stars"] + sum(each["stars"] for each in before)


def test_the_tiers_number_is_that_of_the_entries_since_it_counts(month: Month) -> None:
    club = month.club
    entries = [each for number in (1, 2, 3) for each in month.statement(f"2026-{number:02}")["entries"]]
    (back,) = [each for each in entries if each["kind"] == "reversed"]
    (earned,) = [each for each in entries if each["kind"] == "earned" and each["order_id"] == back["order_id"]]
    assert (back["qualifies_at"], back["qualifying_stars"]) == (earned["qualifies_at"], back["stars"])

    tier = club.show()["tier"]

    counted = [each for each in entries if each["qualifies_at"] is not None and each["qualifies_at"] >= tier["since"]]
    assert tier["qualifying_stars"] == sum(each["qualifying_stars"] for each in counted)
    march = month.statement("2026-03")
    assert march["qualifying_stars"] == sum(each["qualifying_stars"] for each in march["entries"])
