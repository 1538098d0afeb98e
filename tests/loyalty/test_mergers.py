"""Bringing one account into another: nothing is lost, renewed, earned twice or shown to whom it is not for."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service import clock
from service.loyalty import actions, queries
from service.loyalty.errors import NothingToMerge
from service.loyalty.models import Member, Merger, MergerConsent, StarEntry
from service.worker import Worker
from tests.conftest import _without_triggers
from tests.factories import make_customer, make_operator, sign_in_as

from .club import Club
from .merging import Two
from .test_ordering import pick_up
from .test_remedies import ready_late


@pytest.fixture
def two(club: Club) -> Two:
    """Two accounts, both in the programme."""
    return Two(club)


TERMS = ("id", "stars", "remaining", "programme_version", "rule", "order_id", "earned_at", "available_at", "expires_at")


def terms(lots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what of lots stays as it was."""
    return [{name: lot[name] for name in TERMS} for lot in lots]


def test_every_star_comes_over_with_its_terms_and_both_statements_tell_it(two: Two) -> None:
    club = two.club
    club.earn(14, ago=timedelta(days=30))
    order_id = club.earn(10, ago=timedelta(days=3))
    club.earn(8, headers=two.new)
    before = terms(two.lots(two.old))
    assert club.show(two.new)["tier"]["current"]["key"] == "chick"

    merged = two.merge()

    assert (merged["role"], merged["stars"], merged["qualifying_stars"]) == (
        "stays",
        {"available": 24, "pending": 0},
        24,
    )
    assert (merged["tier_before"], merged["tier_after"]) == ("chick", "lark")
    assert terms(two.lots(two.new))[:2] == before
    tier = club.show(two.new)["tier"]
    assert (club.stars(two.new), tier["qualifying_stars"], tier["current"]["key"]) == (32, 32, "lark")
    assert club.send("GET").json["type"] == "/problems/not-joined"
    assert two.kinds(two.old) == [("earned", 14), ("earned", 10), ("merged_out", -24), *[("merged_out", 0)] * 2]
    assert two.kinds(two.new) == [("earned", 8), ("merged_in", 24), *[("merged_in", 0)] * 2]
    entered = club.entries(two.new)[1]
    assert (entered["reference_id"], entered["reason"], entered["order_id"]) == (merged["id"], "merger", None)
    assert [each["qualifying_stars"] for each in club.entries(two.new)[2:]] == [14, 10]
    given_up = club.send("GET", "/mergers").json["data"]
    assert [(each["id"], each["role"], each["tier_after"]) for each in given_up] == [(merged["id"], "given_up", None)]
    assert club.send("GET", "/mergers", headers=two.new).json["data"] == [merged]
    month = f"{clock.now():%Y-%m}"
    assert club.send("GET", f"/statements/{month}").json["closing_stars"] == 0
    assert club.client.get(f"/v1/orders/{order_id}", headers=two.new).status_code == 404
    club.expect_whole()


def test_the_preview_says_what_the_merger_does_and_changes_nothing(two: Two) -> None:
    club = two.club
    club.earn(30, ago=timedelta(days=2))
    club.redeem()
    club.send("POST", "/gifts", json={"stars": 4})
    club.send("POST", "/claims", json={"receipt": str(uuid4())})
    club.send("PUT", "/promotions/white")
    club.send("POST", "/pools", json={"name": "Us", "called": "Jo", "cap": 3})
    token = two.consent()

    previews = [club.send("POST", "/mergers/preview", json={"token": token}, headers=two.new) for _ in range(2)]
    assert previews[0].status_code == 200, previews[0].text
    assert previews[0].json == previews[1].json
    preview = previews[0].json
    (lot,) = preview.pop("lots")
    assert (lot["stars"], lot["expires_at"]) == (16, two.lots(two.old)[0]["expires_at"])
    assert preview["stays_behind"] == {"pool": True, "redemptions_in_orders": 0}
    assert [len(preview[name]) for name in ("redemptions", "gifts", "claims", "promotions")] == [1, 1, 1, 1]
    assert club.stars() == 16

    merged = two.redeem(token).json
    assert {name: merged[name] for name in preview} == preview
    assert [each["opted_in_at"] is not None for each in club.show(two.new)["promotions"]] == [True]
    assert club.send("GET", "/pools", headers=two.new).json["data"] == []
    club.expect_whole()


