"""Following, changing, cancelling and moving an order: one test a sentence."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from service import clock
from service.menu import actions as menu_actions
from service.menu.models import StockCount
from service.orders import actions
from service.orders.models import CapacityClaim, CapacitySlot, OrderTransition
from service.orders.rules.promise import SLOT, next_slot

from .shop import Shop


def held_seconds(shop: Shop) -> tuple[int, int]:
    """Return the seconds claimed in all slots, and those that orders remember holding."""
    with shop.app.database.reading() as session:
        slots = session.scalar(sa.select(sa.func.coalesce(sa.func.sum(CapacitySlot.claimed_seconds), 0)))
        claims = session.scalar(sa.select(sa.func.coalesce(sa.func.sum(CapacityClaim.seconds), 0)))
    return int(slots or 0), int(claims or 0)


class TestFollowing:
    def test_the_customer_and_the_stores_staff_see_the_order_each_with_their_own_actions(self, shop: Shop) -> None:
        order = shop.placed()

        assert shop.show(order["id"]).json["next_actions"] == ["change", "cancel"]
        assert shop.show(order["id"], shop.barista).json["next_actions"] == [
            "fired",
            "cancelled",
            "rejected",
            "reject_lines",
        ]

    def test_to_everyone_else_it_does_not_exist(self, shop: Shop) -> None:
        order = shop.placed()

        assert shop.show(order["id"], shop.other).status_code == 404
        assert shop.show(order["id"], shop.stranger).status_code == 404
        assert shop.show(str(uuid4())).status_code == 404
        assert shop.show(order["id"], {"X-Nobody": "1"}).status_code == 401

    def test_an_unchanged_order_is_not_sent_again(self, shop: Shop) -> None:
        order = shop.placed()
        etag = shop.show(order["id"]).headers["ETag"]

        again = shop.show(order["id"], shop.customer | {"If-None-Match": etag})

        assert (again.status_code, again.data) == (304, b"")

    def test_ones_orders_are_listed_newest_first_in_pages(self, shop: Shop) -> None:
        placed = [shop.placed()["id"] for _ in range(3)]

        first = shop.client.get("/v1/me/orders?limit=2", headers=shop.customer).json
        rest = shop.client.get(f"/v1/me/orders?limit=2&cursor={first['next_cursor']}", headers=shop.customer).json

        assert [order["id"] for order in first["data"] + rest["data"]] == placed[::-1]
        assert rest["next_cursor"] is None
        assert shop.client.get("/v1/me/orders", headers=shop.other).json["data"] == []

    def test_changes_since_a_cursor_tell_only_what_changed(self, shop: Shop) -> None:
        shop.placed()
        order = shop.placed()
        seen = shop.client.get("/v1/me/orders/changes", headers=shop.customer).json
        shop.move(order["id"], "fired")

        news = shop.client.get(f"/v1/me/orders/changes?since={seen['next_cursor']}", headers=shop.customer).json

        assert [(entry["id"], entry["state"]) for entry in news["data"]] == [(order["id"], "fired")]

    @pytest.mark.parametrize("query", ["cursor=x", "cursor=W10", "limit=0", "limit=101", "limit=1e1", "surprise=1"])
    def test_a_wrong_page_is_refused_by_name(self, shop: Shop, query: str) -> None:
        answer = shop.client.get(f"/v1/me/orders?{query}", headers=shop.customer)

        assert (answer.status_code, list(answer.json["errors"])) == (422, [query.split("=", maxsplit=1)[0]])

    def test_an_order_is_followed_live_and_a_dropped_stream_goes_on_where_it_stopped(self, shop: Shop) -> None:
        order = shop.placed()
        shop.move(order["id"], "fired")
        first = _events(shop, order["id"])
        shop.move(order["id"], "ready")

        missed = _events(shop, order["id"], {"Last-Event-ID": first[-1][0]})

        assert [name for _, name in first] == ["OrderPlaced", "OrderMoved"]
        assert [name for _, name in missed] == ["OrderMoved", "PromiseKept"]

    def test_a_gap_that_cannot_be_replayed_is_told(self, shop: Shop) -> None:
        order = shop.placed()

        assert ("", "resync") in _events(shop, order["id"], {"Last-Event-ID": "999999999"})

    def test_a_stream_that_is_not_ones_own_does_not_exist(self, shop: Shop) -> None:
        order = shop.placed()

        assert shop.client.get(f"/v1/orders/{order['id']}/events", headers=shop.other).status_code == 404


def _events(shop: Shop, order_id: str, headers: dict[str, str] | None = None) -> list[tuple[str, str]]:
    with shop.client.get(f"/v1/orders/{order_id}/events", headers=shop.customer | (headers or {})) as answer:
        text = answer.text
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "event" in fields:
            found.append((fields.get("id", ""), fields["event"]))
    return found


class TestChanging:
    def test_until_it_is_fired_an_order_takes_another_quote(self, shop: Shop) -> None:
        order = shop.placed()
        later = (next_slot(clock.now()) + 12 * SLOT).isoformat()
        quote = shop.quote(shop.line(shop.croissant), replaces_order_id=order["id"], pickup={"at": later}).json

        changed = shop.change(order["id"], quote["id"]).json

        assert changed["id"] == order["id"]
        assert changed["totals"] == quote["totals"]
        assert changed["state"] == "scheduled"
        assert changed["promise"]["first_window_starts_at"] == order["promise"]["first_window_starts_at"]
        assert held_seconds(shop) == (90, 90)

    def test_its_own_time_counts_as_free_for_the_change(self, shop: Shop) -> None:
        at = (next_slot(clock.now()) + 2 * SLOT).isoformat()
        order = shop.placed(shop.line(quantity=20), pickup={"at": at})  # all of both makers' two slots

        other = shop.quote(shop.line(quantity=20), pickup={"at": at})
        own = shop.quote(shop.line(quantity=19), pickup={"at": at}, replaces_order_id=order["id"])

        assert other.status_code == 409
        assert shop.change(order["id"], own.json["id"]).status_code == 200

    def test_a_change_that_cannot_be_had_leaves_the_order_as_it_was(self, shop: Shop) -> None:
        menu_actions.count_stock(shop.session, store_id=shop.store.id, item_id=shop.croissant, left=1, now=clock.now())
        shop.session.commit()
        order = shop.placed()
        quote = shop.quote(shop.line(shop.croissant), replaces_order_id=order["id"]).json
        shop.placed(shop.line(shop.croissant))
        before = held_seconds(shop)

        answer = shop.change(order["id"], quote["id"])

        assert (answer.status_code, answer.json["type"]) == (409, "/problems/sold-out")
        assert shop.show(order["id"]).json == order
        assert held_seconds(shop) == before

    def test_a_fired_order_cannot_be_changed_or_cancelled_by_the_customer(self, shop: Shop) -> None:
        order = shop.placed()
        quote = shop.quote().json
        shop.move(order["id"], "fired")

        assert shop.change(order["id"], quote["id"]).json["type"] == "/problems/already-fired"
        assert shop.cancel(order["id"]).json["type"] == "/problems/already-fired"

    def test_only_the_customer_changes_and_cancels(self, shop: Shop) -> None:
        order = shop.placed()
        quote = shop.quote(headers=shop.other).json

        assert shop.change(order["id"], quote["id"], headers=shop.other).status_code == 404
        assert shop.cancel(order["id"], headers=shop.other).status_code == 404
        assert shop.cancel(order["id"], headers=shop.barista).status_code == 404
        assert shop.cancel(order["id"], headers={"X-Nobody": "1"}).status_code == 401


class TestCancelling:
    def test_until_it_is_fired_it_is_free_and_everything_held_is_given_back(self, shop: Shop) -> None:
        menu_actions.count_stock(shop.session, store_id=shop.store.id, item_id=shop.croissant, left=3, now=clock.now())
        shop.session.commit()
        order = shop.placed(shop.line(shop.croissant, quantity=2), shop.line())

        cancelled = shop.cancel(order["id"], reason="raining").json

        assert (cancelled["state"], cancelled["end_reason"]) == ("cancelled", "raining")
        assert cancelled["next_actions"] == []
        assert held_seconds(shop) == (0, 0)
        with shop.app.database.reading() as session:
            assert session.scalar(sa.select(StockCount.units_left)) == 3

    def test_a_cancelled_order_stays_cancelled(self, shop: Shop) -> None:
        order = shop.placed()
        shop.cancel(order["id"])

        assert shop.cancel(order["id"]).status_code == 409
        assert shop.move(order["id"], "fired").status_code == 409


class TestMoving:
    def test_staff_move_an_order_to_pickup_and_the_payment_is_taken_there(self, shop: Shop) -> None:
        order = shop.finished()

        assert order["state"] == "picked_up"
        assert order["tender"]["paid"] == order["totals"]["total"]
        assert all(order[stamp] for stamp in ("placed_at", "fired_at", "ready_at", "ended_at"))
        assert order["next_actions"] == ["refund"]

    def test_a_ready_order_is_recalled_and_every_step_is_kept(self, shop: Shop) -> None:
        order = shop.placed()
        for to in ("fired", "in_preparation", "ready", "in_preparation", "ready"):
            assert shop.move(order["id"], to).status_code == 200

        with shop.app.database.reading() as session:
            steps = session.scalars(sa.select(OrderTransition.to_state).order_by(OrderTransition.id)).all()
        assert steps == ["placed", "fired", "in_preparation", "ready", "in_preparation", "ready"]

    def test_a_step_that_the_table_does_not_know_is_refused_with_those_it_does(self, shop: Shop) -> None:
        order = shop.placed()

        answer = shop.move(order["id"], "picked_up")

        assert (answer.status_code, answer.json["type"]) == (409, "/problems/transition-refused")
        assert answer.json["allowed"] == ["fired", "cancelled", "rejected"]

    def test_a_rejected_order_costs_nothing(self, shop: Shop) -> None:
        order = shop.placed()

        rejected = shop.move(order["id"], "rejected", reason="machine broken").json

        assert (rejected["state"], rejected["tender"]["paid"]["amount_minor"]) == ("rejected", 0)
        assert held_seconds(shop) == (0, 0)

    def test_only_the_stores_own_staff_may(self, shop: Shop) -> None:
        order = shop.placed()

        assert shop.move(order["id"], "fired", headers=shop.stranger).status_code == 404
        assert shop.move(order["id"], "fired", headers=shop.customer).status_code == 403
        assert shop.move(order["id"], "fired", headers={"X-Nobody": "1"}).status_code == 401

    @pytest.mark.parametrize("to", ["placed", "gone", "", 7, None])
    def test_an_unknown_state_is_refused_by_name(self, shop: Shop, to: object) -> None:
        answer = shop.move(shop.placed()["id"], to)

        assert (answer.status_code, list(answer.json["errors"])) == (422, ["to"])

    def test_the_worker_fires_what_is_due_and_nothing_else(self, shop: Shop) -> None:
        soon = shop.placed()
        later = shop.placed(pickup={"at": (next_slot(clock.now()) + 24 * SLOT).isoformat()})

        fired = actions.fire_due_orders(shop.session, now=clock.now() + timedelta(minutes=15))
        shop.session.commit()

        assert fired == 1
        assert shop.show(soon["id"]).json["state"] == "fired"
        assert shop.show(later["id"]).json["state"] == "scheduled"


class TestRefunding:
    def test_units_of_a_line_give_back_their_part_and_never_more_than_was_paid(self, shop: Shop) -> None:
        order = shop.finished(shop.line(quantity=3))
        paid = order["tender"]["paid"]["amount_minor"]

        first = shop.refund(order["id"], lines=[{"position": 1, "quantity": 1}]).json
        rest = shop.refund(order["id"], lines=[{"position": 1, "quantity": 2}]).json
        more = shop.refund(order["id"], lines=[{"position": 1, "quantity": 1}])

        assert first["amount"]["amount_minor"] + rest["amount"]["amount_minor"] == paid
        assert first["tax"]["amount_minor"] + rest["tax"]["amount_minor"] == order["totals"]["tax"]["amount_minor"]
        assert (more.status_code, list(more.json["errors"])) == (422, ["lines.0.quantity"])

    def test_an_amount_is_spread_over_the_lines(self, shop: Shop) -> None:
        order = shop.finished(shop.line(), shop.line(shop.croissant))

        refund = shop.refund(order["id"], amount_minor=100).json

        assert sum(line["amount"]["amount_minor"] for line in refund["lines"]) == 100
        assert shop.show(order["id"]).json["tender"]["refunded"]["amount_minor"] == 100

    def test_more_than_is_left_is_refused(self, shop: Shop) -> None:
        order = shop.finished()
        paid = order["tender"]["paid"]["amount_minor"]

        answer = shop.refund(order["id"], amount_minor=paid + 1)

        assert (answer.status_code, answer.json["refundable_minor"]) == (409, paid)

    def test_an_order_that_is_not_paid_has_nothing_to_refund(self, shop: Shop) -> None:
        order = shop.placed()

        assert shop.refund(order["id"], amount_minor=1).json["type"] == "/problems/nothing-to-refund"
        assert shop.refund(order["id"], lines=[{"position": 1, "quantity": 1}]).status_code == 409

    def test_lines_or_amount_but_not_both(self, shop: Shop) -> None:
        order = shop.finished()

        both = shop.refund(order["id"], amount_minor=1, lines=[{"position": 1, "quantity": 1}])
        neither = shop.refund(order["id"])

        assert [answer.status_code for answer in (both, neither)] == [422, 422]

    def test_only_the_stores_own_staff_may(self, shop: Shop) -> None:
        order = shop.finished()

        assert shop.refund(order["id"], amount_minor=1, headers=shop.stranger).status_code == 404
        assert shop.refund(order["id"], amount_minor=1, headers=shop.customer).status_code == 403

    def test_the_receipt_accounts_for_it(self, shop: Shop) -> None:
        order = shop.finished()
        refund = shop.refund(order["id"], amount_minor=50).json

        receipt = shop.client.get(f"/v1/orders/{order['id']}/receipt", headers=shop.customer).json

        assert receipt["refunds"] == [refund]
        assert [step["state"] for step in receipt["steps"]][-1] == "picked_up"
        assert receipt["order"]["tender"]["refunded"]["amount_minor"] == 50

    def test_the_receipt_reads_as_a_page_in_the_readers_language_and_the_stores_time(self, shop: Shop) -> None:
        note = "<script>alert('hi')</script>"
        order = shop.finished(shop.line(quantity=2, note=note))
        etag = shop.client.get("/v1/me", headers=shop.customer).headers["ETag"]
        shop.client.patch("/v1/me", json={"language": "de"}, headers=shop.customer | {"If-Match": etag})

        page = shop.client.get(
            f"/v1/orders/{order['id']}/receipt", headers=shop.customer | {"Accept": "text/html,*/*;q=0.1"}
        )

        assert page.mimetype == "text/html"
        assert "8,66" in page.text  # 2 × 4.00 and 8.25 % of it, with a German comma
        assert order["code"] in page.text
        assert note not in page.text
        assert "&lt;script&gt;" in page.text
        assert "Content-Security-Policy" in page.headers


class TestPickupTimes:
    def test_windows_that_are_full_are_not_shown(self, shop: Shop) -> None:
        url = f"/v1/stores/{shop.store.id}/pickup-times"
        at = next_slot(clock.now()) + 2 * SLOT
        big = shop.quote(shop.line(quantity=20), pickup={"at": at.isoformat()}).json
        before = shop.client.get(f"{url}?quote_id={big['id']}", headers=shop.customer).json["data"]
        shop.place(big["id"])
        after = shop.client.get(f"{url}?quote_id={big['id']}", headers=shop.customer).json["data"]

        starts = [window["window_starts_at"] for window in before]
        assert at.isoformat().replace("+00:00", "Z") in starts
        assert at.isoformat().replace("+00:00", "Z") not in [window["window_starts_at"] for window in after]

    def test_anyone_may_look_but_another_customers_quote_is_not_theirs(self, shop: Shop) -> None:
        url = f"/v1/stores/{shop.store.id}/pickup-times"
        quote = shop.quote().json

        assert shop.client.get(url).json["data"]
        assert shop.client.get(f"{url}?quote_id={quote['id']}", headers=shop.other).status_code == 404
        assert shop.client.get(f"{url}?quote_id={quote['id']}").status_code == 422
        assert shop.client.get(f"/v1/stores/{uuid4()}/pickup-times").status_code == 404
