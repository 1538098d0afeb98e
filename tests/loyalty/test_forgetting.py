"""What is over is forgotten: tokens as their gift ends, invitations, consents and pools by the worker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from service import clock
from service.loyalty import actions
from service.loyalty.actions.gifts import hash_of
from service.loyalty.models import Gift, Pool, PoolInvitation, PoolMember

from .club import Club


def counts(club: Club) -> tuple[int, ...]:
    """Return how many pools, consents and invitations are kept."""
    with club.app.database.reading() as session:
        found = [
            session.scalar(sa.select(sa.func.count()).select_from(each)) for each in (Pool, PoolMember, PoolInvitation)
        ]
    return tuple(each or 0 for each in found)


def forget(club: Club, *, in_days: int = 0) -> int:
    """Do the chore once; return how much was forgotten."""
    with club.app.database.writing.begin() as session:
        return actions.forget_what_is_over(session, now=clock.now() + timedelta(days=in_days))


def pooled(club: Club) -> tuple[str, Any]:
    """Make a pool of two, with one more invitation; return its id, and a redemption that both paid for."""
    club.join(club.other)
    club.earn(4)
    club.earn(6, headers=club.other)
    pool = club.send("POST", "/pools", json={"name": "Us", "called": "Jo", "cap": 0}).json["id"]
    token = club.send("POST", f"/pools/{pool}/invitations").json["token"]
    into = {"token": token, "called": "Al", "cap": 6}
    assert club.send("POST", "/pools/acceptance", json=into, headers=club.other).status_code == 200
    assert club.send("POST", f"/pools/{pool}/invitations").status_code == 201
    return pool, club.redeem(from_pool=True).json["id"]


def test_what_is_over_of_a_pool_is_forgotten_and_what_is_not_stays(club: Club) -> None:
    pool, _ = pooled(club)
    assert counts(club) == (1, 2, 2)
    assert (forget(club), forget(club), counts(club)) == (1, 0, (1, 2, 1))  # the one that was used

    club.send("DELETE", f"/pools/{pool}/membership", headers=club.other)
    club.send("DELETE", f"/pools/{pool}/membership")
    assert (forget(club), counts(club)) == (2, (1, 0, 1))  # somebody may still come in with it

    assert (forget(club, in_days=8), counts(club)) == (2, (0, 0, 0))
    club.expect_whole()


def test_what_comes_back_to_who_left_a_forgotten_pool_comes_back_whole(club: Club) -> None:
    pool, redemption = pooled(club)
    club.send("DELETE", f"/pools/{pool}/membership", headers=club.other)
    forget(club)

    assert club.send("POST", f"/redemptions/{redemption}/cancellation").status_code in {200, 201}

    assert (club.stars(), club.stars(club.other)) == (4, 6)
    club.expect_whole()


def kept(club: Club, token: str) -> int:
    """Return how many gifts a token leads to."""
    wanted = sa.select(sa.func.count()).select_from(Gift).where(Gift.token_hash == hash_of(token))
    with club.app.database.reading() as session:
        return session.scalar(wanted) or 0


def test_the_token_of_a_gift_is_forgotten_as_the_gift_ends(club: Club) -> None:
    club.earn(10)
    club.join(club.other)
    for path in ("acceptance", "refusal"):
        token = club.send("POST", "/gifts", json={"stars": 2}).json["token"]
        assert kept(club, token) == 1
        for status in (200, 409):
            answer = club.send("POST", f"/gifts/{path}", json={"token": token}, headers=club.other)
            assert (answer.status_code == 409) == (status == 409), answer.text
        assert kept(club, token) == 0
    club.expect_whole()


def test_so_is_that_of_a_gift_that_is_taken_back_or_that_nobody_took(club: Club) -> None:
    club.earn(10)
    taken_back, left = (club.send("POST", "/gifts", json={"stars": 2}).json for _ in range(2))

    assert club.send("DELETE", f"/gifts/{taken_back['id']}").status_code in {200, 204}
    with club.app.database.writing.begin() as session:
        assert actions.return_gift(session, gift_id=UUID(left["id"]), now=clock.now() + timedelta(days=30))

    assert [kept(club, each["token"]) for each in (taken_back, left)] == [0, 0]
    club.expect_whole()
