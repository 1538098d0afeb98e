"""A regular who orders random baskets at several stores and pays them in every way; each step is compared with what was
reckoned by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from service import clock
from service.db import new_id
from service.menu import actions as menu_actions
from service.orders import actions as order_actions
from service.payments.rules.timing import LEASE
from service.wallet import queries as wallet
from tests.factories import make_store
from tests.orders.paying import Payer
from tests.orders.shop import MENU

from . import by_hand, posted
from .baskets import CARDS, SAID, WAYS, Baskets
from .by_hand import AskedBasket, AskedLine, Reckoned, Taxed
from .club import LONG_AGO, Club, programme
from .posted import Placed, expect, minor

ROUND = len(WAYS)
"""So many orders are open at once."""
TAXED = (
    Taxed({"FW": 825, "CR": 825}, inclusive=False),
    Taxed({"FW": 1025, "CR": 0}, inclusive=False),
    Taxed({"FW": 725, "CR": 450}, inclusive=False),
    Taxed({"FW": 1900, "CR": 700}, inclusive=True),
    Taxed({"FW": 2000, "CR": 2000}, inclusive=True),
)
MOST = 1_000_000


@dataclass
class Place:
    """A store, and how it taxes."""

    id: UUID
    taxed: Taxed


class Regular:
    """The club's member. `available` and `stars` are what they reckon to have, `house` what the stores must have."""

    def __init__(self, club: Club, seed: str) -> None:
        self.club, self.baskets = club, Baskets(seed)
        self.payer, self.headers, self.client = Payer(club.shop), club.headers, club.client
        self.customer_id = club.customer_id()
        self.places = _open_places(club)
        self.cards = {token: self.payer.card(token) for token in CARDS}
        self.available = self.stars = 0
        self.opted_in = False
        self.redeemed: list[tuple[str, str]] = []  # reward, and the redemption's id
        self.said: dict[str, Any] = {"tender_order": None, "default_tip": None}
        self.house: Counter[tuple[str, UUID]] = Counter()
        self.barista_id, self.now = new_id(), clock.now()

    def live(self, baskets: int) -> None:
        """Order so many baskets, a few at a time, and compare all that became of them."""
        for begun in range(0, baskets, ROUND):
            if begun > ROUND:
                self.say_something()
            self.opt()
            self.redeem_something()
            orders = [self.ordered() for _ in range(min(ROUND, baskets - begun))]
            for each in orders:
                self.confirm(each)
            self.settle()
            self.pick_up(orders)
            self.settle()
            self.compare(orders)
        self.compare_in_total()

    def compare(self, orders: list[Placed]) -> None:
        """What was posted for the orders is what was reckoned."""
        for each in orders:
            posted.expect_receipt(self.client, self.headers, each)
            self.stars += sum(each.by_hand.stars.values())
        posted.expect_posted(self.club.app, orders, self.customer_id)
        self.house += posted.house(orders, self.customer_id)
        balances = self.client.get("/v1/me/wallet", headers=self.headers).json["balances"]
        found = {(minor(each["balance"]), minor(each["available"])) for each in balances}
        expect("wallet", found or {(0, 0)}, {(self.available, self.available)})

    def compare_in_total(self) -> None:
        """What the stores have and how many stars there are is what was reckoned, and both ledgers hold."""
        expect("stars", self.club.stars(), self.stars)
        with self.club.app.database.reading() as session:
            found = {
                (kind, place.id): amount
                for place in self.places
                for kind, amount in wallet.balances_of_store(session, store_id=place.id, currency="USD").items()
            }
        expect("house", found, dict(self.house))
        self.club.expect_whole()
        self.payer.sound()

    def say_something(self) -> None:
        """Say who pays, or what is tipped, where an order names nobody."""
        draw = self.baskets.random
        if draw.random() < 0.5:
            self._say("tender_order", {"tenders": self.baskets.tenders(draw.choice(SAID), self.cards)})
            return
        tip = self.baskets.tip() or {"percent": 15}
        self._say("default_tip", tip | ({"currency": "USD"} if "amount_minor" in tip else {}))

    def _say(self, kind: str, value: dict[str, Any]) -> None:
        path = f"/v1/me/preferences/{kind}"
        version = self.client.get(path, headers=self.headers).headers.get("ETag", '"0"')
        said = self.client.put(path, json={"value": value}, headers=self.headers | {"If-Match": version})
        assert said.status_code == 200, said.text
        self.said[kind] = value["tenders"] if kind == "tender_order" else value

    def opt(self) -> None:
        """Be in the promotion, or not."""
        self.opted_in = self.baskets.chance(0.6)
        answer = self.club.send("PUT" if self.opted_in else "DELETE", "/promotions/white")
        assert answer.status_code in {200, 204}, answer.text

    def redeem_something(self) -> None:
        """Redeem stars for a reward of a later order."""
        key = self.baskets.random.choice(list(by_hand.REWARDS))
        if self.stars >= by_hand.REWARDS[key]["stars"]:
            redeemed = self.club.redeem(key)
            assert redeemed.status_code == 201, redeemed.text
            self.redeemed.append((key, redeemed.json["id"]))
            self.stars -= by_hand.REWARDS[key]["stars"]

    def ordered(self) -> Placed:
        """Quote a random basket and place it; what is shown is what was reckoned."""
        place = self.baskets.random.choice(self.places)
        named = self.baskets.paying(self.cards)
        lines = self.baskets.lines()
        rewards = self.worthwhile(lines)
        asked = self.within_means(
            AskedBasket(
                place.taxed,
                lines,
                [key for key, _ in rewards],
                named.get("tenders", self.said["tender_order"]),
                named.get("tip", self.said["default_tip"]),
                self.available,
                self.opted_in,
            )
        )
        wanted = by_hand.reckoned(asked)
        body = {"store_id": str(place.id), "lines": [self.line(line) for line in lines], **named}
        quote, order = self._quoted_and_placed(body | {"rewards": [reward for _, reward in rewards]})
        posted.expect_quote(quote, wanted, tells=asked.tenders is not None or asked.tip is not None)
        posted.expect_same(order, quote)
        self._spend(wanted, rewards)
        self.baskets.drawn["tax in prices" if place.taxed.inclusive else "tax on top"] += 1
        return Placed(place.id, wanted, order)

    def _quoted_and_placed(self, body: dict[str, Any]) -> tuple[Any, Any]:
        """Quote and place; where a slot began in between, the window was gone, and another quote is asked for."""
        for _ in range(3):
            quote = self.client.post("/v1/quotes", json=body, headers=self.headers)
            assert quote.status_code == 201, (quote.text, body)
            answer = self.club.shop.place(quote.json["id"])
            if answer.status_code == 201:
                return quote.json, answer.json
            assert answer.json["type"] in {"/problems/quote-outdated", "/problems/window-full"}, answer.text
        raise AssertionError(answer.text)

    def _spend(self, wanted: Reckoned, rewards: list[tuple[str, dict[str, str]]]) -> None:
        self.available -= sum(paid.amount + paid.tip for paid in wanted.paid if paid.kind == "wallet")
        for key, reward in rewards:
            self.baskets.drawn[f"reward {key}"] += 1
            if "reward" in reward:
                self.stars -= by_hand.REWARDS[key]["stars"]
            else:
                self.redeemed.remove((key, reward["redemption_id"]))

    def worthwhile(self, lines: list[AskedLine]) -> list[tuple[str, dict[str, str]]]:
        """Return rewards that take something off the lines, by their keys: one that placing redeems and one that was
        redeemed before, either, or none."""
        draw = self.baskets.random
        chosen: list[tuple[str, dict[str, str]]] = []
        affordable = [key for key, reward in by_hand.REWARDS.items() if reward["stars"] <= self.stars]
        if affordable and draw.random() < 0.3:
            key = draw.choice(affordable)
            chosen.append((key, {"reward": key}))
        if self.redeemed and draw.random() < 0.5:
            key, redemption_id = draw.choice(self.redeemed)
            chosen.insert(draw.randint(0, 1), (key, {"redemption_id": redemption_id}))
        while not all(map(any, by_hand.discounts(lines, [key for key, _ in chosen]))):
            off = by_hand.discounts(lines, [key for key, _ in chosen])
            del chosen[next(number for number, each in enumerate(off) if not any(each))]
        return chosen

    def within_means(self, asked: AskedBasket) -> AskedBasket:
        """Return the basket with so much in the wallet that it can pay what it must: more is loaded, also at random."""
        lacks = 0
        if asked.tenders and asked.tenders[-1]["kind"] == "wallet":
            costs = by_hand.reckoned(replace(asked, available=MOST))
            lacks = max(0, costs.total + costs.tip - self.available)
        if lacks or self.baskets.chance(0.1):
            amount = lacks + self.baskets.random.randint(100, 3_000)
            self.payer.load_with(self.cards["sandbox_visa"], amount)
            self.available += amount
        return replace(asked, available=self.available)

    def line(self, line: AskedLine) -> dict[str, Any]:
        """Return a line as it is asked for."""
        shop = self.club.shop
        if line.sku == "CR":
            return shop.line(shop.croissant, quantity=line.quantity)
        options: list[dict[str, Any]] = [{"option_id": str(shop.oat)}] * line.oat
        options += [{"option_id": str(shop.vanilla), "quantity": line.vanilla}] * bool(line.vanilla)
        size = {"size_id": str(shop.large)} if line.size == "large" else {}
        return shop.line(quantity=line.quantity, modifiers=options, **size)

    def confirm(self, each: Placed) -> None:
        """Tell one's bank that it is them, wherever it asks."""
        for tender in each.order.get("tenders", ()):
            if tender["state"] == "pending":
                path = f"/v1/me/payments/{tender['payment_id']}"
                asked = self.client.get(path, headers=self.headers).json["next_action"]
                if asked is not None:
                    self.baskets.drawn["asked by the bank"] += 1
                    answered = self.client.post(urlsplit(asked["url"]).path, data={"answer": "confirm"})
                    assert answered.status_code == 200, answered.text

    def settle(self) -> None:
        """Let the worker's passes come until no payment is due, each some seconds later."""
        payments = self.club.app.extensions["sayso.payments"]
        driven = 1
        while driven:
            self.now = max(self.now, clock.now()) + LEASE + timedelta(seconds=1)
            driven = payments.drive_due(now=self.now)

    def pick_up(self, orders: list[Placed]) -> None:
        """Let the stores start on them, make them and hand them over."""
        for each in orders:
            with self.club.app.database.writing.begin() as session:
                for to in ("fired", "in_preparation", "ready", "picked_up"):
                    order_actions.move_order(
                        session,
                        order_id=UUID(each.order["id"]),
                        store_ids=None,
                        to=to,
                        reason=None,
                        actor_id=self.barista_id,
                        now=clock.now(),
                    )


