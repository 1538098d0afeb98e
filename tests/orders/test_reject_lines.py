"""POST /v1/orders/{order_id}/rejections: a line that can't be made does what its customer chose."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from service import clock
from service.menu import actions as menu_actions
from service.menu.models import StockCount
from service.orders.models import Refund
from service.orders.rules.promise import SLOT, next_slot

from .shop import Shop
from .test_order_life import held_seconds


def policy(do: str, *substitutes: dict[str, Any], avoid: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what a customer chooses for a line that can't be made."""
    return {"do": do, "substitutes": list(substitutes), "avoid": list(avoid)}


def soon() -> dict[str, str]:
    """Return a pickup far enough ahead that a substitute's time is free whatever the clock says."""
    return {"at": (next_slot(clock.now()) + 3 * SLOT).isoformat()}


def adds_up(order: dict[str, Any]) -> bool:
    """Tell whether the order's totals are those of its lines."""
    subtotal = sum(line["total"]["amount_minor"] for line in order["lines"])
    tax = sum(line["tax"]["amount_minor"] for line in order["lines"])
    totals = {name: part["amount_minor"] for name, part in order["totals"].items() if name != "tax_inclusive"}
    return totals == {"subtotal": subtotal, "tax": tax, "total": subtotal + tax}


class TestRefundLine:
    def test_nothing_is_due_for_the_line_and_its_time_is_free(self, shop: Shop) -> None:
        order = shop.placed(shop.line(if_unavailable=policy("refund_line")), shop.line(shop.croissant))

        left = shop.reject(order["id"], 1).json

        assert [line["total"]["amount_minor"] for line in left["lines"]] == [0, 325]
        assert left["lines"][0]["change"]["kind"] == "struck"
        assert left["lines"][0]["change"]["was"]["total"]["amount_minor"] == 400
        assert left["lines"][0]["change"]["reason"] == "dropped"
        assert adds_up(left)
        assert held_seconds(shop) == (90, 90)
        assert left["version"] == order["version"] + 1

    def test_what_is_left_is_paid_at_pickup(self, shop: Shop) -> None:
        order = shop.placed(shop.line(if_unavailable=policy("refund_line")), shop.line(shop.croissant))
        left = shop.reject(order["id"], 1).json
        for to in ("fired", "ready", "picked_up"):
            paid = shop.move(order["id"], to).json["tender"]["paid"]

        assert paid == left["totals"]["total"]

    def test_of_an_order_that_was_paid_what_is_left_of_the_line_is_refunded(self, shop: Shop) -> None:
        order = shop.placed(shop.line(if_unavailable=policy("refund_line")), shop.line(shop.croissant))
        shop.session.execute(sa.text("UPDATE orders SET paid_minor = total_minor"))
        shop.session.commit()

        left = shop.reject(order["id"], 1).json

        assert left["totals"] == order["totals"]
        assert left["tender"]["refunded"]["amount_minor"] == 433  # 4.00 and its tax
        with shop.app.database.reading() as session:
            assert session.scalars(sa.select(Refund.amount_minor)).all() == [433]

    def test_where_nothing_is_left_the_order_is_rejected(self, shop: Shop) -> None:
        order = shop.placed(shop.line(if_unavailable=policy("refund_line")))

        ended = shop.reject(order["id"], 1, reason="no beans").json

        assert (ended["state"], ended["end_reason"], ended["totals"]["total"]["amount_minor"]) == (
            "rejected",
            "no beans",
            0,
        )
        assert held_seconds(shop) == (0, 0)

    def test_counted_units_that_are_not_there_are_not_put_back(self, shop: Shop) -> None:
        menu_actions.count_stock(shop.session, store_id=shop.store.id, item_id=shop.croissant, left=3, now=clock.now())
        shop.session.commit()
        order = shop.placed(shop.line(), shop.line(shop.croissant, if_unavailable=policy("refund_line")))
        shop.reject(order["id"], 2)
        shop.cancel(order["id"])

        with shop.app.database.reading() as session:
            assert session.scalar(sa.select(StockCount.units_left)) == 2


