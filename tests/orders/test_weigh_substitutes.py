"""What takes the place of a line that can't be made is weighed against its customer's ceilings, as they state them
then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service import clock
from service.orders.actions import shortfall, substitutes
from tests.factories import SmallMenu, make_menu
from tests.preferences.voice import Voice

from .shop import Shop
from .test_reject_lines import adds_up, policy, soon


@pytest.fixture
def menu(shop: Shop) -> SmallMenu:
    """A tall Americano has 150 mg of caffeine, a grande 225, a croissant none."""
    return make_menu(shop.session)


@pytest.fixture
def voice(shop: Shop) -> Voice:
    """The shop's customer."""
    return Voice(shop, shop.customer)


def limit(voice: Voice, most: float, do: str) -> None:
    """Say how much caffeine an order may hold."""
    answer = voice.say("ceilings", ceilings=[{"fact": "caffeine_mg", "most": most, "do": do}])
    assert answer.status_code == 200, answer.text


def tall_and(shop: Shop, menu: SmallMenu, do: str, *more: dict[str, Any]) -> dict[str, Any]:
    """Place a tall Americano whose place a grande may take, and more lines."""
    grande = shop.line(menu.americano, size_id=str(menu.grande))
    chosen = {**policy(do, grande), "max_extra_minor": 500}
    return shop.placed(shop.line(menu.americano, if_unavailable=chosen), *more, pickup=soon())


def offered(order: dict[str, Any]) -> list[str]:
    """Return the answers of its open question."""
    return [option["answer"] for option in order["asks"][0]["options"]]