def test_an_account_is_brought_over_once_and_only_with_its_customers_word(two: Two) -> None:
    club = two.club
    club.earn(10)
    never = two.redeem("never given")
    assert (never.status_code, never.json["type"]) == (409, "/problems/nothing-to-merge")
    assert two.redeem(two.consent(), two.old).json["type"] == "/problems/nothing-to-merge"  # its own
    first, second = two.consent(), two.consent()
    assert two.redeem(first).json["type"] == "/problems/nothing-to-merge"  # a newer one is there
    assert club.send("DELETE", "/mergers/consent").status_code == 204
    assert two.redeem(second).json["type"] == "/problems/nothing-to-merge"
    third = two.consent()
    stranger = sign_in_as(club.app, make_customer(club.session))
    assert two.redeem(third, stranger).json["type"] == "/problems/not-joined"
    assert club.send("POST", "/mergers/consent", headers=stranger).json["type"] == "/problems/not-joined"
    assert club.send("GET", "/mergers", headers=stranger).json["type"] == "/problems/not-joined"
    for path in ("/mergers", "/mergers/preview", "/mergers/consent"):
        assert club.client.post(f"/v1/me/loyalty{path}", json={"token": third}).status_code == 401

    assert two.redeem(third).status_code == 201
    assert two.redeem(third).json["type"] == "/problems/nothing-to-merge"
    assert (club.stars(two.new), club.send("GET").status_code) == (10, 409)
    club.expect_whole()


def test_a_consent_ends_after_a_quarter_of_an_hour_and_with_the_membership(two: Two) -> None:
    club, token = two.club, two.consent()
    mine = club.customer_id(two.new)
    with club.app.database.writing() as session, pytest.raises(NothingToMerge):
        actions.merge(session, customer_id=mine, token=token, now=clock.now() + timedelta(minutes=15, seconds=1))

    club.send("DELETE")
    assert two.redeem(token).json["type"] == "/problems/nothing-to-merge"


def test_a_held_redemption_comes_over_and_its_stars_go_back_to_their_lots(two: Two) -> None:
    club = two.club
    club.earn(10, ago=timedelta(days=20))
    redemption_id = club.redeem().json["id"]
    before = terms(two.lots(two.old))

    two.merge()

    assert club.send("GET", f"/redemptions/{redemption_id}").status_code == 404
    cancelled = club.send("POST", f"/redemptions/{redemption_id}/cancellation", headers=two.new)
    assert (cancelled.json["state"], club.stars(two.new)) == ("cancelled", 10)
    assert terms(two.lots(two.new)) == [before[0] | {"remaining": 10}]
    club.expect_whole()


def test_a_redemption_in_an_order_stays_in_it_and_comes_back_to_the_account_that_stays(two: Two) -> None:
    club, shop = two.club, two.club.shop
    club.earn(10)
    redemption_id = club.redeem().json["id"]
    order = shop.placed(shop.line(), rewards=[{"redemption_id": redemption_id}])

    assert two.merge()["stays_behind"]["redemptions_in_orders"] == 1

    assert club.send("GET", "/redemptions", headers=two.new).json["data"] == []
    assert shop.cancel(order["id"]).status_code == 200
    assert (club.stars(two.new), two.kinds(two.new)[-1]) == (10, ("returned", 10))
    club.expect_whole()


