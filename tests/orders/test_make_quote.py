"""POST /v1/quotes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from service import clock
from service.http.edge import Edge
from service.menu import actions as menu_actions
from service.orders.rules.promise import SLOT, next_slot
from tests.factories import make_guest, sign_in_as

from .shop import Shop


def test_what_the_customer_left_open_is_filled_and_names_its_source(shop: Shop) -> None:
    quote = shop.quote().json

    (line,) = quote["lines"]
    assert (line["size"]["name"], line["size"]["source"]) == ("Small", {"kind": "item_default"})
    assert [(m["option"]["name"], m["source"]["kind"]) for m in line["modifiers"]] == [("Whole milk", "item_default")]
    assert quote["pickup"] == {
        "method": "counter",
        "source": {"kind": "store_default"},
        "alias": None,
        "if_not_collected": {"do": "hold", "source": {"kind": "store_default"}},
    }
    assert line["contains"] == ["milk"]


def test_what_the_customer_chose_says_so(shop: Shop) -> None:
    large, oat = _ids(shop)
    chosen = shop.line(size_id=large, modifiers=[{"option_id": oat}])

    quote = shop.quote(chosen, pickup={"method": "curbside"}).json

    (line,) = quote["lines"]
    assert (line["size"]["name"], line["size"]["source"]["kind"]) == ("Large", "customer_choice")
    assert [(m["option"]["name"], m["source"]["kind"]) for m in line["modifiers"]] == [("Oat drink", "customer_choice")]
    assert quote["pickup"] == {
        "method": "curbside",
        "source": {"kind": "customer_choice"},
        "alias": None,
        "if_not_collected": {"do": "hold", "source": {"kind": "store_default"}},
    }


def test_prices_and_tax_add_up(shop: Shop) -> None:
    large, oat = _ids(shop)

    quote = shop.quote(
        shop.line(size_id=large, modifiers=[{"option_id": oat}], quantity=2), shop.line(shop.croissant)
    ).json

    usd = {"currency": "USD"}
    assert quote["lines"][0]["unit_price"] == {"amount_minor": 545, **usd}
    assert quote["lines"][0]["tax"] == {"amount_minor": 90, "rate_bps": 825, **usd}  # 8.25 % of 10.90
    assert quote["totals"] == {
        "subtotal": {"amount_minor": 1415, **usd},
        "tax": {"amount_minor": 117, **usd},
        "tax_inclusive": False,
        "total": {"amount_minor": 1532, **usd},
    }


def test_tax_included_in_the_price_is_shown_and_not_added(app: Edge, session: Session) -> None:
    shop = Shop(app, session, tax_inclusive=True, tax_rates={"standard": 2000})

    totals = shop.quote().json["totals"]

    assert (totals["total"]["amount_minor"], totals["tax"]["amount_minor"]) == (400, 67)


def test_the_promise_is_the_earliest_window_that_fits(shop: Shop) -> None:
    before = datetime.now(UTC)
    promise = shop.quote().json["promise"]

    starts_at = datetime.fromisoformat(promise["window_starts_at"])
    assert next_slot(before + timedelta(seconds=60)) <= starts_at <= next_slot(before) + 2 * SLOT


def test_a_window_can_be_chosen(shop: Shop) -> None:
    wanted_at = next_slot(clock.now()) + 12 * SLOT

    quote = shop.quote(pickup={"at": wanted_at.isoformat()}).json

    assert datetime.fromisoformat(quote["promise"]["window_starts_at"]) == wanted_at
    assert quote["scheduled"] is True


def test_a_full_window_is_refused_with_the_next_that_fits(app: Edge, session: Session) -> None:
    shop = Shop(app, session, stations={"bar": 1, "oven": 1})
    wanted_at = (next_slot(clock.now()) + 12 * SLOT).isoformat()
    many = shop.line(quantity=50)  # 50 minutes of one barista
    assert shop.place(shop.quote(many, pickup={"at": wanted_at}).json["id"]).status_code == 201

    answer = shop.quote(many, pickup={"at": wanted_at})

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/window-full")
    assert datetime.fromisoformat(answer.json["earliest_at"]) > datetime.fromisoformat(wanted_at)


def test_a_store_without_the_station_cannot_make_it(app: Edge, session: Session) -> None:
    shop = Shop(app, session, stations={"bar": 1})

    answer = shop.quote(shop.line(shop.croissant))

    assert (answer.status_code, answer.json["stations"]) == (409, ["oven"])


def test_a_sold_out_item_is_refused_by_its_path(shop: Shop) -> None:
    menu_actions.mark_sold_out(
        shop.session, store_id=shop.store.id, kind="item", subject_id=shop.croissant, until=None, now=clock.now()
    )
    shop.session.commit()

    answer = shop.quote(shop.line(), shop.line(shop.croissant))

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/sold-out")
    assert answer.json["unavailable"][0]["path"] == "lines.1.item_id"


def test_a_guest_may_quote(shop: Shop) -> None:
    guest = sign_in_as(shop.app, make_guest(shop.session))

    assert shop.quote(headers=guest).status_code == 201


def test_without_a_token_it_is_refused(shop: Shop) -> None:
    assert shop.quote(headers={"X-Nobody": "1"}).status_code == 401


def test_an_unknown_store_is_not_found(shop: Shop) -> None:
    assert shop.quote(store_id=str(uuid4())).status_code == 404


@pytest.mark.parametrize(
    ("basket", "path"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{}]}, "lines.0.item_id"),
        ({"lines": [{"item_id": "no"}]}, "lines.0.item_id"),
        ({"lines": [{"item_id": str(uuid4())}]}, "lines.0.item_id"),
        ({"lines": [{"item_id": "FW", "quantity": 0}]}, "lines.0.quantity"),
        ({"lines": [{"item_id": "FW", "quantity": 1.5}]}, "lines.0.quantity"),
        ({"lines": [{"item_id": "FW", "quantity": True}]}, "lines.0.quantity"),
        ({"lines": [{"item_id": "FW", "quantity": "٣"}]}, "lines.0.quantity"),
        ({"lines": [{"item_id": "FW", "size_id": str(uuid4())}]}, "lines.0.size_id"),
        ({"lines": [{"item_id": "FW", "modifiers": [{"option_id": str(uuid4())}]}]}, "lines.0.modifiers.0.option_id"),
        ({"lines": [{"item_id": "FW", "note": "a\x00b"}]}, None),
        ({"lines": [{"item_id": "FW", "note": "\x1b[31m"}]}, "lines.0.note"),
        ({"lines": [{"item_id": "FW", "price": 1}]}, "lines.0.price"),
        ({"pickup": {"at": "2026-11-22"}}, "pickup.at"),
        ({"pickup": {"at": "9999-12-31T23:59:59-23:59"}}, "pickup.at"),
        ({"pickup": {"at": "2099-01-01T00:00:00Z"}}, "pickup.at"),
        ({"pickup": {"at": "2099-01-01T00:01:00Z"}}, "pickup.at"),
        ({"pickup": {"method": "teleport"}}, "pickup.method"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_input_names_its_field(shop: Shop, basket: dict, path: str | None) -> None:
    for line in basket.get("lines", []):
        if line.get("item_id") == "FW":
            line["item_id"] = str(shop.flat_white)

    answer = shop.quote(**basket) if "lines" not in basket else shop.quote(*basket["lines"], lines=basket["lines"])

    assert answer.mimetype == "application/problem+json"
    if path is None:
        assert answer.status_code == 400
    else:
        assert (answer.status_code, list(answer.json["errors"])) == (422, [path])
    for line in basket.get("lines", []):
        if line.get("item_id") == str(shop.flat_white):
            line["item_id"] = "FW"


def _ids(shop: Shop) -> tuple[str, str]:
    """The ids of "Large" and "Oat drink", as a customer's app would read them from the menu."""
    menu = shop.client.get(f"/v1/stores/{shop.store.id}/menu").json
    item = next(entry for entry in menu["items"] if entry["id"] == str(shop.flat_white))
    size = next(size for size in item["sizes"] if size["name"] == "Large")
    option = next(o for group in item["groups"] for o in group["options"] if o["name"] == "Oat drink")
    return size["id"], option["id"]
