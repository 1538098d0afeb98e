"""The people behind the counter of the shop: what the tests of the queue act with, over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.orders.shop import Shop


class Counter:
    """Staff at the shop's queue; every method is one request and returns the answer."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.barista = shop, shop.barista
        self.path = f"/v1/stores/{shop.store.id}"

    def queue(self, query: str = "", headers: dict[str, str] | None = None) -> Any:
        """Read the queue, as its barista unless told otherwise."""
        return self.shop.client.get(f"{self.path}/queue{query}", headers=headers or self.barista)

    def tickets(self, query: str = "") -> list[dict[str, Any]]:
        """Return the tickets of the queue."""
        found: list[dict[str, Any]] = self.queue(query).json["data"]
        return found

    def ticket(self, order_id: str) -> dict[str, Any] | None:
        """Return the order's ticket, None where the queue doesn't show it."""
        return next((ticket for ticket in self.tickets() if ticket["order_id"] == order_id), None)

    def fired(self, *lines: dict[str, Any], **basket: Any) -> dict[str, Any]:
        """Place an order and fire it; return it as placed."""
        order = self.shop.placed(*lines, **basket)
        assert self.shop.move(order["id"], "fired").status_code == 200
        return order

    def touch(
        self, kind: str, order_id: str, *, headers: dict[str, str] | None = None, key: str | None = None, **what: Any
    ) -> Any:
        """Bump, start or recall, as the barista unless told otherwise."""
        return self.shop.app.test_client().post(
            f"{self.path}/{kind}s",
            json={"order_id": order_id, **what},
            headers=(headers or self.barista) | {"Idempotency-Key": key or str(uuid4())},
        )

    def bump(self, order_id: str, **what: Any) -> Any:
        """Bump a line, a station or the ticket."""
        return self.touch("bump", order_id, **what)

    def undo(self, bump_id: str, *, headers: dict[str, str] | None = None) -> Any:
        """Undo a bump."""
        return self.shop.client.post(
            f"{self.path}/bumps/{bump_id}/undo",
            headers=(headers or self.barista) | {"Idempotency-Key": str(uuid4())},
        )


def states(ticket: dict[str, Any]) -> dict[tuple[int, str], str]:
    """Return where each line stands at each station."""
    return {(line["position"], row["station"]): row["state"] for line in ticket["lines"] for row in line["stations"]}