def test_open_gifts_come_over_and_nobody_renews_stars_by_giving_them_to_themselves(two: Two) -> None:
    club = two.club
    club.earn(20)
    gift = club.send("POST", "/gifts", json={"stars": 6}).json
    expires_at = two.lots(two.old)[0]["expires_at"]

    two.merge()

    own = club.send("POST", "/gifts/acceptance", json={"token": gift["token"]}, headers=two.new)
    assert own.json["type"] == "/problems/gift-over"
    assert club.send("DELETE", f"/gifts/{gift['id']}", headers=two.old).status_code == 404
    assert club.send("DELETE", f"/gifts/{gift['id']}", headers=two.new).status_code == 204
    lots = two.lots(two.new)
    assert [(lot["remaining"], lot["expires_at"]) for lot in lots] == [(20, expires_at)]
    club.expect_whole()


def test_to_and_fro_renews_nothing_and_the_grace_is_had_once(two: Two) -> None:
    club = two.club
    club.earn(10, ago=timedelta(days=100))
    late = datetime.fromisoformat(two.lots(two.old)[0]["expires_at"]) - timedelta(days=2)

    def take_back(headers: dict[str, str], now: datetime) -> None:
        with club.app.database.writing.begin() as session:
            mine = {"customer_id": club.customer_id(headers), "now": now}
            gift = actions.offer_gift(session, stars=10, message=None, **mine)
            actions.take_back_gift(session, gift_id=gift["id"], **mine)

    take_back(two.old, late)
    lives_until = two.lots(two.old)[0]["expires_at"]
    two.merge()
    take_back(two.new, late + timedelta(days=5))
    two.swap()
    two.merge()
    take_back(two.new, late + timedelta(days=9))

    (lot,) = two.lots(two.new)
    assert (lot["remaining"], lot["expires_at"]) == (10, lives_until)
    tier = [club.show(two.new)["tier"]["qualifying_stars"]]
    club.join(two.old)
    assert [*tier, club.show(two.old)["tier"]["qualifying_stars"]] == [10, 0]
    club.expect_whole()


def test_open_claims_come_over_and_a_receipt_that_both_claim_counts_once(two: Two) -> None:
    club, both = two.club, str(uuid4())
    club.send("POST", "/claims", json={"receipt": both}, headers=two.new)
    once = club.send("POST", "/claims", json={"receipt": str(uuid4())}).json
    twice = club.send("POST", "/claims", json={"receipt": both}).json

    merged = two.merge()

    assert [each["id"] for each in merged["claims"]] == [once["id"]]
    operator = sign_in_as(club.app, make_operator(club.session))
    answers = [
        club.client.post(
            f"/v1/loyalty/claims/{claim['id']}/answer",
            json={"stars": 5, "answer": "Sorry"},
            headers=operator | {"Idempotency-Key": str(uuid4())},
        ).status_code
        for claim in (once, twice)
    ]
    assert (answers, club.stars(two.new)) == ([200, 409], 5)


def test_what_a_lot_owes_is_owed_by_it_at_the_account_that_stays(two: Two) -> None:
    club = two.club
    order_id, _ = club.earn(10), club.earn(4)
    redemption_id = club.redeem(lots=[two.lots(two.old)[0]["id"]]).json["id"]
    assert club.refund(order_id, left=0) == 10

    assert two.merge()["owed_stars"] == 10
    club.send("POST", f"/redemptions/{redemption_id}/cancellation", headers=two.new)

    assert (club.stars(two.new), two.kinds(two.new)[-2:]) == (4, [("returned", 10), ("reversed", -10)])
    club.expect_whole()


def test_a_later_refund_takes_back_exactly_what_its_order_earned_wherever_it_is_now(two: Two) -> None:
    club = two.club
    order_id = club.earn(24, ago=timedelta(days=9))
    club.earn(6, headers=two.new)
    two.merge()
    third = sign_in_as(club.app, make_customer(club.session))
    club.join(third)
    two.old, two.new = two.new, third
    two.merge()
    assert club.show(third)["tier"]["current"]["key"] == "lark"

    assert [club.refund(order_id, left=left) for left in (10, 10, 0)] == [14, 0, 10]

    tier = club.show(third)["tier"]
    assert (club.stars(third), tier["qualifying_stars"], tier["current"]["key"]) == (6, 6, "chick")
    assert club.entries(third)[-1]["order_id"] == str(order_id)
    club.expect_whole()


