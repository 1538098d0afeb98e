"""A screen in a store: a page of Chromium's, the shop behind it, and what both say."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from service.pickup import queries
from tests.factories import make_staff, sign_in_as
from tests.orders.shop import Shop
from tests.pickup.counter import Counter

PASSWORD = "lanterns over the harbor"
SCREENSHOTS = Path(__file__).parents[3] / "build" / "screens"
TABLET, TELEVISION = {"width": 1280, "height": 800}, {"width": 1920, "height": 1080}

# What a page would be told to do by another origin, and who it asked: collected by the tests, changed by nobody.
COUNT_TONES = """
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); };
"""


class Screen:
    """One browser tab signed in at the shop's queue, and the counter that acts behind its back."""

    def __init__(self, browser: Any, url: str, shop: Shop) -> None:
        self.browser, self.url, self.shop, self.counter = browser, url, shop, Counter(shop)
        self.email = "barista@example.com"
        self.barista = make_staff(shop.session, shop.store.id, "barista", password=PASSWORD, email=self.email)
        self.contexts: list[Any] = []
        self.requested: list[str] = []
        self.complaints: list[str] = []

    def page(self, *, size: dict[str, int] = TABLET, **options: Any) -> Any:
        """Open a tab of its own, with its own storage."""
        context = self.browser.new_context(viewport=size, timezone_id="America/New_York", **options)
        context.add_init_script(COUNT_TONES)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self._note(said))
        return page

    def _note(self, said: Any) -> None:
        if "Content Security Policy" in said.text or "TrustedHTML" in said.text:
            self.complaints.append(said.text)

    def open(self, query: str = "", **options: Any) -> Any:
        """Open the queue, sign in, and wait until it is live."""
        page = self.page(**options)
        page.goto(f"{self.url}/staff/stores/{self.shop.store.id}/queue{query}")
        self.sign_in(page)
        return page

    def sign_in(self, page: Any) -> None:
        """Sign in on the page as the shop's barista, and wait until it is live."""
        page.get_by_label("E-mail address").fill(self.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_selector("#live[data-live=true]")

    def board_url(self) -> str:
        """Make a link to the board and return its address here."""
        manager = sign_in_as(self.shop.app, make_staff(self.shop.session, self.shop.store.id, "manager"))
        link = self.shop.client.post(f"{self.counter.path}/board-links", json={}, headers=manager).json
        return f"{self.url}/board/stores/{self.shop.store.id}#{link['token']}"

    def look_now(self, page: Any) -> None:
        """Let the page ask now instead of in a few seconds, as when the network comes back."""
        page.evaluate("dispatchEvent(new Event('online'))")

    def external(self) -> list[str]:
        """Return the addresses that a page asked for anywhere else."""
        own = urlsplit(self.url).netloc
        return [url for url in self.requested if urlsplit(url).netloc not in {own, ""}]

    def fired(self, *lines: dict[str, Any], **basket: Any) -> dict[str, Any]:
        """Place an order and fire it."""
        return self.counter.fired(*lines, **basket)

    def feed(self, *order_ids: str) -> list[dict[str, Any]]:
        """Return the rows that a stream would carry of the orders now."""
        with self.shop.app.database.reading() as session:
            return queries.tickets_of(session, self.shop.store.id, [UUID(order_id) for order_id in order_ids])

    def picture(self, page: Any, name: str) -> None:
        """Keep what the page looks like, as build output."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def close(self) -> None:
        """Close every tab."""
        for context in self.contexts:
            context.close()