class TestClosest:
    def test_the_first_named_that_is_not_dearer_takes_the_place(self, shop: Shop) -> None:
        chosen = policy("closest", shop.line(size_id=str(shop.large)), shop.line(shop.croissant))
        order = shop.placed(shop.line(if_unavailable=chosen, quantity=2, note="to go"), pickup=soon())

        changed = shop.reject(order["id"], 1).json
        (line,) = changed["lines"]

        assert (line["item"]["name"], line["quantity"], line["note"]) == ("Croissant", 2, "to go")
        assert (line["change"]["kind"], line["change"]["was"]["item"]["name"]) == ("substituted", "Flat white")
        assert line["total"]["amount_minor"] == 650
        assert adds_up(changed)
        assert held_seconds(shop) == (180, 180)  # two in the oven, none at the bar

    def test_dearer_ones_are_asked_about(self, shop: Shop) -> None:
        order = shop.placed(
            shop.line(if_unavailable=policy("closest", shop.line(size_id=str(shop.large)))), pickup=soon()
        )

        asked = shop.reject(order["id"], 1).json

        assert asked["lines"] == order["lines"]
        (ask,) = asked["asks"]
        assert [(option["answer"], option["price_change"]["amount_minor"]) for option in ask["options"]] == [
            ("substitute-1", 81),  # 0.75 and its tax
            ("refund_line", -433),
            ("cancel_order", -433),
        ]

    @pytest.mark.parametrize("allergen", ["gluten", "milk"])
    def test_what_the_customer_avoids_never_comes_in(self, shop: Shop, allergen: str) -> None:
        chosen = policy("closest", shop.line(shop.croissant), avoid=(allergen,))
        order = shop.placed(shop.line(if_unavailable=chosen), shop.line(), pickup=soon())

        left = shop.reject(order["id"], 1).json

        assert left["lines"][0]["change"]["kind"] == "struck"

    def test_one_whose_time_or_last_unit_is_taken_is_passed_over(self, shop: Shop) -> None:
        menu_actions.count_stock(shop.session, store_id=shop.store.id, item_id=shop.croissant, left=1, now=clock.now())
        shop.session.commit()
        chosen = policy("closest", shop.line(shop.croissant))
        order = shop.placed(shop.line(quantity=2, if_unavailable=chosen), shop.line(), pickup=soon())

        left = shop.reject(order["id"], 1).json

        assert left["lines"][0]["change"]["kind"] == "struck"
        with shop.app.database.reading() as session:
            assert session.scalar(sa.select(StockCount.units_left)) == 1

    def test_of_an_order_that_was_paid_the_difference_is_refunded(self, shop: Shop) -> None:
        order = shop.placed(shop.line(if_unavailable=policy("closest", shop.line(shop.croissant))), pickup=soon())
        shop.session.execute(sa.text("UPDATE orders SET paid_minor = total_minor"))
        shop.session.commit()

        changed = shop.reject(order["id"], 1).json

        assert (changed["lines"][0]["item"]["name"], changed["totals"]) == ("Croissant", order["totals"])
        assert changed["tender"]["refunded"]["amount_minor"] == 433 - 352
        assert adds_up(changed)


class TestCancelOrder:
    def test_the_whole_order_is_cancelled_and_everything_given_back(self, shop: Shop) -> None:
        order = shop.placed(shop.line(), shop.line(shop.croissant, if_unavailable=policy("cancel_order")))
        shop.move(order["id"], "fired")

        ended = shop.reject(order["id"], 1, 2).json

        assert (ended["state"], ended["end_reason"]) == ("cancelled", "dropped")
        assert held_seconds(shop) == (0, 0)


class TestChoosing:
    def test_without_a_choice_the_customer_is_asked_and_the_source_says_who_decided_that(self, shop: Shop) -> None:
        order = shop.placed()

        assert order["lines"][0]["if_unavailable"] == {
            "do": "ask",
            "substitutes": [],
            "avoid": [],
            "source": {"kind": "store_default"},
        }

    def test_a_choice_for_the_order_holds_for_lines_without_one(self, shop: Shop) -> None:
        lines = shop.line(), shop.line(if_unavailable=policy("cancel_order"))
        order = shop.placed(*lines, if_unavailable=policy("refund_line"))

        chosen = [(line["if_unavailable"]["do"], line["if_unavailable"]["source"]["kind"]) for line in order["lines"]]
        assert chosen == [("refund_line", "customer_choice"), ("cancel_order", "customer_choice")]

    def test_a_substitute_that_is_not_sold_is_refused_by_its_path(self, shop: Shop) -> None:
        wrong = policy("closest", shop.line(shop.croissant), shop.line(shop.store.id))

        answer = shop.quote(shop.line(if_unavailable=wrong))

        assert (answer.status_code, list(answer.json["errors"])) == (
            422,
            ["lines.0.if_unavailable.substitutes.1.item_id"],
        )

    @pytest.mark.parametrize(
        ("wrong", "path"),
        [
            ({"do": "guess"}, "do"),
            ({"do": "ask", "avoid": ["love"]}, "avoid.0"),
            ({"do": "ask", "substitutes": [{}]}, "substitutes.0.item_id"),
            ({}, "do"),
        ],
    )
    def test_a_wrong_choice_is_refused_by_name(self, shop: Shop, wrong: dict[str, Any], path: str) -> None:
        answer = shop.quote(if_unavailable=wrong)

        assert (answer.status_code, list(answer.json["errors"])) == (422, [f"if_unavailable.{path}"])


class TestWhoMay:
    def test_only_the_stores_own_staff_and_not_their_own(self, shop: Shop) -> None:
        order = shop.placed()
        own = shop.place(headers=shop.barista).json

        assert shop.reject(order["id"], 1, headers=shop.stranger).status_code == 404
        assert shop.reject(order["id"], 1, headers=shop.customer).status_code == 403
        assert shop.reject(order["id"], 1, headers={"X-Nobody": "1"}).status_code == 401
        assert shop.reject(own["id"], 1).json["type"] == "/problems/own-order"

    def test_lines_that_are_not_there_are_named(self, shop: Shop) -> None:
        answer = shop.reject(shop.placed()["id"], 1, 2, 1)

        assert (answer.status_code, list(answer.json["errors"])) == (422, ["lines.1", "lines.2"])

    def test_a_line_that_was_taken_out_meanwhile_changed(self, shop: Shop) -> None:
        order = shop.placed(shop.line(), shop.line(shop.croissant, if_unavailable=policy("refund_line")))
        assert shop.reject(order["id"], 2).status_code == 200

        answer = shop.reject(order["id"], 1, 2)

        assert (answer.status_code, answer.json["type"]) == (409, "/problems/lines-changed")
        assert answer.json["positions"] == [2]

    def test_what_is_made_cannot_be_rejected_by_line(self, shop: Shop) -> None:
        assert shop.reject(shop.finished()["id"], 1).json["type"] == "/problems/already-made"
