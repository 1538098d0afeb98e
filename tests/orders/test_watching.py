"""Watching orders: who sees what, feeds that miss nothing, streams that end when they must."""

from __future__ import annotations

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa

from service import clock
from service.accounts.models import StaffMembership
from service.orders import actions
from tests.factories import make_customer, make_staff, make_store, sign_in_as

from .shop import Shop


def changes(shop: Shop, since: str | None = None) -> dict[str, Any]:
    """Return the customer's orders that changed since a cursor."""
    query = {"since": since} if since else {}
    page: dict[str, Any] = shop.client.get("/v1/me/orders/changes", query_string=query, headers=shop.customer).json
    return page


def fire(shop: Shop, order_id: str, session: Any = None, **at: Any) -> None:
    """Fire an order at an instant; commits unless it is told a session."""
    actions.move_order(
        session or shop.session,
        order_id=UUID(order_id),
        store_ids=None,
        to="fired",
        reason=None,
        actor_id=shop.store.id,
        now=at.get("now", clock.now()),
    )
    if session is None:
        shop.session.commit()


class TestChanges:
    def test_a_change_stamped_by_a_clock_that_went_back_is_not_missed(self, shop: Shop) -> None:
        order = shop.placed()
        seen = changes(shop)["next_cursor"]
        fire(shop, order["id"], now=clock.now() - timedelta(hours=1))

        assert [entry["state"] for entry in changes(shop, seen)["data"]] == ["fired"]

    def test_a_change_that_commits_late_is_not_missed(self, shop: Shop) -> None:
        slow, quick = shop.placed()["id"], shop.placed()["id"]
        seen = changes(shop)["next_cursor"]

        with shop.app.database.writing() as session, ThreadPoolExecutor(1) as threads:
            fire(shop, slow, session)
            moving = threads.submit(shop.move, quick, "fired")
            time.sleep(0.3)
            meanwhile = changes(shop, seen)
            session.commit()
            assert moving.result(15).status_code == 200
        after = changes(shop, meanwhile["next_cursor"])

        told = {entry["id"] for page in (meanwhile, after) for entry in page["data"] if entry["state"] == "fired"}
        assert told == {slow, quick}

    def test_changes_at_one_instant_are_paged_without_a_gap(self, shop: Shop) -> None:
        orders = [shop.placed()["id"] for _ in range(3)]
        actions.fire_due_orders(shop.session, now=clock.now() + timedelta(hours=1))
        shop.session.commit()

        found, cursor = [], None
        for _ in range(4):
            page = shop.client.get(
                "/v1/me/orders/changes",
                query_string={"limit": 1, **({"since": cursor} if cursor else {})},
                headers=shop.customer,
            ).json
            found += [entry["id"] for entry in page["data"]]
            cursor = page["next_cursor"]

        assert sorted(found) == sorted(orders)

    @pytest.mark.parametrize("values", [["x"], [-1], [1.5], [True], [2**63], [None], [1, 2], {}])
    def test_a_cursor_that_was_never_given_is_refused(self, shop: Shop, values: Any) -> None:
        cursor = base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")
        answer = shop.client.get(f"/v1/me/orders/changes?since={cursor}", headers=shop.customer)

        assert (answer.status_code, list(answer.json["errors"])) == (422, ["since"])


def test_a_list_shows_each_order_as_it_is_shown_alone(shop: Shop) -> None:
    order = shop.show(shop.placed()["id"]).json

    (listed,) = shop.client.get("/v1/me/orders", headers=shop.customer).json["data"]
    (changed,) = changes(shop)["data"]

    assert listed == order
    assert {name: value for name, value in changed.items() if name != "updated_at"} == order


