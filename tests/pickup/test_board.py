"""The ready board and the links to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from service import clock
from service.http.live import alone
from service.orders import actions as order_actions
from service.pickup import actions
from service.pickup.models import BoardLink
from tests.factories import make_staff, sign_in_as
from tests.orders.shop import Shop

from .counter import Counter


@pytest.fixture
def manager(counter: Counter) -> dict[str, str]:
    """The headers of the shop's manager."""
    shop = counter.shop
    return sign_in_as(shop.app, make_staff(shop.session, shop.store.id, "manager"))


def make_link(counter: Counter, headers: dict[str, str], **body: Any) -> Any:
    """Make a link to the board."""
    return counter.shop.client.post(f"{counter.path}/board-links", json=body, headers=headers)


def board(counter: Counter, token: str) -> Any:
    """Read the board by a link, as anyone."""
    return counter.shop.client.get("/v1/board", headers={"Board-Token": token})


def test_it_shows_codes_and_chosen_names_and_nothing_else_about_anyone(
    counter: Counter, manager: dict[str, str]
) -> None:
    shop = counter.shop
    making = counter.fired(pickup={"alias": "Captain <b>Nemo</b>"[:20]})
    ready = counter.fired()
    counter.bump(ready["id"])
    shop.placed()
    link = make_link(counter, manager, name="Above the bar").json

    shown = board(counter, link["token"])

    assert shown.status_code == 200
    assert shown.json["preparing"] == [{"code": making["code"], "alias": "Captain <b>Nemo</b>"[:20]}]
    (entry,) = shown.json["ready"]
    assert (entry["code"], entry["alias"]) == (ready["code"], None)
    clears_after = datetime.fromisoformat(entry["clears_at"]) - datetime.fromisoformat(entry["ready_at"])
    assert clears_after == timedelta(minutes=10)


def test_the_link_stands_after_the_hash_and_only_a_digest_is_kept(counter: Counter, manager: dict[str, str]) -> None:
    link = make_link(counter, manager).json

    assert link["url"].endswith(f"/board/stores/{counter.shop.store.id}#{link['token']}")
    (kept,) = counter.shop.session.execute(sa.select(BoardLink)).scalars()
    assert link["token"] not in kept.token_hash
    listed = counter.shop.client.get(f"{counter.path}/board-links", headers=manager).json["data"]
    assert [(each["id"], each["name"]) for each in listed] == [(link["id"], "Ready board")]
    assert "token" not in listed[0]


def test_a_revoked_link_shows_nothing_and_the_others_go_on(counter: Counter, manager: dict[str, str]) -> None:
    one, other = (make_link(counter, manager).json for _ in range(2))
    path = f"{counter.path}/board-links/{one['id']}"

    revoked = [counter.shop.client.delete(path, headers=manager).status_code for _ in range(2)]

    assert revoked == [204, 204]
    assert board(counter, one["token"]).status_code == 404
    assert board(counter, other["token"]).status_code == 200
    assert board(counter, "no-such-token").status_code == 404


def test_what_is_picked_up_is_gone_and_what_is_voided_never_shows(counter: Counter, manager: dict[str, str]) -> None:
    token = make_link(counter, manager).json["token"]
    picked_up, voided = counter.fired(), counter.fired()
    counter.bump(picked_up["id"])
    counter.shop.move(picked_up["id"], "picked_up")
    counter.shop.move(voided["id"], "rejected")

    assert board(counter, token).json == {"walk_ins": 0, "preparing": [], "ready": []}


def test_the_links_are_listed_in_pages_the_newest_first_however_many_there_are(
    counter: Counter, manager: dict[str, str]
) -> None:
    made = [make_link(counter, manager, name=f"Screen {number}").json["id"] for number in range(7)]
    counter.shop.client.delete(f"{counter.path}/board-links/{made[4]}", headers=manager)
    other = Counter(Shop(counter.shop.app, counter.shop.session))  # whose link is none of these
    make_link(other, sign_in_as(other.shop.app, make_staff(other.shop.session, other.shop.store.id, "manager")))

    def page(**query: Any) -> Any:
        answer = counter.shop.client.get(f"{counter.path}/board-links", query_string=query, headers=manager)
        assert answer.status_code == 200, answer.text
        return answer.json

    first = page(limit=3)
    make_link(counter, manager, name="Added meanwhile")
    last = page(limit=3, cursor=first["next_cursor"])

    assert [link["id"] for link in first["data"] + last["data"]] == [made[at] for at in (6, 5, 3, 2, 1, 0)]
    assert last["next_cursor"] is None
    assert len(page()["data"]) == 7


