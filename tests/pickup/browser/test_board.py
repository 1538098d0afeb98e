"""The ready board in a real browser."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service import clock
from service.orders.models import Order

from .screen import TELEVISION, Screen

pytestmark = pytest.mark.browser


def test_it_shows_what_is_ready_by_code_and_chosen_name_as_text(screen: Screen) -> None:
    hostile = "<b onclick=x>Bo</b>"
    making, ready = screen.fired(pickup={"alias": hostile}), screen.fired()
    page = screen.page(size=TELEVISION)
    page.goto(screen.board_url())
    page.locator("#preparing li", has_text=making["code"]).wait_for()

    screen.counter.bump(ready["id"])
    screen.look_now(page)
    page.locator("#ready li", has_text=ready["code"]).wait_for()

    assert page.locator("#preparing bdi").text_content() == hostile
    assert page.locator("li b").count() == 0
    assert "How the line works here" in (page.locator("footer").text_content() or "")
    assert screen.external() == []
    assert screen.complaints == []


def test_letters_can_be_read_at_five_metres(screen: Screen) -> None:
    """A capital 2.5 cm high on a screen 53 cm high: 4.7 % of its height, of which letters fill 0.7."""
    order = screen.fired()
    screen.counter.bump(order["id"])
    page = screen.page(size=TELEVISION)
    page.goto(screen.board_url())
    size = page.locator("#ready li").evaluate("each => parseFloat(getComputedStyle(each).fontSize)")

    assert size * 0.7 >= 0.047 * TELEVISION["height"]


def test_what_is_ready_for_long_leaves_the_board_and_nothing_else(screen: Screen) -> None:
    order = screen.fired()
    screen.counter.bump(order["id"])
    page = screen.page(size=TELEVISION)
    page.goto(screen.board_url())
    page.wait_for_selector("#ready li")

    screen.shop.session.execute(sa.update(Order).values(ready_at=clock.now().replace(year=2020)))
    screen.shop.session.commit()

    screen.look_now(page)
    page.wait_for_selector("#ready li", state="detached")
    assert screen.shop.show(order["id"]).json["state"] == "ready"


def test_a_revoked_link_goes_dark(screen: Screen) -> None:
    page = screen.page(size=TELEVISION)
    page.goto(screen.board_url())
    page.get_by_text("Nothing is being made").wait_for()

    screen.shop.session.execute(sa.text("UPDATE board_links SET revoked_at = created_at, revoked_by = created_by"))
    screen.shop.session.commit()

    screen.look_now(page)
    page.get_by_text("This board's link has ended").wait_for()


def test_the_token_stands_in_no_address_that_is_asked(screen: Screen) -> None:
    page = screen.page()
    url = screen.board_url()
    page.goto(url)
    page.wait_for_selector("#clock")
    token = url.split("#")[1]

    assert not [each for each in screen.requested if token in each.split("#")[0]]