def test_an_order_that_is_open_at_the_old_account_earns_for_the_one_that_stays(two: Two) -> None:
    club, shop = two.club, two.club.shop
    open_one = shop.placed(shop.line())
    two.merge()
    later = shop.placed(shop.line())
    assert "stars" not in later

    pick_up(club, open_one["id"])
    pick_up(club, later["id"])

    assert two.kinds(two.new)[-1] == ("earned", open_one["stars"]["stars"])
    assert {each["order_id"] for each in club.entries(two.new)} == {None, open_one["id"]}
    assert shop.refund(open_one["id"], lines=[{"position": 1, "quantity": 1}]).status_code == 201
    assert club.stars(two.new) == 0
    club.expect_whole()


def test_who_joins_again_earns_for_themselves_what_they_order_from_then_on(two: Two) -> None:
    club, shop = two.club, two.club.shop
    before = shop.placed(shop.line())
    two.merge()
    club.join(two.old)
    after = shop.placed(shop.line())

    for order in (before, after):
        pick_up(club, order["id"])

    earned = [
        [each["order_id"] for each in club.entries(who) if each["kind"] == "earned"] for who in (two.old, two.new)
    ]
    assert earned == [[after["id"]], [before["id"]]]
    club.expect_whole()


def test_a_remedy_for_an_order_of_the_old_account_is_the_one_that_stays(two: Two, monkeypatch: Any) -> None:
    club = two.club
    place = club.shop.place

    def then_merged(quote_id: str, **said: Any) -> Any:
        answer = place(quote_id, **said)
        two.merge()
        return answer

    monkeypatch.setattr(club.shop, "place", then_merged)
    ready_late(club, remedy="stars")

    assert (two.kinds(two.new)[-1], club.stars(two.new)) == (("granted", 7), 7)


def test_the_receipt_of_an_order_of_the_old_account_proves_its_stars(two: Two) -> None:
    club = two.club
    club.send("DELETE")
    order = club.shop.finished()
    club.join()
    two.merge()

    claim = club.send("POST", "/claims", json={"receipt": order["id"]}, headers=two.new)
    assert (claim.json["state"], club.stars(two.new)) == ("granted", 8)
    stranger = club.send("POST", "/claims", json={"receipt": order["id"]}, headers=two.old)
    assert stranger.json["type"] == "/problems/not-joined"


def test_stars_that_expired_before_do_not_come_over_and_those_that_do_expire_when_they_would(two: Two) -> None:
    club = two.club
    club.earn(10, ago=timedelta(days=300))
    club.earn(4, ago=timedelta(days=100))
    expires_at = two.lots(two.old)[1]["expires_at"]

    assert two.merge()["stars"] == {"available": 4, "pending": 0}

    assert two.kinds(two.old)[1] == ("expired", -10)
    mine = club.member(two.new).id
    Worker(club.app.database, {}).work_once(clock.now() + timedelta(days=200))
    with club.app.database.reading() as session:
        last = queries.entries(session, member_id=mine, limit=1)[0]
    assert (last["kind"], last["stars"], last["happened_at"]) == ("expired", -4, datetime.fromisoformat(expires_at))
    club.expect_whole()


def test_a_lot_in_a_pool_is_its_new_members_alone(two: Two) -> None:
    club = two.club
    third = sign_in_as(club.app, make_customer(club.session))
    club.join(third)
    club.earn(10)
    pool = club.send("POST", "/pools", json={"name": "Us", "called": "Jo", "cap": 10}).json
    token = club.send("POST", f"/pools/{pool['id']}/invitations").json["token"]
    club.send("POST", "/pools/acceptance", json={"token": token, "called": "Al", "cap": 0}, headers=third)
    redeemed = club.redeem(from_pool=True, headers=third).json

    two.merge()

    club.send("POST", f"/redemptions/{redeemed['id']}/cancellation", headers=third)
    assert club.stars(two.new) == 10
    assert club.redeem(from_pool=True, headers=third).json["type"] == "/problems/not-enough-stars"
    club.expect_whole()


