"""The queue's screen in a real browser, against a real server."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
import sqlalchemy as sa

from service.stores.models import Store

from ..counter import states
from .screen import PASSWORD, Screen

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=1>"[:20]


def card(page: Any, order: dict[str, Any]) -> Any:
    """Return the order's card on the page."""
    return page.locator("ticket-card", has_text=order["code"])


def both(screen: Screen, **basket: Any) -> dict[str, Any]:
    """Fire an order of a flat white from the bar and a croissant from the oven."""
    return screen.fired(screen.shop.line(), screen.shop.line(screen.shop.croissant), **basket)


def state(screen: Screen, order: dict[str, Any]) -> str:
    """Return the order's state in the database."""
    found: str = screen.shop.show(order["id"]).json["state"]
    return found


def wait_for_state(screen: Screen, page: Any, order: dict[str, Any], wanted: str) -> None:
    """Wait until the service knows the order in the state."""
    for _ in range(100):
        if state(screen, order) == wanted:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{state(screen, order)}, not {wanted}")


def test_a_tap_bumps_a_line_another_the_ticket_and_undo_takes_it_back(screen: Screen) -> None:
    order = both(screen)
    page = screen.open()

    card(page, order).get_by_role("button", name="Croissant").click()
    wait_for_state(screen, page, order, "in_preparation")
    card(page, order).get_by_role("button", name="Bump").click()
    wait_for_state(screen, page, order, "ready")
    assert page.locator("#ready ticket-card").count() == 1
    page.locator("#toast").get_by_role("button", name="Undo").click()
    wait_for_state(screen, page, order, "in_preparation")

    page.wait_for_selector("#making ticket-card")
    rows = screen.counter.tickets()[0]["lines"]
    assert [line["stations"][0]["state"] for line in rows] == ["waiting", "done"]


def test_a_ready_order_is_handed_over_by_a_second_tap_and_recalled_by_one(screen: Screen) -> None:
    recalled, taken = both(screen), both(screen)
    for order in (recalled, taken):
        screen.counter.bump(order["id"])
    page = screen.open()

    card(page, recalled).get_by_role("button", name="Recall").click()
    wait_for_state(screen, page, recalled, "in_preparation")
    card(page, taken).get_by_role("button", name="Hand over").click()
    assert state(screen, taken) == "ready"
    card(page, taken).get_by_role("button", name="Tap again").click()
    wait_for_state(screen, page, taken, "picked_up")

    page.wait_for_selector("#ready ticket-card", state="detached")


def test_a_recalled_ticket_comes_back_to_its_old_place(screen: Screen) -> None:
    for _ in range(3):
        both(screen)
    orders = [{"id": ticket["order_id"], "code": ticket["code"]} for ticket in screen.counter.tickets()]
    screen.counter.bump(orders[1]["id"])
    page = screen.open("?station=bar")

    page.get_by_role("button", name="Recall", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=f"Recall {orders[1]['code']}").click()
    wait_for_state(screen, page, orders[1], "in_preparation")

    page.wait_for_selector("#making ticket-card >> nth=2")
    shown = page.locator("#making ticket-card h3").all_text_contents()
    assert shown == [order["code"] for order in orders]


