"""What a customer says of their stars before they expire holds as they say it now, also for what it did before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from service import clock, reactions
from service.worker import Worker

from .club import Club
from .test_sharing import reminders, say

PATH = "/v1/me/preferences/star_policy"
POOL = {"do": "pool", "days_before": 20}


def take_back(club: Club, method: str, path: str) -> None:
    """Say nothing of it any more."""
    version = club.client.get(PATH, headers=club.headers).json["version"]
    answer = club.client.open(
        f"{PATH}{path}",
        method=method,
        json={} if method == "POST" else None,
        headers=club.headers | {"If-Match": f'"{version}"'},
    )
    assert answer.status_code in {200, 204}, answer.text


def follow(club: Club, *, now: datetime | None = None) -> None:
    """Let the worker do what is due."""
    Worker(club.app.database, {}).work_once(now or clock.now())


@pytest.fixture
def pooled(club: Club) -> Club:
    """A club whose customer handed ten stars, which expire within days, to the pool that they are in with another."""
    club.join(club.other)
    pool = club.send("POST", "/pools", json={"name": "Us", "called": "Jo", "cap": 0}).json
    token = club.send("POST", f"/pools/{pool['id']}/invitations").json["token"]
    club.send("POST", "/pools/acceptance", json={"token": token, "called": "Al", "cap": 0}, headers=club.other)
    say(club, **POOL)
    club.earn(10, ago=timedelta(days=175))
    follow(club)
    assert are_pooled(club) == [True]
    return club


def are_pooled(club: Club) -> list[bool]:
    """Return for each of one's lots whether the pool may spend it, the oldest first."""
    return [lot["is_pooled"] for lot in club.lots()]


def spend(club: Club) -> Any:
    """Let the other redeem what the pool has."""
    return club.redeem(from_pool=True, headers=club.other)


def test_who_says_otherwise_has_their_stars_back_at_once_and_it_is_done_with_them(pooled: Club) -> None:
    say(pooled, do="remind", days_before=20)

    assert are_pooled(pooled) == [False]
    assert spend(pooled).json["type"] == "/problems/not-enough-stars"
    for _ in range(2):
        follow(pooled)
        assert (reminders(pooled), are_pooled(pooled), pooled.stars()) == (1, [False], 10)
    pooled.expect_whole()


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("DELETE", "/versions"), ("POST", "/undo")])
def test_who_takes_it_back_has_their_stars_back_and_nothing_is_done_with_them(
    pooled: Club, method: str, path: str
) -> None:
    take_back(pooled, method, path)

    follow(pooled)

    assert (are_pooled(pooled), reminders(pooled), pooled.stars()) == ([False], 0, 10)
    assert spend(pooled).json["type"] == "/problems/not-enough-stars"


def test_who_wants_the_pool_later_has_their_stars_until_then(pooled: Club) -> None:
    say(pooled, do="pool", days_before=1)
    follow(pooled)
    assert are_pooled(pooled) == [False]

    follow(pooled, now=datetime.fromisoformat(pooled.lots()[0]["expires_at"]) - timedelta(hours=12))

    assert are_pooled(pooled) == [True]


def test_who_wants_the_pool_as_early_or_earlier_leaves_it_what_it_has(pooled: Club) -> None:
    say(pooled, do="pool", days_before=30)

    assert are_pooled(pooled) == [True]
    assert spend(pooled).status_code == 201


def test_another_preference_takes_nothing_out_of_the_pool(pooled: Club) -> None:
    answer = pooled.client.put(
        "/v1/me/preferences/call_name",
        json={"value": {"name": "Jo"}},
        headers=pooled.headers | {"If-Match": '"0"'},
    )

    assert (answer.status_code, are_pooled(pooled)) == (200, [True])


def test_what_was_spent_stays_spent_and_is_ones_own_where_it_comes_back(pooled: Club) -> None:
    redeemed = spend(pooled).json
    say(pooled, do="let_go", days_before=20)
    assert pooled.stars() == 0

    answer = pooled.send("POST", f"/redemptions/{redeemed['id']}/cancellation", headers=pooled.other)

    assert answer.status_code in {200, 201}
    assert (pooled.stars(), are_pooled(pooled)) == (10, [False])
    assert spend(pooled).json["type"] == "/problems/not-enough-stars"
    pooled.expect_whole()


def test_what_is_said_otherwise_while_the_worker_is_at_it_holds(pooled: Club) -> None:
    pooled.earn(6, ago=timedelta(days=174))
    with pooled.app.database.reading() as session:
        found = reactions.star_policies(session, now=clock.now())
    assert [policy["do"] for _, policy in found] == ["pool"]
    say(pooled, do="remind", days_before=20)

    with pooled.app.database.writing() as session:
        for lot_id, policy in found:
            assert not reactions.follow_star_policy(session, lot_id=lot_id, policy=policy, now=clock.now())
        session.commit()

    assert are_pooled(pooled) == [False, False]


def test_who_is_no_member_says_what_they_like(club: Club) -> None:
    club.send("DELETE")

    say(club, **POOL)
    say(club, do="let_go", days_before=20)
