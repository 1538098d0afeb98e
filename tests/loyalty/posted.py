"""Comparing what was posted for orders with what was reckoned by hand: the order, its ledger, the bank, the stars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask.testing import FlaskClient

from service.http.edge import Edge
from service.loyalty.models import StarEntry
from service.orders.models import OrderTender
from service.payments.providers.bank import SandboxPayment
from service.wallet.models import LedgerEntry, LedgerTransaction

from .by_hand import Paid, Reckoned

CHAIN = UUID(int=0)


class NotAsReckoned(AssertionError):
    """Something differs from what was reckoned; `what` names it."""

    def __init__(self, what: str, found: Any, wanted: Any) -> None:
        super().__init__(f"{what}: {found}, where {wanted} was reckoned")
        self.what = what


def expect(what: str, found: Any, wanted: Any) -> None:
    """Raise NotAsReckoned where they differ."""
    if found != wanted:
        raise NotAsReckoned(what, found, wanted)


@dataclass
class Placed:
    """An order on its way: where, what was reckoned for it, and what is shown of it."""

    store_id: UUID
    by_hand: Reckoned
    order: dict[str, Any]


def minor(money: Mapping[str, Any] | None) -> int:
    """Return an amount in minor units, 0 where there is none."""
    return int(money["amount_minor"]) if money is not None else 0


def expect_quote(quote: Mapping[str, Any], wanted: Reckoned, *, tells: bool) -> None:
    """A quote shows what was reckoned; of its tenders only where somebody named some, or a tip (`tells`)."""
    lines = [
        (minor(line["unit_price"]) * line["quantity"], minor(line.get("discount")), minor(line["tax"]))
        for line in quote["lines"]
    ]
    expect("prices", [line[:2] for line in lines], [line[:2] for line in wanted.lines])
    expect("tax of lines", [line[2] for line in lines], [line[2] for line in wanted.lines])
    expect("line totals", [minor(line["total"]) for line in quote["lines"]], [line[0] - line[1] for line in lines])
    expect("totals", totals(quote), (wanted.subtotal, wanted.tax, wanted.total))
    expect("rewards", [minor(each["discount"]) for each in quote.get("rewards", ())], wanted.off)
    expect("shown stars", {each["rule"]: each["stars"] for each in quote["stars"]["rules"]}, wanted.stars)
    if not tells:
        expect("silence", {"tenders", "tip", "to_pay"} & quote.keys(), set())
        return
    expect("tip", minor(quote["tip"]), wanted.tip)
    expect("to pay", minor(quote["to_pay"]), wanted.total + wanted.tip)
    expect("tenders", tenders(quote), [(each.kind, each.method_id, each.amount, each.tip) for each in wanted.paid])


def expect_same(order: Mapping[str, Any], quote: Mapping[str, Any]) -> None:
    """An order says what its quote showed."""
    for name in ("totals", "stars", "tip"):
        expect(f"{name} of the order", order.get(name), quote.get(name))
    expect("rewards of the order", rewards(order), rewards(quote))
    expect("tenders of the order", tenders(order), tenders(quote))


def totals(document: Mapping[str, Any]) -> tuple[int, int, int]:
    """Return subtotal, tax and total."""
    subtotal, tax, total = (minor(document["totals"][name]) for name in ("subtotal", "tax", "total"))
    return subtotal, tax, total


def rewards(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return its rewards; placing redeems what isn't yet, so but for their ids."""
    return [reward | {"redemption_id": None} for reward in document.get("rewards", ())]


def tenders(document: Mapping[str, Any]) -> list[tuple[str, str | None, int, int]]:
    """Return kind, method, part of the total and part of the tip of each tender."""
    return [
        (each["kind"], each["method_id"], minor(each["amount"]), minor(each["tip"]))
        for each in document.get("tenders", ())
    ]


