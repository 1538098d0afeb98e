"""Questions to the customer: shown, answered, settled by their deadline; what a store sells out asks them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from service import clock
from service.events import OutboxRow
from service.orders.rules.aftermath import ASK_FOR
from service.orders.rules.promise import SLOT, next_slot

from .shop import Shop
from .test_order_life import held_seconds
from .test_reject_lines import adds_up, policy, soon

AFTER = ASK_FOR + timedelta(hours=1)


def asked(shop: Shop) -> dict[str, Any]:
    """Return an order of two lines with an open question about its first: a croissant would take the place."""
    choice = policy("ask", shop.line(shop.croissant), shop.line(size_id=str(shop.large)))
    order = shop.placed(shop.line(if_unavailable=choice), shop.line(), pickup=soon())
    answer = shop.reject(order["id"], 1)
    assert answer.status_code == 200, answer.text
    return shop.show(order["id"]).json  # type: ignore[no-any-return]


class TestAnswering:
    def test_the_question_says_what_can_be_answered_until_when_and_what_holds_without(self, shop: Shop) -> None:
        order = asked(shop)
        (ask,) = order["asks"]

        assert [option["answer"] for option in ask["options"]] == [
            "substitute-1",
            "substitute-2",
            "refund_line",
            "cancel_order",
        ]
        assert (ask["number"], ask["position"], ask["without_answer"]) == (1, 1, "refund_line")
        assert order["next_actions"] == ["change", "cancel", "answer"]

    def test_an_offer_is_taken_at_the_price_it_showed(self, shop: Shop) -> None:
        order = asked(shop)
        option = order["asks"][0]["options"][1]

        answered = shop.answer(order["id"], 1, "substitute-2").json

        grown = answered["totals"]["total"]["amount_minor"] - order["totals"]["total"]["amount_minor"]
        assert grown == option["price_change"]["amount_minor"] > 0  # dearer, and with a yes
        assert (answered["lines"][0]["size"]["name"], answered["asks"]) == ("Large", [])
        assert adds_up(answered)
        assert held_seconds(shop) == (120, 120)

    def test_the_line_is_refunded_or_the_order_cancelled(self, shop: Shop) -> None:
        first, second = asked(shop), asked(shop)

        refunded = shop.answer(first["id"], 1, "refund_line").json
        cancelled = shop.answer(second["id"], 1, "cancel_order").json

        assert (refunded["totals"]["subtotal"]["amount_minor"], refunded["state"]) == (400, "scheduled")
        assert cancelled["state"] == "cancelled"

    def test_an_offer_that_sold_out_meanwhile_can_not_be_taken_and_the_question_stays(self, shop: Shop) -> None:
        order = asked(shop)
        shop.sell_out("item", shop.croissant)

        answer = shop.answer(order["id"], 1, "substitute-1")

        assert (answer.status_code, answer.json["type"]) == (409, "/problems/sold-out")
        assert shop.show(order["id"]).json == order

    def test_an_offer_whose_time_went_to_others_can_not_be_taken(self, shop: Shop) -> None:
        order = asked(shop)
        window = order["promise"]["window_starts_at"]
        while (quote := shop.quote(shop.line(shop.croissant), pickup={"at": window})).status_code == 201:
            shop.place(quote.json["id"])

        assert shop.answer(order["id"], 1, "substitute-1").json["type"] == "/problems/offer-gone"
        assert shop.show(order["id"]).json == order

    def test_it_is_answered_once(self, shop: Shop) -> None:
        order = asked(shop)
        shop.answer(order["id"], 1, "refund_line")

        again = shop.answer(order["id"], 1, "cancel_order")

        assert (again.status_code, again.json["type"], again.json["answer"]) == (
            409,
            "/problems/ask-closed",
            "refund_line",
        )

    def test_only_by_its_customer(self, shop: Shop) -> None:
        order = asked(shop)

        assert shop.answer(order["id"], 1, "refund_line", headers=shop.other).status_code == 404
        assert shop.answer(order["id"], 1, "refund_line", headers=shop.barista).status_code == 404
        assert shop.answer(order["id"], 1, "refund_line", headers={"X-Nobody": "1"}).status_code == 401
        assert shop.answer(order["id"], 2, "refund_line").status_code == 404

    def test_with_one_of_its_answers(self, shop: Shop) -> None:
        answer = shop.answer(asked(shop)["id"], 1, "substitute-3")

        assert (answer.status_code, list(answer.json["errors"])) == (422, ["answer"])

    def test_once_it_is_made_there_is_nothing_to_answer(self, shop: Shop) -> None:
        order = asked(shop)
        for to in ("fired", "ready"):
            shop.move(order["id"], to)

        assert shop.answer(order["id"], 1, "refund_line").json["type"] == "/problems/already-made"
        shop.follow_up(clock.now() + AFTER)
        assert shop.show(order["id"]).json["totals"] == order["totals"]

    def test_changing_the_order_withdraws_the_question(self, shop: Shop) -> None:
        order = asked(shop)
        quote = shop.quote(replaces_order_id=order["id"]).json["id"]

        changed = shop.change(order["id"], quote).json

        assert (changed["asks"], "answer" in changed["next_actions"]) == ([], False)
        assert shop.answer(order["id"], 1, "refund_line").json["type"] == "/problems/ask-closed"

    def test_who_follows_the_order_is_told(self, shop: Shop) -> None:
        order = asked(shop)
        shop.answer(order["id"], 1, "refund_line")

        with shop.app.database.reading() as session:
            told = session.scalars(
                sa.select(OutboxRow.name).where(OutboxRow.subject == "order").order_by(OutboxRow.seq)
            ).all()
        assert told == ["OrderPlaced", "CustomerAsked", "AskAnswered", "OrderLinesChanged"]


class TestDeadline:
    def test_without_an_answer_the_line_is_refunded(self, shop: Shop) -> None:
        order = asked(shop)
        shop.follow_up(clock.now() + timedelta(minutes=4))
        waiting = shop.show(order["id"]).json
        shop.follow_up(clock.now() + AFTER)

        settled = shop.show(order["id"]).json

        assert waiting == order
        assert (settled["totals"]["subtotal"]["amount_minor"], settled["asks"]) == (400, [])
        assert settled["lines"][0]["change"]["kind"] == "struck"

    def test_a_question_about_a_later_order_waits_until_it_would_be_started(self, shop: Shop) -> None:
        later = {"at": (next_slot(clock.now()) + 12 * SLOT).isoformat()}
        order = shop.placed(shop.line(), shop.line(), pickup=later)
        shop.reject(order["id"], 1)

        shown = shop.show(order["id"]).json

        assert shown["asks"][0]["deadline_at"] == order["promise"]["fire_at"]


class TestSoldOut:
    @pytest.mark.parametrize("kind", ["item", "size", "option"])
    def test_what_is_marked_sold_out_changes_the_orders_that_hold_it(self, shop: Shop, kind: str) -> None:
        oat = [{"option_id": str(shop.oat)}]
        held = shop.line(size_id=str(shop.large), modifiers=oat, if_unavailable=policy("refund_line"))
        subject = {"item": shop.flat_white, "size": shop.large, "option": shop.oat}[kind]
        order, fired, other = (
            shop.placed(held, shop.line(shop.croissant)),
            shop.placed(held, shop.line(shop.croissant)),
            shop.placed(shop.line(shop.croissant)),
        )
        shop.move(fired["id"], "fired")
        shop.sell_out(kind, subject)

        shop.follow_up()

        for order_id in (order["id"], fired["id"]):
            assert shop.show(order_id).json["totals"]["subtotal"]["amount_minor"] == 325
        assert shop.show(other["id"]).json == other

    def test_not_what_is_being_made_or_starts_much_later_or_when_it_is_there_again(self, shop: Shop) -> None:
        chosen = {"if_unavailable": policy("refund_line")}
        made = shop.placed(**chosen)
        for to in ("fired", "in_preparation"):
            shop.move(made["id"], to)
        much_later = shop.placed(pickup={"at": (next_slot(clock.now()) + 40 * SLOT).isoformat()}, **chosen)
        back_by_then = shop.placed(pickup={"at": (next_slot(clock.now()) + 12 * SLOT).isoformat()}, **chosen)
        shop.sell_out("item", shop.flat_white, until=(clock.now() + timedelta(minutes=30)).isoformat())

        shop.follow_up()

        states = [shop.show(order["id"]).json["state"] for order in (made, much_later, back_by_then)]
        assert states == ["in_preparation", "scheduled", "scheduled"]

    def test_a_mark_that_stands_reaches_later_orders_when_their_time_comes(self, shop: Shop) -> None:
        later = shop.placed(
            pickup={"at": (next_slot(clock.now()) + 40 * SLOT).isoformat()}, if_unavailable=policy("refund_line")
        )
        shop.sell_out("item", shop.flat_white)
        shop.follow_up()
        shop.follow_up(clock.now() + timedelta(hours=2))

        assert shop.show(later["id"]).json["state"] == "rejected"

    def test_a_mark_that_was_taken_back_changes_nothing(self, shop: Shop) -> None:
        order = shop.placed()
        shop.sell_out("item", shop.flat_white)
        shop.client.delete(f"/v1/stores/{shop.store.id}/sold-out/item/{shop.flat_white}", headers=shop.barista)

        shop.follow_up()

        assert shop.show(order["id"]).json == order

    def test_the_customer_is_asked_once_however_often_it_is_looked_at(self, shop: Shop) -> None:
        order = shop.placed()
        shop.sell_out("item", shop.flat_white)
        for minutes in range(3):
            shop.follow_up(clock.now() + timedelta(minutes=minutes))

        assert len(shop.show(order["id"]).json["asks"]) == 1