class TestWhoMay:
    def test_someone_who_is_customer_and_staff_may_do_both(self, shop: Shop) -> None:
        order = shop.place(headers=shop.barista).json

        shown = shop.show(order["id"], shop.barista)

        assert shown.json["next_actions"] == ["change", "cancel", "fired", "cancelled"]

    def test_staff_elsewhere_see_their_own_order_as_its_customer_only(self, shop: Shop) -> None:
        order = shop.place(headers=shop.stranger).json

        assert shop.show(order["id"], shop.stranger).json["next_actions"] == ["change", "cancel"]
        assert shop.move(order["id"], "fired", headers=shop.stranger).status_code == 404

    def test_a_role_at_one_store_moves_and_refunds_nothing_at_another(self, shop: Shop) -> None:
        porter = make_staff(shop.session, make_store(shop.session).id, "barista")
        shop.session.add(
            StaffMembership(person_id=porter.id, store_id=shop.store.id, role="front_desk", granted_at=clock.now())
        )
        shop.session.commit()
        headers = sign_in_as(shop.app, porter)
        placed, finished = shop.placed(), shop.finished()

        assert shop.show(placed["id"], headers).json["next_actions"] == []
        assert shop.move(placed["id"], "fired", headers=headers).status_code == 404
        assert shop.refund(finished["id"], amount_minor=1, headers=headers).status_code == 404

    def test_an_operator_sees_and_moves_any_order(self, shop: Shop) -> None:
        headers = sign_in_as(shop.app, make_customer(shop.session, is_operator=True))
        order = shop.placed()

        assert shop.show(order["id"], headers).json["next_actions"] == [
            "fired",
            "cancelled",
            "rejected",
            "reject_lines",
        ]
        assert shop.move(order["id"], "fired", headers=headers).status_code == 200

    def test_what_reads_differently_has_another_etag(self, shop: Shop) -> None:
        order = shop.placed()
        path = f"/v1/orders/{order['id']}"
        for url in (path, f"{path}/receipt"):
            own, staffs = (shop.client.get(url, headers=who) for who in (shop.customer, shop.barista))
            assert own.headers["ETag"] != staffs.headers["ETag"]
        assert "Accept" in shop.client.get(f"{path}/receipt", headers=shop.customer).headers["Vary"]

    def test_an_order_that_could_not_be_found_again_is_not_taken(self, shop: Shop) -> None:
        answer = shop.place(client_order_id="app/1234567")

        assert (answer.status_code, list(answer.json["errors"])) == (422, ["client_order_id"])


class TestFollowing:
    def test_a_stream_ends_with_the_session_that_opened_it(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        settings = replace(shop.app.extensions["sayso.settings"], stream_seconds=10)
        monkeypatch.setitem(shop.app.extensions, "sayso.settings", settings)
        order = shop.placed()
        answer = shop.client.get(f"/v1/orders/{order['id']}/events", headers=shop.customer)
        lines = iter(answer.response)
        seen = [next(lines), next(lines)]
        shop.session.execute(sa.text("UPDATE device_sessions SET revoked_at = created_at WHERE person_id = :who"),
                             {"who": self._customer_id(shop)})  # fmt: skip
        shop.session.commit()
        shop.move(order["id"], "fired")
        time.sleep(0.6)

        assert b"OrderPlaced" in seen[1]
        assert list(lines) == []
        answer.close()

    @staticmethod
    def _customer_id(shop: Shop) -> Any:
        return shop.session.scalar(sa.text("SELECT customer_id FROM orders"))

    def test_asking_for_the_head_of_a_stream_takes_no_place(self, shop: Shop) -> None:
        url = f"/v1/orders/{shop.finished()['id']}/events"
        for _ in range(10):
            head = shop.client.head(url, headers=shop.customer)
            assert head.status_code == 200
            head.close()  # as a server does

        with shop.client.get(url, headers=shop.customer) as answer:
            assert answer.status_code == 200

    def test_a_reader_who_leaves_gives_the_place_back(self, shop: Shop) -> None:
        url = f"/v1/orders/{shop.placed()['id']}/events"
        for _ in range(10):
            answer = shop.client.get(url, headers=shop.customer)
            assert answer.status_code == 200
            answer.close()
