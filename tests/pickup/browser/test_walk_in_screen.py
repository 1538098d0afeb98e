"""Walk-ins on the queue's screen: registered, made, undone and cancelled there, also without a connection."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from service.orders.models import WalkIn
from tests import running
from tests.loyalty.club import Club
from tests.pickup.test_walk_in_tickets import touch, walk_in

from .screen import Screen
from .test_accessibility import violations
from .test_queue_screen import HOSTILE, both

pytestmark = pytest.mark.browser


def card(page: Any, label: str) -> Any:
    """Return the card of the walk-in."""
    return page.locator("ticket-card[data-kind=walk_in]", has_text=label)


def register(page: Any, label: str, *items: str, shows: str = "") -> None:
    """Register a walk-in by touch: a flat white unless told otherwise. `shows` is the number of a loyalty card."""
    page.locator("#walk-in-button").click()
    dialog = page.get_by_role("dialog")
    for item in items or ("Flat white",):
        dialog.locator("#walk-in-menu").get_by_role("button", name=item, exact=True).click()
    dialog.get_by_label("What to call them by").fill(label)
    dialog.get_by_label("Loyalty card, if they show one").fill(shows)
    dialog.get_by_role("button", name="Register").click()


def wait_until(page: Any, screen: Screen, state: str, many: int = 1) -> None:
    """Wait until the service has one walk-in, or so many, in the state."""
    for _ in range(100):
        with screen.shop.app.database.reading() as session:
            if session.scalars(sa.select(WalkIn.state)).all() == [state] * many:
                return
        page.wait_for_timeout(50)
    raise AssertionError(f"no walk-in became {state}")


def test_one_is_registered_by_touch_made_by_a_tap_and_brought_back(screen: Screen) -> None:
    page, other = screen.open(), screen.open("?station=oven")
    page.wait_for_timeout(1500)  # both streams are up

    register(page, "Blue scarf", "Flat white", "Croissant")
    card(page, "Blue scarf").wait_for()
    card(other, "Blue scarf").wait_for()
    card(other, "Blue scarf").get_by_role("button", name="Bump").click()
    card(page, "Blue scarf").locator(".line[data-state=done]").wait_for()
    card(page, "Blue scarf").get_by_role("button", name="Bump").click()
    wait_until(page, screen, "picked_up")
    assert card(page, "Blue scarf").count() == 0
    page.locator("#toast").get_by_role("button", name="Undo").click()
    wait_until(page, screen, "in_preparation")

    card(page, "Blue scarf").wait_for()
    assert "Walk-in" in (card(page, "Blue scarf").locator(".how").text_content() or "")
    assert "Flat white" in (card(page, "Blue scarf").text_content() or "")


def test_keys_alone_register_one_with_an_option_and_a_note(screen: Screen) -> None:
    page = screen.open()
    page.wait_for_selector("#nothing:not([hidden])")

    page.keyboard.press("w")
    page.get_by_role("button", name="Flat white", exact=True).wait_for()
    page.keyboard.type("flat")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # nothing was typed: nothing more is taken
    page.get_by_text("Options and note").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Oat drink").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Note for Flat white").focus()
    page.keyboard.type("very hot")
    page.keyboard.press("Enter")

    page.wait_for_selector("ticket-card:not(:has(.pending))")
    (ticket,) = screen.counter.tickets()
    (line,) = ticket["lines"]
    assert (ticket["alias"], line["quantity"], line["note"]) == (None, 1, "very hot")
    assert [(each["name"], each["is_chosen"]) for each in line["modifiers"]] == [("Oat drink", True)]
    assert page.locator("ticket-card h3").text_content() == "Walk-in"


def test_the_last_of_what_it_comes_with_is_left_out_only_where_that_can_be(screen: Screen) -> None:
    page = screen.open()
    page.locator("#walk-in-button").click()
    page.get_by_role("button", name="Flat white", exact=True).click()
    page.get_by_text("Options and note").first.click()
    whole = page.get_by_role("button", name="Whole milk")

    assert whole.get_attribute("aria-pressed") == "true"
    whole.click()
    assert whole.get_attribute("aria-pressed") == "true"  # it takes one


def test_offline_one_is_registered_and_bumped_and_both_are_sent_once(screen: Screen) -> None:
    page = screen.open()
    running.wait_until(lambda: page.evaluate("Object.keys(localStorage).some(key => key.endsWith('menu'))"))

    page.context.set_offline(True)
    page.wait_for_selector("#offline:not([hidden])")
    register(page, "Sam", "Flat white", "Croissant")
    card(page, "Sam").locator(".pending").wait_for()
    card(page, "Sam").get_by_role("button", name="Croissant").click()
    page.get_by_text("2 things are kept").wait_for()
    assert screen.counter.tickets() == []
    page.context.set_offline(False)

    wait_until(page, screen, "in_preparation")
    page.wait_for_selector("ticket-card:not(:has(.pending))")
    (ticket,) = screen.counter.tickets()
    assert [line["stations"][0]["state"] for line in ticket["lines"]] == ["waiting", "done"]


def test_what_was_registered_offline_and_undone_is_never_sent(screen: Screen) -> None:
    page = screen.open()
    running.wait_until(lambda: page.evaluate("Object.keys(localStorage).some(key => key.endsWith('menu'))"))
    page.context.set_offline(True)
    page.wait_for_selector("#offline:not([hidden])")
    for label in ("Ana", "Ben"):  # the first one is on its way already
        register(page, label)
    card(page, "Ben").wait_for()

    page.keyboard.press("u")
    card(page, "Ben").wait_for(state="detached")
    page.context.set_offline(False)

    page.wait_for_selector("ticket-card:not(:has(.pending))")
    assert [ticket["alias"] for ticket in screen.counter.tickets()] == ["Ana"]


def test_one_that_is_refused_says_why_and_leaves(screen: Screen) -> None:
    page = screen.open()
    page.locator("#walk-in-button").click()
    page.get_by_role("button", name="Croissant", exact=True).click()
    screen.shop.sell_out("item", screen.shop.croissant)
    page.get_by_role("button", name="Register").click()

    page.get_by_text("not done. The store can't make these now.").wait_for()
    page.wait_for_selector("#nothing:not([hidden])")


def a_member(screen: Screen) -> tuple[Club, str]:
    """Let the shop have a programme, and its customer a card; return the number on it."""
    club = Club(screen.shop.app, screen.shop.session, screen.shop)
    club.join()
    number: str = club.send("POST", "/cards", json={"label": "Key ring"}).json["number"]
    return club, number


def test_a_loyalty_card_shown_with_it_or_after_it_earns_its_member_stars(screen: Screen) -> None:
    club, number = a_member(screen)
    page = screen.open()
    register(page, "Blue scarf", shows=number.lower())
    register(page, "Red hat")
    card(page, "Red hat").get_by_role("button", name="More").click()
    page.get_by_label("Loyalty card, if they show one").last.fill(number.replace("-", " "))
    with page.expect_response("**/loyalty-card") as noted:
        page.get_by_role("button", name="Note the card").click()

    assert noted.value.status == 204
    for name in ("Blue scarf", "Red hat"):
        card(page, name).get_by_role("button", name="Bump").click()
    wait_until(page, screen, "picked_up", many=2)
    assert {each["kind"] for each in club.entries()} == {"earned"}
    assert len({each["order_id"] for each in club.entries()}) == 2


def test_a_card_that_is_none_is_said_and_the_drink_is_made(screen: Screen) -> None:
    _, number = a_member(screen)
    page = screen.open()
    mistyped = number[:-1] + ("0" if number[-1] != "0" else "1")

    register(page, "Blue scarf", shows=mistyped)

    page.get_by_text("Loyalty card of Blue scarf: not done.").wait_for()
    assert "mistyped" in (page.locator("#toast").text_content() or "")
    wait_until(page, screen, "fired")


def test_one_that_is_refused_says_why_and_its_card_is_not_sent(screen: Screen) -> None:
    _, number = a_member(screen)
    page = screen.open()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/loyalty-card") else None)
    page.locator("#walk-in-button").click()
    page.get_by_role("button", name="Flat white", exact=True).click()
    page.get_by_label("Loyalty card, if they show one").fill(number)
    page.get_by_label("Loyalty card, if they show one").press("Enter")  # as a scanner ends: nothing is registered yet
    screen.shop.sell_out("item", screen.shop.flat_white)
    page.get_by_role("button", name="Register").click()

    page.get_by_text("not done. The store can't make these now.").wait_for()
    page.wait_for_selector("#nothing:not([hidden])")
    assert sent == []


def test_one_who_went_is_cancelled_from_more(screen: Screen) -> None:
    page = screen.open()
    register(page, "Blue scarf")
    wait_until(page, screen, "fired")

    card(page, "Blue scarf").get_by_role("button", name="More").click()
    page.get_by_role("button", name="They went: cancel it").click()

    wait_until(page, screen, "cancelled")
    page.wait_for_selector("#nothing:not([hidden])")


def test_one_that_was_handed_over_is_in_the_recall_list(screen: Screen) -> None:
    registered = walk_in(screen.counter, label="Blue scarf")
    touch(screen.counter, "bump", registered["id"])
    page = screen.open()

    page.keyboard.press("r")
    page.get_by_role("dialog").get_by_role("button", name="Recall Blue scarf").click()

    card(page, "Blue scarf").wait_for()
    wait_until(page, screen, "fired")


def test_what_is_not_on_the_menu_is_made_by_its_seconds(screen: Screen) -> None:
    page = screen.open()
    page.locator("#walk-in-button").click()
    page.get_by_role("button", name="Register").click()
    page.get_by_text("Choose something to make.").wait_for()
    page.get_by_text("Not on the menu", exact=True).click()
    page.get_by_label("Oven", exact=True).select_option("90")
    page.get_by_role("button", name="Register").click()

    page.wait_for_selector("ticket-card:not(:has(.pending))")
    assert page.locator("ticket-card .item").text_content() == "1 × Not on the menu"
    assert screen.counter.tickets("?station=oven")[0]["walk_in_id"]


def test_a_hostile_label_is_text(screen: Screen) -> None:
    page = screen.open()
    register(page, HOSTILE)

    page.wait_for_selector("ticket-card:not(:has(.pending))")
    assert page.locator("ticket-card h3").text_content() == HOSTILE
    assert page.locator("ticket-card img").count() == 0
    assert screen.complaints == []
    assert screen.external() == []


def test_everything_in_the_form_is_large_enough_to_touch(screen: Screen) -> None:
    page = screen.open()
    page.locator("#walk-in-button").click()
    page.get_by_role("button", name="Flat white", exact=True).click()
    page.get_by_text("Options and note").first.click()
    page.get_by_text("Not on the menu", exact=True).click()

    small = page.evaluate(
        """[...document.querySelectorAll('#walk-in :is(button, input, select, summary)')]
           .filter(each => each.checkVisibility())
           .map(each => [each.textContent || each.id, each.getBoundingClientRect()])
           .filter(([, box]) => box.width < 48 || box.height < 48).map(([text]) => text)"""
    )
    assert small == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_form_and_on_the_cards(screen: Screen, scheme: str) -> None:
    both(screen)
    walk_in(screen.counter, label="Blue scarf")
    walk_in(screen.counter, screen.shop.line(modifiers=[{"option_id": str(screen.shop.vanilla)}]))
    page = screen.open(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_selector("ticket-card[data-kind=walk_in]")
    screen.picture(page, f"queue-walk-ins-{scheme}")
    assert violations(page) == []

    page.locator("#walk-in-button").click()
    for item in ("Flat white", "Croissant"):
        page.get_by_role("button", name=item, exact=True).click()
    page.get_by_text("Options and note").first.click()
    screen.picture(page, f"walk-in-form-{scheme}")
    assert violations(page) == []
    page.set_viewport_size({"width": 800, "height": 1280})
    screen.picture(page, f"walk-in-form-portrait-{scheme}")
    assert violations(page) == []
    page.keyboard.press("Escape")
    screen.picture(page, f"queue-portrait-{scheme}")
    card(page, "Blue scarf").get_by_role("button", name="More").click()
    assert violations(page) == []