@pytest.mark.broken_on_purpose
def test_control_a_refund_that_follows_the_entries_member_is_found_by_the_audit(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken away: stars are taken from whose they were, not from whose they are."""
    club = two.club
    order_id = club.earn(10)
    two.merge()
    award = import_module("service.loyalty.actions.award")

    class Earner(dict[UUID, Member]):
        def __missing__(self, _owner: UUID) -> Member:
            return next(iter(self.values()))

    def naive(session: Session, _lots: Any, *, now: datetime) -> Earner:
        earned = sa.select(StarEntry.member_id).where(StarEntry.order_id == order_id)
        return Earner(actions_lock(session, session.scalars(earned).all(), now=now))

    actions_lock = award.lock_members
    monkeypatch.setattr(award, "lock_owners", naive)
    club.refund(order_id, left=0)

    with club.app.database.reading() as session:
        faults = queries.audit(session)
    assert any("by entries of another member" in fault for fault in faults), faults


@pytest.mark.broken_on_purpose
def test_control_whoever_forgets_that_a_token_was_used_is_stopped_by_the_database(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    club, token = two.club, two.consent()
    theirs = club.member().id
    assert two.redeem(token).status_code == 201
    third = make_customer(club.session)
    club.join(sign_in_as(club.app, third))
    mergers = import_module("service.loyalty.actions.mergers")
    monkeypatch.setattr(mergers, "_consenting", lambda *_: theirs)

    with club.app.database.writing() as session, pytest.raises(IntegrityError, match="token_hash"):
        actions.merge(session, customer_id=third.id, token=token, now=clock.now())


_FIRST = "(SELECT from_member_id FROM loyalty_mergers)"
_NOBODY = "(SELECT id FROM loyalty_members WHERE entries = 0)"
FAULTS = [
    (f"UPDATE loyalty_lots SET member_id = {_FIRST}", "whose account was brought over"),
    (f"UPDATE loyalty_lots SET member_id = {_NOBODY}", "was never brought into"),
    ("UPDATE loyalty_mergers SET stars = stars + 1", "merged_out entries say"),
    ("UPDATE loyalty_mergers SET qualifying = qualifying - 1", "merged_in entries say"),
    ("UPDATE loyalty_entries SET qualifying = 11 WHERE kind = 'merged_in' AND stars = 0", "on one side"),
    ("UPDATE loyalty_entries SET reference_id = member_id WHERE kind = 'merged_in'", "by no merger"),
    ("UPDATE loyalty_movements SET stars = stars - 1 WHERE stars = -10", "came from nowhere"),
    ("DELETE FROM loyalty_mergers", "was never brought into"),
]


def test_the_audit_finds_what_somebody_planted_in_a_merger(two: Two) -> None:
    club = two.club
    club.earn(10)
    club.join(sign_in_as(club.app, make_customer(club.session)))
    two.merge()
    club.expect_whole()
    tables = {"loyalty_lots", "loyalty_mergers", "loyalty_entries", "loyalty_movements"}
    with club.app.database.engine.connect() as connection:
        for fault, said in FAULTS:
            with connection.begin() as planted:
                if club.app.database.is_postgresql:
                    connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
                with _without_triggers(connection, tables):
                    connection.execute(sa.text(fault))
                with Session(connection, join_transaction_mode="create_savepoint") as session:
                    found = queries.audit(session)
                planted.rollback()
            assert any(said in each for each in found), (fault, found)
    club.expect_whole()


@pytest.mark.parametrize("change", ["UPDATE loyalty_mergers SET stars = 0", "DELETE FROM loyalty_mergers"])
def test_a_merger_is_only_ever_appended(two: Two, change: str) -> None:
    two.merge()
    with pytest.raises(IntegrityError, match="stays as it is"), two.club.app.database.engine.begin() as connection:
        connection.execute(sa.text(change))
    with two.club.app.database.reading() as session:
        counts = [session.scalar(sa.select(sa.func.count()).select_from(table)) for table in (Merger, MergerConsent)]
    assert counts == [1, 0]
