"""A shop with a loyalty programme, and its customer: every method is one request, or one step of the world."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from service import clock
from service.http.edge import Edge
from service.loyalty import actions, queries
from service.loyalty.models import Member
from service.loyalty.rules.earning import Basket, BasketLine
from service.loyalty.schemas import read_programme
from tests.orders.shop import Shop

URL = "/v1/me/loyalty"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
PROGRAMME: dict[str, Any] = {
    "effective_on": "2026-01-02",
    "timezone": "America/New_York",
    "name": "Flock",
    "accruals": [
        {
            "key": "base",
            "label": "2 stars a dollar",
            "kind": "per_amount",
            "stars": 2,
            "per_minor": 100,
            "currency": "USD",
        },
        {"key": "oven", "label": "5 stars a bake", "kind": "per_item", "stars": 5, "categories": ["bakery"]},
    ],
    "tiers": [
        {"key": "chick", "label": "Chick", "threshold": 0},
        {"key": "lark", "label": "Lark", "threshold": 20, "benefits": ["A free refill"]},
    ],
    "rewards": [
        {
            "key": "off-1",
            "label": "1.00 off",
            "stars": 10,
            "kind": "value",
            "amounts": [{"amount_minor": 100, "currency": "USD"}],
        },
        {
            "key": "last",
            "label": "A mug",
            "stars": 5,
            "kind": "item",
            "skus": ["CR"],
            "amounts": [{"amount_minor": 900, "currency": "USD"}],
            "stock": 1,
        },
    ],
    "promotions": [
        {
            "key": "white",
            "label": "Flat white month",
            "terms": "10 stars more for each flat white.",
            "starts_on": "2026-01-02",
            "ends_on": "2090-12-31",
            "accrual": {"kind": "per_item", "stars": 10, "skus": ["FW"], "qualifies": False},
        }
    ],
    "expiry": {"months": 6, "grace_days": 14},
    "gift_days": 7,
    "claim_days": 30,
    "remedy_stars": 7,
}

# What of it is of the shop's own menu, without it.
NAMES_NOTHING: dict[str, Any] = {
    "accruals": PROGRAMME["accruals"][:1],
    "promotions": [
        PROGRAMME["promotions"][0] | {"accrual": {"kind": "per_item", "stars": 10, "qualifies": False}},
    ],
}


def programme(**changes: Any) -> dict[str, Any]:
    """Return the programme's document as the operator writes it, with changes."""
    return copy.deepcopy(PROGRAMME) | changes


class Club:
    """The shop, its programme, and a customer who may be in it."""

    def __init__(self, app: Edge, session: Session, shop: Shop | None = None) -> None:
        self.shop = shop or Shop(app, session)
        self.app, self.session, self.client = app, session, app.test_client()
        self.headers, self.other = self.shop.customer, self.shop.other
        self.publish(programme(), now=LONG_AGO)

    def publish(self, document: dict[str, Any], *, now: datetime) -> int:
        """Publish a version of the programme."""
        with self.app.database.writing() as session:
            version = actions.publish_programme(session, document=read_programme(document), now=now)
            session.commit()
        return version

    def send(self, method: str, path: str = "", *, headers: dict[str, str] | None = None, **options: Any) -> Any:
        """Send a request below one's own membership, with a key of its own."""
        key = {"Idempotency-Key": str(uuid4())}
        return self.app.test_client().open(
            f"{URL}{path}", method=method, headers=(headers or self.headers) | key, **options
        )

    def join(self, headers: dict[str, str] | None = None) -> Any:
        """Join the programme."""
        answer = self.send("PUT", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    def show(self, headers: dict[str, str] | None = None) -> dict[str, Any]:
        """Return one's own membership."""
        answer = self.send("GET", headers=headers)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json
        return shown

    def stars(self, headers: dict[str, str] | None = None) -> int:
        """Return how many stars can be spent."""
        available: int = self.show(headers)["stars"]["available"]
        return available

    def entries(self, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
        """Return one's own entries, the oldest first."""
        found: list[dict[str, Any]] = self.send("GET", "/entries", headers=headers).json["data"]
        return found[::-1]

    def lots(self) -> list[dict[str, Any]]:
        """Return one's own lots, the oldest first."""
        found: list[dict[str, Any]] = self.send("GET", "/lots").json["data"]
        return found[::-1]

    def customer_id(self, headers: dict[str, str] | None = None) -> UUID:
        """Return whose headers they are."""
        return UUID(self.client.get("/v1/me", headers=headers or self.headers).json["id"])

    def basket(self, amount_minor: int, *, croissants: int = 0, at: datetime | None = None) -> Basket:
        """Return a basket of so much, without any item that a rule names."""
        lines = [BasketLine(item_id=uuid4(), category_ids=frozenset(), quantity=1, amount_minor=amount_minor)]
        if croissants:
            item = self.shop.croissant
            lines.append(BasketLine(item_id=item, category_ids=frozenset(), quantity=croissants, amount_minor=0))
        return Basket(
            currency="USD",
            tender="at_pickup",
            at=at or clock.now(),
            timezone="America/New_York",
            country="US",
            lines=tuple(lines),
        )

    def earn(
        self,
        stars: int,
        *,
        headers: dict[str, str] | None = None,
        ago: timedelta = timedelta(),
        order_id: UUID | None = None,
    ) -> UUID:
        """Let an order earn so many stars (an even number), some time ago; return its id."""
        now, order_id = clock.now() - ago, order_id or uuid4()
        customer_id = self.customer_id(headers)
        with self.app.database.writing() as session:
            basket = self.basket(stars * 50, at=now)
            given = actions.award(session, customer_id=customer_id, order_id=order_id, basket=basket, now=now)
            assert given == stars
            session.commit()
        return order_id

    def refund(self, order_id: UUID, *, left: int, at: datetime | None = None) -> int:
        """Give an order's money back but for what earns `left` stars; return how many were reversed."""
        with self.app.database.writing() as session:
            basket = self.basket(left * 50, at=at)
            taken = actions.reverse(session, order_id=order_id, basket=basket, now=clock.now())
            session.commit()
        return taken

    def redeem(self, reward: str = "off-1", **body: Any) -> Any:
        """Redeem stars."""
        headers = body.pop("headers", None)
        return self.send("POST", "/redemptions", json={"reward": reward, **body}, headers=headers)

    def expect_whole(self) -> None:
        """Prove the ledger."""
        with self.app.database.reading() as session:
            assert queries.audit(session) == []

    def member(self, headers: dict[str, str] | None = None) -> Member:
        """Return the membership's row."""
        with self.app.database.reading() as session:
            return queries.member_of(session, customer_id=self.customer_id(headers))
