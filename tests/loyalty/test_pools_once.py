"""What is sent for a pool twice with one key is done once, and answered the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa

from service.loyalty.models import PoolInvitation, PoolMember

from .club import URL, Club

INTO: dict[str, Any] = {"name": "Us", "called": "Jo", "cap": 10}


def post(club: Club, path: str, body: Any = None, *, key: str | None, headers: dict[str, str] | None = None) -> Any:
    """Send a post below the pools with this key."""
    named = {"Idempotency-Key": key} if key is not None else {}
    return club.app.test_client().post(f"{URL}/pools{path}", json=body, headers=(headers or club.headers) | named)


def twice(club: Club, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    """Send the same post again, as whose answer was lost does; return the one answer."""
    first, again = (post(club, path, body, key=f"once {path}", headers=headers) for _ in range(2))
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert [each.headers.get("Idempotency-Replayed") for each in (first, again)] == [None, "true"]
    return first


def count(club: Club, table: type[PoolInvitation | PoolMember]) -> int:
    """Return how many are kept."""
    with club.app.database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_pool_is_made_joined_and_invited_to_once_with_one_key(club: Club) -> None:
    club.join(club.other)

    made = twice(club, "", INTO)
    invited = twice(club, f"/{made.json['id']}/invitations")
    joined = twice(club, "/acceptance", {"token": invited.json["token"], "called": "Al", "cap": 5}, club.other)

    assert [each.status_code for each in (made, invited, joined)] == [201, 201, 200]
    assert [each["name"] for each in joined.json["members"]] == ["Jo", "Al"]
    assert (count(club, PoolInvitation), count(club, PoolMember)) == (1, 2)


def test_another_key_is_another_intention(club: Club) -> None:
    pool = post(club, "", INTO, key="one").json["id"]

    again = post(club, "", INTO, key="two")
    tokens = {post(club, f"/{pool}/invitations", key=key).json["token"] for key in ("three", "four")}

    assert (again.status_code, again.json["type"], len(tokens)) == (409, "/problems/already-pooled", 2)


def test_of_one_invitation_that_is_asked_for_at_once_there_is_one(club: Club) -> None:
    pool = post(club, "", INTO, key="one").json["id"]

    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(post, club, f"/{pool}/invitations", key="same") for _ in range(4)]
        answers = [each.result() for each in asked]

    assert {(each.status_code, each.data) for each in answers} == {(201, answers[0].data)}
    assert count(club, PoolInvitation) == 1


def test_without_a_key_nothing_is_done_for_a_pool(club: Club) -> None:
    pool = post(club, "", INTO, key="one").json["id"]

    for path, body in (
        ("", INTO),
        (f"/{pool}/invitations", None),
        ("/acceptance", {"token": "never given", "called": "Jo", "cap": 1}),
    ):
        refused = post(club, path, body, key=None)
        assert (refused.status_code, refused.json["type"]) == (422, "/problems/invalid"), path
    assert count(club, PoolInvitation) == 0
