"""The time of an order whose lines change: what it holds, its stations' starts and its own are one thing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from service import clock
from service.events import OutboxRow
from service.menu import actions as menu_actions
from service.menu.models import StockCount
from service.orders.models import CapacityClaim, Order
from service.orders.rules.making import fired_at, reworked
from service.orders.rules.promise import SLOT, next_slot

from .shop import Shop
from .test_arrive import ON_ARRIVAL, ON_MY_WAY, instant, tap
from .test_order_life import held_seconds
from .test_races import assert_capacity_is_conserved
from .test_reject_lines import policy, soon

SEVEN = datetime(2025, 3, 3, 7, tzinfo=UTC)


def starts(order: dict[str, Any]) -> dict[str, datetime]:
    """Return when each station starts on an order."""
    return {station: instant(at) for station, at in order["promise"]["station_starts"].items()}


class TestStarts:
    def test_a_substitute_at_another_station_starts_in_time_and_the_store_with_it(self, shop: Shop) -> None:
        choice = policy("closest", shop.line(shop.croissant))
        order = shop.placed(shop.line(if_unavailable=choice), pickup=soon())

        changed = shop.reject(order["id"], 1).json

        assert set(starts(changed)) == {"oven"}  # nothing is left to do at the bar
        assert instant(changed["promise"]["fire_at"]) == min(starts(changed).values())
        assert instant(changed["promise"]["window_starts_at"]) - starts(changed)["oven"] >= timedelta(seconds=90)

    def test_one_with_more_work_moves_the_start_of_its_station_forward(self, shop: Shop) -> None:
        more = shop.line(modifiers=[{"option_id": str(shop.vanilla), "quantity": 4}])
        order = shop.placed(shop.line(quantity=2, if_unavailable=policy("ask", more)), pickup=soon())
        shop.reject(order["id"], 1)

        changed = shop.answer(order["id"], 1, "substitute-1").json

        assert starts(changed)["bar"] < starts(order)["bar"]
        assert instant(changed["promise"]["fire_at"]) == starts(changed)["bar"]
        assert held_seconds(shop) == (2 * 80, 2 * 80)

    def test_a_line_that_goes_takes_its_station_and_its_share_of_the_start_with_it(self, shop: Shop) -> None:
        gone = policy("refund_line")
        order = shop.placed(
            shop.line(quantity=5, if_unavailable=gone), shop.line(), shop.line(shop.croissant, if_unavailable=gone),
            pickup=soon(),
        )  # fmt: skip

        changed = shop.reject(order["id"], 1, 3).json

        assert set(starts(changed)) == {"bar"}
        assert starts(changed)["bar"] - starts(order)["bar"] == timedelta(seconds=300 / 2)  # of two makers
        assert instant(changed["promise"]["fire_at"]) == starts(changed)["bar"]

    @given(
        st.dictionaries(st.sampled_from(["bar", "oven", "cold"]), st.integers(1, 3_000)),
        st.dictionaries(st.sampled_from(["bar", "oven", "cold"]), st.integers(1, 3_000)),
        st.dictionaries(st.sampled_from(["bar", "oven", "cold"]), st.integers(1, 3_000)),
    )
    def test_what_it_takes_has_a_start_for_each_station_and_none_besides(
        self, work: dict[str, int], more: dict[str, int], less: dict[str, int]
    ) -> None:
        less = {station: seconds for station, seconds in less.items() if station not in more}
        making = {"work": work, "longest": work, "station_starts": dict.fromkeys(work, SEVEN.isoformat())}
        taken = dict.fromkeys(more, SEVEN - SLOT)

        made = reworked(making, more=more, less=less, starts=taken, makers={"bar": 2, "oven": 1}, now=SEVEN - SLOT)

        assert set(made["work"]) == set(made["station_starts"]) == set(made["longest"])
        assert all(0 < made["longest"][station] <= seconds for station, seconds in made["work"].items())
        assert all(made["station_starts"][station] == SEVEN - SLOT for station in more)
        assert fired_at(made, otherwise=SEVEN) == min(made["station_starts"].values(), default=SEVEN)


class TestLocks:
    def test_where_its_units_are_gone_the_time_of_a_substitute_is_given_back(self, shop: Shop) -> None:
        order = shop.placed(shop.line(if_unavailable=policy("ask", shop.line(shop.croissant))), pickup=soon())
        shop.reject(order["id"], 1)
        menu_actions.count_stock(shop.session, store_id=shop.store.id, item_id=shop.croissant, left=0, now=clock.now())
        shop.session.commit()

        answer = shop.answer(order["id"], 1, "substitute-1")

        assert answer.status_code == 409
        assert held_seconds(shop) == (60, 60)
        assert starts(shop.show(order["id"]).json) == starts(order)

    def test_time_is_locked_before_stock(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        """The common order: who holds time may wait for stock, never the other way round."""
        menu_actions.count_stock(shop.session, store_id=shop.store.id, item_id=shop.croissant, left=5, now=clock.now())
        shop.session.commit()
        choice = policy("closest", shop.line(shop.croissant))
        order = shop.placed(shop.line(if_unavailable=choice), shop.line(if_unavailable=choice), pickup=soon())
        written: list[str] = []

        def note(_c: Any, _u: Any, statement: str, *_: Any) -> None:
            written.extend(
                table
                for table in ("capacity_slots", "menu_stock")
                if statement.startswith((f"UPDATE {table}", f"INSERT INTO {table}"))
                or (f"FROM {table}" in statement and "FOR UPDATE" in statement)
            )

        sa.event.listen(shop.app.database.engine, "before_cursor_execute", note)
        try:
            assert shop.reject(order["id"], 1, 2).status_code == 200
        finally:
            sa.event.remove(shop.app.database.engine, "before_cursor_execute", note)

        assert written[0] == "capacity_slots"
        assert "menu_stock" in written
        assert shop.session.scalar(sa.select(StockCount.units_left)) == 3
        assert_capacity_is_conserved(shop.app)

    def test_two_lines_of_which_one_takes_and_one_gives_back_hold_what_is_left(self, shop: Shop) -> None:
        order = shop.placed(
            shop.line(if_unavailable=policy("closest", shop.line(shop.croissant))),
            shop.line(quantity=3, if_unavailable=policy("refund_line")),
            pickup=soon(),
        )

        shop.reject(order["id"], 1, 2)

        assert held_seconds(shop) == (90, 90)


class TestHeld:
    """Orders that wait for a tap have no window, and hold no time."""

    @pytest.mark.parametrize("do", ["closest", "refund_line", "ask", "cancel_order"])
    def test_staff_reject_its_lines(self, shop: Shop, do: str) -> None:
        chosen = policy(do, shop.line(shop.croissant)) if do in {"closest", "ask"} else policy(do)
        order = shop.placed(shop.line(if_unavailable=chosen), shop.line(), fire=ON_ARRIVAL)

        answer = shop.reject(order["id"], 1)

        assert answer.status_code == 200, answer.text
        shown = answer.json
        assert shown["state"] == ("cancelled" if do == "cancel_order" else "held")
        assert held_seconds(shop) == (0, 0)
        if do == "closest":
            assert tap(shop, order["id"]).json["state"] == "placed"
            assert held_seconds(shop) == (150, 150)

    def test_what_is_sold_out_is_followed_for_it_too(self, shop: Shop) -> None:
        order = shop.placed(shop.line(if_unavailable=policy("refund_line")), shop.line(shop.croissant), fire=ON_ARRIVAL)
        shop.sell_out("item", shop.flat_white, until=(clock.now() + timedelta(hours=1)).isoformat())

        shop.follow_up()

        assert shop.show(order["id"]).json["lines"][0]["change"]["kind"] == "struck"

    def test_its_question_waits_for_the_tap_and_no_longer_than_others_after_it(self, shop: Shop) -> None:
        order = shop.placed(shop.line(), shop.line(shop.croissant), fire=ON_ARRIVAL)
        shop.reject(order["id"], 1)
        (before,) = shop.show(order["id"]).json["asks"]
        assert before["deadline_at"] == order["fire"]["latest_at"]

        tapped = tap(shop, order["id"]).json

        (after,) = tapped["asks"]
        soonest = clock.now() + timedelta(minutes=5)
        assert instant(after["deadline_at"]) <= max(soonest, instant(tapped["promise"]["fire_at"]))
        shop.follow_up(clock.now() + timedelta(minutes=30))
        assert shop.show(order["id"]).json["lines"][0]["change"]["kind"] == "struck"

    def test_an_offer_is_taken_before_the_tap(self, shop: Shop) -> None:
        choice = policy("ask", shop.line(shop.croissant))
        order = shop.placed(shop.line(if_unavailable=choice), fire=ON_ARRIVAL)
        shop.reject(order["id"], 1)

        assert shop.answer(order["id"], 1, "substitute-1").json["lines"][0]["item"]["name"] == "Croissant"
        tap(shop, order["id"])
        assert held_seconds(shop) == (90, 90)

    def test_a_window_that_it_had_before_it_was_held_and_the_one_after_are_both_in_the_ledger(self, shop: Shop) -> None:
        later = next_slot(clock.now()) + 12 * SLOT
        order = shop.placed(pickup={"at": later.isoformat()})
        held = shop.quote(fire=ON_MY_WAY, replaces_order_id=order["id"]).json
        assert shop.change(order["id"], held["id"]).json["state"] == "held"

        now_promised = tap(shop, order["id"]).json["promise"]

        ledger = shop.client.get(f"/v1/orders/{order['id']}/promises", headers=shop.customer).json["data"]
        assert [(entry["kind"], entry["window_starts_at"]) for entry in ledger] == [
            ("first", order["promise"]["window_starts_at"]),
            ("changed", now_promised["window_starts_at"]),
        ]

    def test_no_fact_of_it_has_a_window_that_it_has_not(self, shop: Shop) -> None:
        order = shop.placed(fire=ON_ARRIVAL)

        with shop.app.database.reading() as session:
            row = session.execute(sa.select(OutboxRow).where(OutboxRow.subject_id == UUID(order["id"]))).scalar_one()
            claims = session.scalar(sa.select(sa.func.count()).select_from(CapacityClaim))
            window = session.scalar(sa.select(Order.window_starts_at))
        assert (row.payload["window_starts_at"], claims, window) == (None, 0, None)
