"""axe finds nothing, in light and in dark, on every page and in every state of it; and pictures for people to judge,
kept as build output."""

from __future__ import annotations

from typing import Any

import pytest

from .morning import morning
from .screen import TELEVISION, Screen

pytestmark = pytest.mark.browser


def violations(page: Any) -> list[Any]:
    """Return what axe finds against WCAG 2.2 A and AA, and its best practices."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed (make install)")
    found = axe.Axe().run(page).response["violations"]
    return [(each["id"], [node["target"] for node in each["nodes"]][:5]) for each in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_queue_in_all_its_states(screen: Screen, scheme: str) -> None:
    morning(screen)
    page = screen.page(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{screen.url}/staff/stores/{screen.shop.store.id}/queue")
    assert violations(page) == []
    screen.sign_in(page)
    page.wait_for_selector("ticket-card")
    screen.picture(page, f"queue-tablet-{scheme}")
    page.keyboard.press("a")
    assert violations(page) == []
    page.set_viewport_size(TELEVISION)
    screen.picture(page, f"queue-television-{scheme}")
    for key in ("r", "l", "k"):
        page.keyboard.press(key)
        page.wait_for_timeout(200)
        assert violations(page) == [], key
        page.keyboard.press("Escape")
    page.keyboard.press("2")
    page.keyboard.press("o")
    assert violations(page) == []
    screen.picture(page, f"ticket-more-{scheme}")
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    page.wait_for_selector("#offline:not([hidden])")
    assert violations(page) == []
    assert page.locator("#offline").is_visible()
    screen.picture(page, f"queue-offline-{scheme}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_board_and_one_whose_link_has_ended(screen: Screen, scheme: str) -> None:
    morning(screen)
    page = screen.page(size=TELEVISION, color_scheme=scheme, reduced_motion="reduce")
    page.goto(screen.board_url())
    page.wait_for_selector("#ready li")
    screen.picture(page, f"board-television-{scheme}")
    assert violations(page) == []
    page.goto(screen.board_url().split("#")[0] + "?again#no-such-token")
    page.get_by_text("link has ended").wait_for()
    assert violations(page) == []