def test_a_page_that_never_was_is_refused(counter: Counter, manager: dict[str, str]) -> None:
    for query, field in (("cursor=WzFd", "cursor"), ("limit=101", "limit")):
        answer = counter.shop.client.get(f"{counter.path}/board-links?{query}", headers=manager)
        assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_it_can_be_followed_until_its_link_is_revoked(
    counter: Counter, manager: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counter.shop.app.extensions["sayso.live"], "seconds", 20)
    monkeypatch.setattr(alone, "POLL_SECONDS", 0.05)
    session = counter.shop.session
    link, order = make_link(counter, manager).json, counter.shop.placed()
    with counter.shop.app.test_client().get("/v1/board/events", headers={"Board-Token": link["token"]}) as answer:
        told = iter(answer.response)
        assert next(told).startswith(b"retry")
        assert b'{"walk_ins":0,"preparing":[],"ready":[]}' in next(told)
        # Not by requests: in this thread the stream's own is not over yet.
        order_actions.fire_due_orders(session, now=clock.now() + timedelta(hours=1))
        session.commit()
        assert order["code"].encode() in next(told)
        actions.revoke_board_link(
            session,
            store_id=counter.shop.store.id,
            link_id=UUID(link["id"]),
            by=counter.shop.store.id,
            now=clock.now(),
        )
        session.commit()

        assert all(order["code"].encode() in text for text in told)  # and it ends

    again = counter.shop.client.get("/v1/board/events", headers={"Board-Token": link["token"]})
    assert (again.status_code, again.mimetype) == (404, "application/problem+json")


def test_only_managers_make_and_end_links(counter: Counter, manager: dict[str, str]) -> None:
    link = make_link(counter, manager).json
    path = f"{counter.path}/board-links"

    for headers, status in (
        ({"X-Nobody": "1"}, 401),
        (counter.shop.customer, 403),
        (counter.barista, 403),
        (counter.shop.stranger, 403),
    ):
        assert make_link(counter, headers).status_code == status
        assert counter.shop.client.get(path, headers=headers).status_code == status
        assert counter.shop.client.delete(f"{path}/{link['id']}", headers=headers).status_code == status
    assert counter.shop.client.delete(f"{path}/{uuid4()}", headers=manager).status_code == 404


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "Above\u202eeht", "a\u200bb", "...", "a" + "\u0301" * 4])
def test_a_links_name_can_be_read_as_one_line(counter: Counter, manager: dict[str, str], name: str) -> None:
    answer = make_link(counter, manager, name=name)

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["name"])


def test_a_store_says_how_it_reads_its_queue(counter: Counter, manager: dict[str, str]) -> None:
    path = f"{counter.path}/queue/settings"
    wanted = {"hurry_after_seconds": 120, "late_after_seconds": 300, "board_clears_after_seconds": 60}

    def put(body: dict[str, Any], headers: dict[str, str] = manager) -> Any:
        return counter.shop.client.put(path, json=body, headers=headers)

    before = counter.shop.client.get(path, headers=counter.barista).json
    assert before == {"hurry_after_seconds": 240, "late_after_seconds": 480, "board_clears_after_seconds": 600}
    assert put(wanted).json == put(wanted).json == wanted
    assert counter.shop.client.get(path, headers=counter.barista).json == wanted
    assert list(put(wanted | {"late_after_seconds": 60}).json["errors"]) == ["late_after_seconds"]
    assert put(wanted, counter.barista).status_code == 403
    assert put(wanted, counter.shop.customer).status_code == 403
    assert put(wanted, {"X-Nobody": "1"}).status_code == 401