class TestRefused:
    def test_what_would_be_too_much_does_not_take_the_place(self, shop: Shop, menu: SmallMenu, voice: Voice) -> None:
        order = tall_and(shop, menu, "closest", shop.line(menu.croissant))
        limit(voice, 200, "refuse")

        left = shop.reject(order["id"], 1).json

        assert left["lines"][0]["change"]["kind"] == "struck"
        assert adds_up(left)

    def test_the_other_lines_count_and_one_that_cannot_be_made_does_not(
        self, shop: Shop, menu: SmallMenu, voice: Voice
    ) -> None:
        order = tall_and(shop, menu, "closest", shop.line(menu.americano), shop.line(menu.croissant))
        limit(voice, 374, "refuse")

        assert shop.reject(order["id"], 1).json["lines"][0]["change"]["kind"] == "struck"
        order = tall_and(shop, menu, "closest", shop.line(menu.americano, if_unavailable=policy("refund_line")))
        both = shop.reject(order["id"], 1, 2).json
        assert [line["change"]["kind"] for line in both["lines"]] == ["substituted", "struck"]

    def test_two_that_are_too_much_together_do_not_both_take_their_places(
        self, shop: Shop, menu: SmallMenu, voice: Voice
    ) -> None:
        grande = shop.line(menu.americano, size_id=str(menu.grande))
        chosen = {**policy("closest", grande), "max_extra_minor": 500}
        one = shop.line(menu.americano, if_unavailable=chosen)
        order = shop.placed(one, one, shop.line(menu.croissant), pickup=soon())
        limit(voice, 300, "refuse")

        left = shop.reject(order["id"], 1, 2).json

        assert [line["change"]["kind"] for line in left["lines"][:2]] == ["substituted", "struck"]

    def test_it_is_not_offered(self, shop: Shop, menu: SmallMenu, voice: Voice) -> None:
        order = tall_and(shop, menu, "ask", shop.line(menu.croissant))
        limit(voice, 200, "refuse")
        shop.reject(order["id"], 1)

        assert offered(shop.show(order["id"]).json) == ["refund_line", "cancel_order"]

    def test_what_was_offered_before_is_refused_and_the_question_stays(
        self, shop: Shop, menu: SmallMenu, voice: Voice
    ) -> None:
        order = tall_and(shop, menu, "ask", shop.line(menu.croissant))
        shop.reject(order["id"], 1)
        limit(voice, 200, "refuse")

        answer = shop.answer(order["id"], 1, "substitute-1")

        assert (answer.status_code, answer.json["type"]) == (422, "/problems/ceiling-exceeded")
        assert answer.json["ceilings"][0]["amount"] == 225
        assert len(shop.show(order["id"]).json["asks"]) == 1
        voice.withdraw("ceilings")
        assert shop.answer(order["id"], 1, "substitute-1").json["lines"][0]["size"]["name"] == "Grande"

    @pytest.mark.parametrize(("most", "kind"), [(200, "struck"), (225, "substituted")])
    def test_without_an_answer_only_what_stays_below_is_taken(
        self, shop: Shop, menu: SmallMenu, voice: Voice, most: int, kind: str
    ) -> None:
        grande = shop.line(menu.americano, size_id=str(menu.grande))
        chosen = {**policy("ask", grande), "max_extra_minor": 500, "without_answer": "closest"}
        line = shop.line(menu.americano, if_unavailable={**chosen, "answer_minutes": 1})
        order = shop.placed(line, shop.line(menu.croissant), pickup=soon())
        shop.reject(order["id"], 1)
        limit(voice, most, "refuse")

        shop.follow_up(clock.now() + timedelta(minutes=2))

        assert shop.show(order["id"]).json["lines"][0]["change"]["kind"] == kind

    @pytest.mark.broken_on_purpose
    def test_without_the_scales_it_takes_the_place(
        self, shop: Shop, menu: SmallMenu, voice: Voice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The control: nobody weighs."""
        for module in (shortfall, substitutes):
            monkeypatch.setattr(module, "refused", lambda *_: [])
        order = tall_and(shop, menu, "closest", shop.line(menu.croissant))
        limit(voice, 200, "refuse")

        assert shop.reject(order["id"], 1).json["lines"][0]["change"]["kind"] == "substituted"


class TestWarned:
    def test_it_is_offered_with_the_warning_to_the_customer_alone(
        self, shop: Shop, menu: SmallMenu, voice: Voice
    ) -> None:
        order = tall_and(shop, menu, "ask", shop.line(menu.croissant))
        limit(voice, 200, "warn")
        staff = shop.reject(order["id"], 1).json

        (asked,) = shop.show(order["id"]).json["asks"]

        (warning,) = asked["options"][0]["warnings"]
        assert (warning["kind"], warning["fact"], warning["source"]["preference"]) == (
            "above_ceiling",
            "caffeine_mg",
            "ceilings",
        )
        assert [option for option in asked["options"] if "warnings" in option] == asked["options"][:1]
        for seen in (staff, shop.show(order["id"], headers=shop.barista).json):
            assert seen["asks"]
            assert not [option for option in seen["asks"][0]["options"] if "warnings" in option]
        assert shop.answer(order["id"], 1, "substitute-1").json["lines"][0]["size"]["name"] == "Grande"

    def test_closest_takes_it(self, shop: Shop, menu: SmallMenu, voice: Voice) -> None:
        order = tall_and(shop, menu, "closest", shop.line(menu.croissant))
        limit(voice, 200, "warn")

        assert shop.reject(order["id"], 1).json["lines"][0]["size"]["name"] == "Grande"

    def test_what_nobody_states_is_told_and_refuses_nothing(self, shop: Shop, menu: SmallMenu, voice: Voice) -> None:
        order = shop.placed(
            shop.line(if_unavailable=policy("ask", shop.line(menu.croissant))), shop.line(), pickup=soon()
        )
        limit(voice, 200, "refuse")
        shop.reject(order["id"], 1)

        (asked,) = shop.show(order["id"]).json["asks"]

        assert asked["options"][0]["warnings"][0]["kind"] == "ceiling_unknown"


def test_who_states_no_ceiling_finds_no_warning(shop: Shop, menu: SmallMenu) -> None:
    order = tall_and(shop, menu, "ask", shop.line(menu.croissant))
    shop.reject(order["id"], 1)

    assert "warnings" not in shop.show(order["id"]).text