def _open_places(club: Club) -> list[Place]:
    """Open the stores, with makers enough for all that a regular can order; bakes are taxed apart."""
    bakes = [replace(item, tax_category="bakes") if item.sku == "CR" else item for item in MENU.items]
    menu_actions.load_menu(club.session, replace(MENU, items=tuple(bakes)), now=clock.now())
    club.session.commit()
    club.publish(_programme(), now=LONG_AGO)
    places = []
    for taxed in TAXED:
        store = make_store(
            club.session,
            tax_rates={"standard": taxed.rates["FW"], "bakes": taxed.rates["CR"]},
            tax_inclusive=taxed.inclusive,
            stations={"bar": 50, "oven": 50},
        )
        places.append(Place(store.id, taxed))
    return places


def _programme() -> dict[str, Any]:
    """Return the programme with the rewards of `by_hand`, and a star for each 3.00 that the wallet alone pays."""
    rewards = [
        {
            "key": key,
            "label": key,
            "stars": reward["stars"],
            "kind": reward["kind"],
            "skus": sorted(reward["of"]),
            "amounts": [{"amount_minor": reward["most"], "currency": "USD"}],
        }
        for key, reward in by_hand.REWARDS.items()
    ]
    found = programme(effective_on="2026-01-03", rewards=rewards)
    base = found["accruals"][0]
    stored = {"key": "stored", "label": "Stored value", "stars": 1, "per_minor": 300, "tender": "wallet"}
    found["accruals"].append(base | stored)
    return found
