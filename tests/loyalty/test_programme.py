"""The programme is data: published in versions, with a receipt of what each changes; what was earned keeps its
terms."""

from __future__ import annotations

import copy
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import clock
from service.loyalty.errors import InvalidProgramme
from service.loyalty.rules.difference import differences
from service.loyalty.rules.lots import Lot, pay
from service.loyalty.rules.programme import TENDERS
from service.loyalty.schemas import read_programme
from service.orders.rules.tenders import KINDS, SPLIT

from .club import LONG_AGO, PROGRAMME, Club, programme


def worse(**changes: Any) -> dict[str, Any]:
    """Return a programme in which the reward costs half as much again, from a day in February on."""
    document = programme(effective_on="2026-02-02", **changes)
    document["rewards"][0]["stars"] = 15
    return document


def test_the_programme_is_shown_to_everyone_with_those_to_come(club: Club) -> None:
    club.publish(programme(effective_on="2090-01-01", gift_days=9), now=clock.now())

    answer = club.client.get("/v1/loyalty/programme")

    assert (answer.json["current"]["version"], answer.json["current"]["changes"]) == (1, [])
    assert answer.json["current"]["effective_at"] == "2026-01-02T05:00:00Z"  # as the day begins in New York
    (coming,) = answer.json["upcoming"]
    assert coming["changes"] == [{"path": "gift_days", "before": 7, "after": 9, "effect": "better"}]
    again = club.client.get("/v1/loyalty/programme", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert club.client.get("/v1/loyalty/programme/2").json["gift_days"] == 9
    assert club.client.get("/v1/loyalty/programme/3").status_code == 404


def test_worse_terms_reach_only_later_stars(club: Club) -> None:
    club.earn(10)
    (before,) = club.lots()
    club.publish(worse(expiry={"months": 1, "grace_days": 1}), now=LONG_AGO + timedelta(days=20))

    changes = {
        each["path"]: each["effect"] for each in club.client.get("/v1/loyalty/programme").json["current"]["changes"]
    }
    assert changes == {"expiry.months": "worse", "expiry.grace_days": "worse", "rewards.off-1.stars": "worse"}
    assert club.lots() == [before]
    assert club.redeem().status_code == 201  # for the 10 stars it cost when they were earned

    club.earn(14)
    assert club.redeem().json["available"] == 14
    assert club.lots()[1]["expires_at"] < before["expires_at"]
    assert [each["programme_version"] for each in club.entries() if each["kind"] == "earned"] == [1, 2]
    club.expect_whole()


def test_a_reward_that_goes_stays_for_stars_that_were_earned_for_it(club: Club) -> None:
    club.earn(10)
    gone = programme(effective_on="2026-02-02")
    gone["rewards"] = gone["rewards"][1:]
    club.publish(gone, now=LONG_AGO + timedelta(days=20))
    assert [each["key"] for each in club.client.get("/v1/rewards").json["data"]] == ["last"]

    assert club.redeem().status_code == 201
    club.earn(10)
    assert club.redeem().json["type"] == "/problems/not-enough-stars"


def test_stars_that_pay_for_nothing_use_nothing_of_what_the_pool_may_spend(club: Club) -> None:
    """Of two lots in the pool the one that expires first was earned when the reward was offered no more."""
    club.join(club.other)
    pool = club.send("POST", "/pools", json={"name": "Us", "called": "Jo", "cap": 10}).json
    token = club.send("POST", f"/pools/{pool['id']}/invitations").json["token"]
    club.send("POST", "/pools/acceptance", json={"token": token, "called": "Al", "cap": 10}, headers=club.other)
    club.earn(10)
    gone = programme(effective_on="2026-02-02", expiry={"months": 1, "grace_days": 1})
    gone["rewards"] = gone["rewards"][1:]
    club.publish(gone, now=LONG_AGO + timedelta(days=20))
    club.earn(10)
    older, newer = club.lots()
    assert newer["expires_at"] < older["expires_at"]

    answer = club.redeem(from_pool=True, headers=club.other)

    assert answer.status_code == 201, answer.text
    assert [lot["remaining"] for lot in club.lots()] == [0, 10]
    club.expect_whole()


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"effective_on": "2026-01-03"}, "effective_on"),
        ({"timezone": "Europe/Rome"}, "timezone"),
        ({"accruals": [PROGRAMME["accruals"][0], PROGRAMME["accruals"][0]]}, "accruals.1.key"),
        ({"accruals": [PROGRAMME["accruals"][0] | {"daypart": "nonsense!"}]}, "accruals.0.daypart"),
        ({"accruals": [PROGRAMME["accruals"][1] | {"skus": ["no-such"]}]}, "accruals.0.skus.0"),
        ({"rewards": [PROGRAMME["rewards"][0] | {"kind": "item"}]}, "rewards.0"),
        (
            {"rewards": [PROGRAMME["rewards"][0] | {"amounts": [{"amount_minor": 99, "currency": "USD"}]}]},
            "rewards.0",
        ),
    ],
)
def test_what_can_not_be_published_is_named(club: Club, changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidProgramme) as refused:
        club.publish(
            programme(**({"effective_on": "2026-03-03"} | copy.deepcopy(changes))), now=LONG_AGO + timedelta(days=20)
        )

    assert list(refused.value.errors) == [path]