def test_keys_alone_do_everything_from_signing_in_to_undo(screen: Screen) -> None:
    both(screen), both(screen)
    first, second = ({"id": ticket["order_id"], "code": ticket["code"]} for ticket in screen.counter.tickets())
    page = screen.page()
    page.goto(f"{screen.url}/staff/stores/{screen.shop.store.id}/queue")
    page.keyboard.type(screen.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#making ticket-card")

    page.keyboard.press("2")
    page.keyboard.press("2")  # the same digit again bumps it
    wait_for_state(screen, page, second, "ready")
    page.keyboard.press("u")
    wait_for_state(screen, page, second, "in_preparation")
    page.wait_for_selector("#making ticket-card >> nth=1")
    page.keyboard.press("1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")  # bumps the second line
    wait_for_state(screen, page, first, "in_preparation")
    page.keyboard.press("1")
    page.keyboard.press("Enter")  # bumps the ticket
    wait_for_state(screen, page, first, "ready")
    page.keyboard.press("a")
    assert page.locator("#all-day").is_visible()
    page.keyboard.press("r")
    assert page.locator("#recall").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#recall").is_visible()


def test_keys_can_be_changed_and_stay_so(screen: Screen) -> None:
    order = both(screen)
    page = screen.open()

    page.keyboard.press("k")
    page.get_by_role("button", name="Bump the ticket").click()
    page.keyboard.press("b")
    assert "is now B" in (page.locator("#keys .told").text_content() or "")
    page.get_by_role("button", name="Start on the ticket").click()
    page.keyboard.press("b")
    assert "already" in (page.locator("#keys .told").text_content() or "")
    page.keyboard.press("Escape")
    page.reload()
    page.wait_for_selector("ticket-card")
    page.keyboard.press("1")
    page.keyboard.press("b")

    wait_for_state(screen, page, order, "ready")


def test_a_station_shows_what_it_makes_and_where_the_rest_is(screen: Screen) -> None:
    order = both(screen)
    screen.fired(screen.shop.line())
    page = screen.open("?station=oven")
    page.wait_for_selector("ticket-card")

    assert page.locator("#making ticket-card").count() == 1
    assert card(page, order).locator("button.line").count() == 1
    assert "Flat white Small (Bar)" in (card(page, order).locator(".elsewhere").text_content() or "")
    assert page.get_by_role("link", name="Oven").get_attribute("aria-current") == "page"
    card(page, order).get_by_role("button", name="Bump").click()
    page.wait_for_selector("#nothing:not([hidden])")
    wait_for_state(screen, page, order, "in_preparation")
    ticket = screen.counter.ticket(order["id"])
    assert ticket
    assert states(ticket) == {(1, "bar"): "waiting", (2, "oven"): "done"}


def test_it_sounds_only_after_the_shift_was_started_and_not_while_muted(screen: Screen) -> None:
    page = screen.open()

    def hears(order: dict[str, Any]) -> int:
        screen.look_now(page)
        card(page, order).wait_for()
        return int(page.evaluate("window.tones"))

    assert hears(both(screen)) == 0  # nobody asked for sound yet
    page.get_by_role("button", name="Start shift").click()
    page.get_by_role("button", name="Mute").wait_for()
    after_new = hears(both(screen))
    assert after_new == 2
    page.keyboard.press("m")
    assert hears(both(screen)) == after_new


def test_what_happens_elsewhere_is_on_every_screen_within_a_second(screen: Screen) -> None:
    page, other = screen.open(), screen.open("?station=oven")
    page.wait_for_timeout(1500)  # both streams are up

    order = both(screen)
    began = time.monotonic()
    card(page, order).wait_for()
    card(other, order).wait_for()
    came_after = time.monotonic() - began
    card(other, order).get_by_role("button", name="Bump").click()
    card(page, order).locator(".line[data-state=done]").wait_for()

    assert came_after < 1


def test_a_void_is_struck_through_and_sounds_until_someone_took_it_off(screen: Screen) -> None:
    order = both(screen)
    page = screen.open()
    page.get_by_role("button", name="Start shift").click()
    card(page, order).wait_for()

    screen.shop.move(order["id"], "rejected", reason="The oven broke")
    screen.look_now(page)
    page.locator("ticket-card[data-level=void]").wait_for()

    assert page.evaluate("window.tones") == 2
    struck = page.locator("ticket-card .lines").evaluate("each => getComputedStyle(each).textDecorationLine")
    assert struck == "line-through"
    assert "The oven broke" in (card(page, order).text_content() or "")
    with page.expect_response("**/bumps"):  # the screen takes it off before the service heard
        page.get_by_role("button", name="Seen: take it off").click()
    page.wait_for_selector("#nothing:not([hidden])")
    assert screen.counter.tickets() == []


def test_offline_it_says_so_keeps_what_was_done_and_sends_it_once(screen: Screen) -> None:
    first, second = both(screen), both(screen)
    page = screen.open()
    page.wait_for_selector("ticket-card")

    page.context.set_offline(True)
    page.wait_for_selector("#offline:not([hidden])")
    card(page, first).get_by_role("button", name="Bump").click()
    card(page, second).get_by_role("button", name="Croissant").click()
    page.get_by_text("2 things are kept").wait_for()
    assert re.match(r"Stale since \d\d:\d\d, showing last known", page.locator("#live").text_content() or "")
    assert page.locator("#ready ticket-card").count() == 1  # as it will be
    assert state(screen, first) == "fired"
    kept = page.evaluate("Object.keys(localStorage).filter(key => key.endsWith('outbox')).length")
    assert kept == 1
    page.context.set_offline(False)

    wait_for_state(screen, page, first, "ready")
    wait_for_state(screen, page, second, "in_preparation")
    page.wait_for_selector("#live[data-live=true]")
    assert page.locator("#offline").is_hidden()
    with screen.shop.app.database.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM bumps").scalar() == 2


def test_a_tap_kept_offline_ticks_off_nothing_that_took_its_place_meanwhile(screen: Screen) -> None:
    shop = screen.shop
    choice = {"do": "closest", "substitutes": [shop.line(shop.croissant)], "avoid": []}
    order = screen.fired(shop.line(if_unavailable=choice), shop.line())
    page = screen.open()
    page.wait_for_selector("ticket-card")

    page.context.set_offline(True)
    page.wait_for_selector("#offline:not([hidden])")
    card(page, order).get_by_role("button", name="Bump").click()
    assert shop.reject(order["id"], 1).json["lines"][0]["change"]["kind"] == "substituted"
    page.context.set_offline(False)

    page.get_by_text("A line of the order was taken out or replaced.").wait_for()
    card(page, order).get_by_text("Croissant").wait_for()
    ticket = screen.counter.ticket(order["id"])
    assert ticket is not None
    assert set(states(ticket).values()) == {"waiting"}
    screen.picture(page, "queue-tap-too-late")


def test_a_request_whose_answer_was_lost_is_sent_again_and_done_once(screen: Screen) -> None:
    order = both(screen)
    page = screen.open()
    lost: list[str] = []

    def lose(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.headers["idempotency-key"])
        route.fetch()  # the service did it, the screen never hears
        route.abort()

    page.route("**/bumps", lose)
    card(page, order).get_by_role("button", name="Croissant").click()
    with page.expect_response("**/bumps") as answered:
        pass

    assert answered.value.headers["idempotency-replayed"] == "true"
    assert answered.value.request.headers["idempotency-key"] == lost[0]
    with screen.shop.app.database.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM bumps").scalar() == 1


def test_hostile_names_and_notes_are_text(screen: Screen) -> None:
    order = screen.fired(screen.shop.line(note="<script>document.title='gone'</script>"), pickup={"alias": HOSTILE})
    page = screen.open()

    assert card(page, order).locator("h3").text_content() == HOSTILE
    assert "<script>" in (card(page, order).locator(".note").text_content() or "")
    assert page.locator("ticket-card img, ticket-card script").count() == 0
    assert "gone" not in page.title()
    assert screen.complaints == []


def test_it_asks_nobody_else_and_breaks_no_policy(screen: Screen) -> None:
    both(screen)
    page = screen.open()
    page.wait_for_selector("ticket-card")

    assert screen.external() == []
    assert screen.complaints == []
    policy = page.request.get(page.url).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_everything_touched_is_large_enough_and_text_is_large(screen: Screen) -> None:
    both(screen)
    page = screen.open()
    page.wait_for_selector("ticket-card")

    small = page.evaluate(
        """[...document.querySelectorAll('button, a, input, select')]
           .filter(each => each.checkVisibility())
           .map(each => [each.textContent, each.getBoundingClientRect()])
           .filter(([, box]) => box.width < 48 || box.height < 48).map(([text]) => text)"""
    )
    assert small == []
    size = page.locator("ticket-card .item").first.evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
    assert size >= 24


@pytest.mark.parametrize("is_on_shift", [False, True])
def test_the_bar_is_one_row_at_1280_however_long_the_stores_name(screen: Screen, is_on_shift: bool) -> None:
    screen.shop.session.execute(sa.update(Store).values(name="The Old Harbour Roasting House and Reading Room"))
    screen.shop.session.commit()
    for _ in range(12):
        screen.fired(screen.shop.line())
    page = screen.open()
    if is_on_shift:
        page.get_by_role("button", name="Start shift").click()
        assert page.locator("#mute").evaluate("each => each === document.activeElement")

    def height() -> float:
        return float(page.locator("#bar").evaluate("each => each.getBoundingClientRect().height"))

    tops = (
        "[...document.querySelectorAll('#bar button, #bar a')].filter(e => e.checkVisibility()).map(e => e.offsetTop)"
    )
    assert len(set(page.evaluate(tops))) == 1
    assert height() <= 80
    page.context.set_offline(True)
    page.wait_for_selector("#live[data-live=false]")
    assert len(set(page.evaluate(tops))) == 1
    assert height() <= 80
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    screen.picture(page, "queue-bar-stale")


def test_a_ticket_says_what_was_chosen_and_more_tells_what_it_comes_with(screen: Screen) -> None:
    shop = screen.shop
    plain = screen.fired(shop.line())
    chosen = screen.fired(shop.line(modifiers=[{"option_id": str(shop.oat)}]))
    page = screen.open()
    page.wait_for_selector("ticket-card")

    assert card(page, plain).locator(".modifier").count() == 0
    assert card(page, chosen).locator(".modifier").all_text_contents() == ["Oat drink"]
    page.keyboard.press("a")
    counts = sorted(page.locator("#all-day li").all_text_contents())
    assert counts == ["1Flat white Small", "1Flat white SmallOat drink"]
    card(page, plain).get_by_role("button", name="More").click()
    assert page.locator("#as-it-comes").text_content() == "Flat white SmallWhole milk"


def test_someone_of_another_store_is_told_so(screen: Screen) -> None:
    page = screen.page()
    other = type(screen.shop)(screen.shop.app, screen.shop.session)
    page.goto(f"{screen.url}/staff/stores/{other.store.id}/queue")
    page.get_by_label("E-mail address").fill(screen.email)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("#sign-in-trouble:not(:empty)")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("This account doesn't work at this store.").wait_for()


def test_what_the_customer_allows_though_they_avoid_it_is_on_the_ticket_also_when_the_line_is_done(
    screen: Screen,
) -> None:
    shop = screen.shop
    avoid = {"value": {"entries": [{"allergen": "milk", "also_may_contain": True}]}}
    headers = shop.customer | {"If-Match": '"0"'}
    assert shop.client.put("/v1/me/preferences/avoid", json=avoid, headers=headers).status_code == 200
    order = screen.fired(shop.line(override_avoid=["milk"]), shop.line(shop.croissant, override_avoid=["milk"]))
    page = screen.open()

    said = card(page, order).locator(".override")
    said.first.wait_for()
    assert said.all_text_contents() == [
        "Customer avoids milk: wants it this time (Whole milk contains it)",
        "Customer avoids milk: wants it this time (Croissant contains it)",
    ]
    card(page, order).get_by_role("button", name="Croissant").click()
    wait_for_state(screen, page, order, "in_preparation")
    assert said.last.is_visible()
