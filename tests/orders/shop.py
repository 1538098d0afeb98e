"""A store with a small menu, a customer and a barista: what the tests of orders act on, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from service import clock
from service.http.edge import Edge
from service.menu import actions as menu_actions
from service.menu.rules import chain
from service.stores.models import Store
from service.worker import Worker
from tests.factories import make_customer, make_staff, make_store, sign_in_as


def _usd(amount_minor: int, **rest: Any) -> tuple[chain.Price, ...]:
    return (chain.Price(currency="USD", amount_minor=amount_minor, **rest),)


MENU = chain.ChainMenu(
    categories=(chain.ChainCategory(key="coffee", name="Coffee"), chain.ChainCategory(key="bakery", name="Bakery")),
    groups=(
        chain.ChainGroup(
            ref="milk",
            name="Milk",
            min=1,
            max=1,
            options=(
                chain.ChainOption(key="whole", name="Whole milk", default_quantity=1, contains=frozenset({"milk"})),
                chain.ChainOption(key="oat", name="Oat drink", prices=_usd(70)),
            ),
        ),
        chain.ChainGroup(
            ref="syrup",
            name="Syrup",
            max_per_option=4,
            options=(
                chain.ChainOption(key="vanilla", name="Vanilla", prices=_usd(60), work={"bar": 5}),
                chain.ChainOption(key="caramel", name="Caramel", prices=_usd(60), work={"bar": 5}),
            ),
        ),
    ),
    items=(
        chain.ChainItem(
            sku="FW",
            name="Flat white",
            category="coffee",
            sizes=(
                chain.ChainSize(key="small", name="Small", prices=_usd(400), is_default=True),
                chain.ChainSize(key="large", name="Large", prices=_usd(475)),
            ),
            groups=(chain.Attachment(ref="milk"), chain.Attachment(ref="syrup")),
            work={"bar": 60},
        ),
        chain.ChainItem(
            sku="CR",
            name="Croissant",
            category="bakery",
            sizes=(chain.ChainSize(key="one", name="One", prices=_usd(325), is_default=True),),
            contains=frozenset({"gluten", "milk"}),
            work={"oven": 90},
        ),
    ),
)


class Shop:
    """A store and the people in it; every method is one request and returns the answer."""

    def __init__(self, app: Edge, session: Session, **store: Any) -> None:
        self.app, self.session = app, session
        self.client = app.test_client()
        self.store: Store = make_store(session, **store)
        report = menu_actions.load_menu(session, MENU, now=clock.now())
        session.commit()
        self.flat_white, self.croissant = report.items["FW"], report.items["CR"]
        self.large, self.oat = report.sizes["FW", "large"], report.options["milk", "oat"]
        self.whole = report.options["milk", "whole"]
        self.vanilla = report.options["syrup", "vanilla"]
        self.customer = sign_in_as(app, make_customer(session))
        self.other = sign_in_as(app, make_customer(session))
        self.barista = sign_in_as(app, make_staff(session, self.store.id, "barista"))
        self.stranger = sign_in_as(app, make_staff(session, make_store(session).id, "manager"))

    def line(self, item_id: UUID | None = None, **changes: Any) -> dict[str, Any]:
        """Return one line of a basket: a flat white, unless told otherwise."""
        return {"item_id": str(item_id or self.flat_white), **changes}

    def quote(self, *lines: dict[str, Any], headers: dict[str, str] | None = None, **basket: Any) -> Any:
        """Ask for a quote: of one flat white, unless told otherwise."""
        body = {"store_id": str(self.store.id), "lines": list(lines) or [self.line()], **basket}
        return self.client.post("/v1/quotes", json=body, headers=headers or self.customer)

    def place(
        self,
        quote_id: str | None = None,
        *,
        client_order_id: str | None = None,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """Place a quote: a new one of one flat white, unless told otherwise."""
        headers = headers or self.customer
        body = {
            "quote_id": quote_id or self.quote(headers=headers).json["id"],
            "client_order_id": client_order_id or f"app-{uuid4()}",
        }
        return self.app.test_client().post("/v1/orders", json=body, headers=headers | _key(key))

    def placed(self, *lines: dict[str, Any], **basket: Any) -> dict[str, Any]:
        """Place an order and return it."""
        answer = self.place(self.quote(*lines, **basket).json["id"])
        assert answer.status_code == 201, answer.text
        order: dict[str, Any] = answer.json
        return order

    def show(self, order_id: str, headers: dict[str, str] | None = None) -> Any:
        """Read an order."""
        return self.client.get(f"/v1/orders/{order_id}", headers=headers or self.customer)

    def told(self, order_id: str, headers: dict[str, str]) -> str:
        """Follow an order until the stream ends, and return all that was told; its place is given back."""
        with self.app.test_client().get(f"/v1/orders/{order_id}/events", headers=headers) as answer:
            return str(answer.text)

    def move(self, order_id: str, to: str, *, headers: dict[str, str] | None = None, **body: Any) -> Any:
        """Move an order, as the barista unless told otherwise."""
        return self.client.post(
            f"/v1/orders/{order_id}/transitions", json={"to": to, **body}, headers=(headers or self.barista) | _key()
        )

    def finished(self, *lines: dict[str, Any]) -> dict[str, Any]:
        """Place an order and move it all the way to picked up; return it."""
        order = self.placed(*lines)
        for to in ("fired", "in_preparation", "ready", "picked_up"):
            answer = self.move(order["id"], to)
            assert answer.status_code == 200, answer.text
        finished: dict[str, Any] = answer.json
        return finished

    def cancel(self, order_id: str, *, headers: dict[str, str] | None = None, **body: Any) -> Any:
        """Cancel an order."""
        return self.client.post(
            f"/v1/orders/{order_id}/cancellation", json=body, headers=(headers or self.customer) | _key()
        )

    def change(self, order_id: str, quote_id: str, *, headers: dict[str, str] | None = None) -> Any:
        """Change an order to another quote."""
        return self.client.post(
            f"/v1/orders/{order_id}/changes",
            json={"quote_id": quote_id},
            headers=(headers or self.customer) | _key(),
        )

    def change_apart(self, order_id: str, quote_id: str, *, headers: dict[str, str] | None = None) -> Any:
        """Change an order from a thread of its own."""
        return self.app.test_client().post(
            f"/v1/orders/{order_id}/changes",
            json={"quote_id": quote_id},
            headers=(headers or self.customer) | _key(),
        )

    def reject(self, order_id: str, *lines: int, headers: dict[str, str] | None = None, reason: str = "dropped") -> Any:
        """Reject lines of an order, as the barista unless told otherwise."""
        return self.client.post(
            f"/v1/orders/{order_id}/rejections",
            json={"lines": list(lines), "reason": reason},
            headers=(headers or self.barista) | _key(),
        )

    def answer(self, order_id: str, number: int, answer: str, *, headers: dict[str, str] | None = None) -> Any:
        """Answer a question about an order."""
        return self.app.test_client().post(
            f"/v1/orders/{order_id}/asks/{number}/answer",
            json={"answer": answer},
            headers=(headers or self.customer) | _key(),
        )

    def sell_out(self, kind: str, subject_id: UUID, **body: Any) -> None:
        """Say that the store can't make something."""
        path = f"/v1/stores/{self.store.id}/sold-out/{kind}/{subject_id}"
        assert self.client.put(path, json=body, headers=self.barista).status_code == 200

    def follow_up(self, at: datetime | None = None) -> None:
        """Let a worker do what is due for placed orders at an instant: now, unless told otherwise."""
        Worker(self.app.database, {}).follow_up(at or clock.now())

    def remake(self, order_id: str, *, headers: dict[str, str] | None = None) -> Any:
        """Have an order made once more."""
        return self.client.post(f"/v1/orders/{order_id}/remake", headers=(headers or self.customer) | _key())

    def refund(self, order_id: str, *, headers: dict[str, str] | None = None, **body: Any) -> Any:
        """Refund an order."""
        return self.client.post(
            f"/v1/orders/{order_id}/refunds",
            json={"reason": "spilled", **body},
            headers=(headers or self.barista) | _key(),
        )


def _key(key: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": key or str(uuid4())}