def test_a_reward_that_comes_back_gives_what_it_gave(club: Club) -> None:
    """Stars earned while it was offered were earned for that."""
    gone, back = programme(effective_on="2026-02-02"), programme(effective_on="2026-03-03")
    gone["rewards"] = gone["rewards"][1:]
    club.publish(gone, now=LONG_AGO + timedelta(days=20))

    back["rewards"][0]["amounts"][0]["amount_minor"] = 99
    with pytest.raises(InvalidProgramme) as refused:
        club.publish(back, now=LONG_AGO + timedelta(days=40))
    back["rewards"][0]["amounts"][0]["amount_minor"] = 101

    assert list(refused.value.errors) == ["rewards.0"]
    assert club.publish(back, now=LONG_AGO + timedelta(days=40)) == 3


def test_publishing_the_same_again_changes_nothing(club: Club) -> None:
    assert club.publish(programme(), now=clock.now()) == 1


def test_the_operator_publishes_from_a_file(club: Club, tmp_path: Path) -> None:
    file = tmp_path / "programme.json"
    run = club.app.test_cli_runner().invoke
    file.write_bytes(orjson.dumps(programme(effective_on="2090-01-01", name="Flock II")))

    assert "would be published" in run(args=["import-programme", str(file), "--dry-run"]).output
    assert "Version 2 is published" in run(args=["import-programme", str(file)]).output
    file.write_bytes(orjson.dumps(programme(effective_on="2091-01-01", accruals=[])))
    assert "accruals" in run(args=["import-programme", str(file)]).output
    cash = [PROGRAMME["accruals"][0] | {"tender": "cash"}]
    file.write_bytes(orjson.dumps(programme(effective_on="2091-01-01", accruals=cash)))
    assert "accruals.0.tender" in run(args=["import-programme", str(file)]).output
    file.write_bytes(orjson.dumps(programme(effective_on="2020-01-01")))
    assert "effective_on" in run(args=["import-programme", str(file)]).output


def test_a_rule_names_a_tender_by_the_word_that_orders_have_for_it() -> None:
    """Loyalty knows no orders: a word that none has would be a rule that never gives."""
    assert {*TENDERS} == {*KINDS, SPLIT}


def test_more_stock_is_there_at_once_and_what_was_redeemed_stays_counted(club: Club) -> None:
    club.earn(10)
    club.redeem("last")
    more = programme(effective_on="2090-01-01")
    more["rewards"][1]["stock"] = 3
    club.publish(more, now=clock.now())

    assert club.client.get("/v1/rewards").json["data"][0]["left"] == 2
    club.expect_whole()


_LOTS = st.lists(st.tuples(st.integers(1, 200), st.sampled_from([1, 2])), max_size=8)


@settings(max_examples=50, deadline=None)
@given(lots=_LOTS, then=st.integers(1, 150), now=st.integers(1, 150))
def test_lots_pay_each_its_own_part_and_never_more_than_one_star_too_many(
    lots: list[tuple[int, int]], then: int, now: int
) -> None:
    """Whatever two versions say a reward costs, no star is worth less than under either."""
    made = [
        Lot(
            id=UUID(int=index),
            member_id=UUID(int=0),
            programme_version=version,
            remaining=stars,
            earned_at=LONG_AGO,
            available_at=LONG_AGO,
            expires_at=None,
        )
        for index, (stars, version) in enumerate(lots, start=1)
    ]
    prices = {1: then, 2: now}
    price = {1: min(then, now), 2: now}
    worth = sum(stars * price[3 - version] for stars, version in lots)  # over both prices' product

    taken = pay(made, prices, 2)

    if taken is None:
        assert worth < price[1] * price[2]
    else:
        by_id = {lot.id: lot for lot in made}
        paid = [(each.stars, by_id[each.lot_id].programme_version) for each in taken]
        assert all(stars <= by_id[each.lot_id].remaining for each, (stars, _) in zip(taken, paid, strict=True))
        value = sum(stars * price[3 - version] for stars, version in paid)
        assert price[1] * price[2] <= value < price[1] * price[2] + price[3 - paid[-1][1]]


def test_no_difference_is_no_change() -> None:
    assert differences(PROGRAMME, copy.deepcopy(PROGRAMME)) == []


RULE, PROMOTION = PROGRAMME["accruals"][0], PROGRAMME["promotions"][0]
BY_PIECE = {name: RULE[name] for name in ("key", "label", "stars")} | {"kind": "per_item"}


@pytest.mark.parametrize(
    ("changes", "path", "effect"),
    [
        ({"tiers": PROGRAMME["tiers"][:1]}, "tiers.lark", "worse"),
        ({"accruals": [RULE]}, "accruals.oven", "worse"),
        ({"accruals": [RULE | {"tender": "wallet"}]}, "accruals.base.tender", "worse"),
        ({"accruals": [RULE | {"daypart": "Mo-Fr 08:00-10:00"}]}, "accruals.base.daypart", "worse"),
        ({"accruals": [RULE | {"qualifies": False}]}, "accruals.base.qualifies", "worse"),
        ({"accruals": [BY_PIECE]}, "accruals.base.per_minor", "other"),
        ({"promotions": [PROMOTION | {"ends_on": "2090-12-30"}]}, "promotions.white.ends_on", "worse"),
        ({"promotions": [PROMOTION | {"starts_on": "2026-01-03"}]}, "promotions.white.starts_on", "worse"),
    ],
)
def test_the_receipt_says_whether_a_term_became_better_or_worse(
    changes: dict[str, Any], path: str, effect: str
) -> None:
    one, other = read_programme(programme()), read_programme(programme(**changes))

    told = [{each["path"]: each["effect"] for each in differences(*both)} for both in ((one, other), (other, one))]

    assert [each[path] for each in told] == [effect, {"worse": "better", "other": "other"}[effect]]