def expect_receipt(client: FlaskClient, headers: dict[str, str], each: Placed) -> None:
    """The receipt of an order that was handed over says what its quote showed, and that all of it is paid."""
    receipt = client.get(f"/v1/orders/{each.order['id']}/receipt", headers=headers).json
    order = receipt["order"]
    expect_same(order, each.order)
    expect("state", (order["state"], receipt["refunds"]), ("picked_up", []))
    expect("paid", minor(order["tender"]["paid"]), each.by_hand.total)
    became = order["stars_posted"]
    expect("posted stars", {of["rule"]: of["posted"] for of in became["rules"]}, each.by_hand.stars)
    expect("stars that differ", (became["differs"], became["reversed"]), (False, 0))
    expect("states", {tender["state"] for tender in order.get("tenders", ())} - {"paid"}, set())


def expect_posted(app: Edge, orders: Sequence[Placed], customer_id: UUID) -> None:
    """What the ledger, the bank and the stars have of the orders is what was reckoned for each."""
    ids = [UUID(each.order["id"]) for each in orders]
    with app.database.reading() as session:
        entries = _entries(session, ids)
        captured = {
            row.key: (row.state, row.authorised_minor, row.captured_minor, row.refunded_minor)
            for row in session.scalars(sa.select(SandboxPayment))
        }
        earned = _stars(session, ids)
    for order_id, each in zip(ids, orders, strict=True):
        expect("posted stars", earned.get(order_id, {}), each.by_hand.stars)
        for number, paid in enumerate(each.by_hand.paid, start=1):
            wanted = legs(each.store_id, paid, customer_id)
            expect("ledger", entries.pop((order_id, number), {}), wanted)
        for tender, paid in zip(each.order.get("tenders", ()), each.by_hand.paid, strict=False):
            if paid.kind == "card":
                costs = paid.amount + paid.tip
                expect("bank", captured.get(UUID(tender["payment_id"])), ("captured", costs, costs, 0))
    expect("nothing beside it", entries, {})


def _entries(session: Any, order_ids: Collection[UUID]) -> dict[tuple[UUID, int], dict[tuple[str, UUID], int]]:
    """Return what the ledger has by order and number of its tender: amounts by account."""
    asked = (
        sa.select(OrderTender.order_id, OrderTender.number, LedgerEntry)
        .join(LedgerTransaction, LedgerTransaction.purpose_id == OrderTender.id)
        .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
        .where(OrderTender.order_id.in_(order_ids))
    )
    found: dict[tuple[UUID, int], dict[tuple[str, UUID], int]] = {}
    for order_id, number, entry in session.execute(asked):
        of_tender = found.setdefault((order_id, number), {})
        account = (entry.account_kind, entry.owner_id)
        of_tender[account] = of_tender.get(account, 0) + entry.amount_minor
    return found


def _stars(session: Any, order_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    asked = sa.select(StarEntry.order_id, StarEntry.rule, StarEntry.stars)
    found: dict[UUID, dict[str, int]] = {}
    for order_id, rule, stars in session.execute(asked.where(StarEntry.order_id.in_(order_ids), _EARNED)):
        found.setdefault(order_id, {})[rule] = stars
    return found


_EARNED = StarEntry.kind == "earned"


def legs(store_id: UUID, paid: Paid, customer_id: UUID) -> dict[tuple[str, UUID], int]:
    """Return what the ledger must have of a tender: nothing of what the till took."""
    if paid.kind == "pay_at_pickup":
        return {}
    source = ("wallet", customer_id) if paid.kind == "wallet" else ("provider_clearing", CHAIN)
    amounts = {
        ("revenue", store_id): paid.amount - paid.tax,
        ("tax", store_id): paid.tax,
        ("tips", store_id): paid.tip,
        source: -(paid.amount + paid.tip),
    }
    return {account: amount for account, amount in amounts.items() if amount}


def house(orders: Sequence[Placed], customer_id: UUID) -> Counter[tuple[str, UUID]]:
    """Return what the stores' accounts must have of the orders, by account."""
    found: Counter[tuple[str, UUID]] = Counter()
    for each in orders:
        for paid in each.by_hand.paid:
            for account, amount in legs(each.store_id, paid, customer_id).items():
                if account[1] == each.store_id:
                    found[account] += amount
    return found
