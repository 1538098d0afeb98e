"""What the requests that would pass are about: the things of a world, by which they name them."""

from __future__ import annotations

from typing import Any

from .world import DIME, World

OF_A_PREFERENCE = (
    "read_preference",
    "say_preference",
    "withdraw_preference",
    "undo_preference",
    "forget_preference",
    "list_preference_versions",
)


def of_orders(world: World, order: dict[str, Any]) -> dict[str, Any]:
    """Return the bodies of what is done before, with and after an order, by operation."""
    new, other = (world.quote("customer", **to)["id"] for to in ({}, {"replaces_order_id": order["id"]}))
    line, at_the_store = _line(world), {"store_id": str(world.store_id)}
    ticket = {"order_id": order["id"], "position": 1, "station": "bar"}
    pickup = {"method": "counter", "at": None, "alias": "Jo"}
    return {
        "subscribe_to_push": world.PUSH | {"endpoint": "https://push.example.com/send/def", "expirationTime": None},
        "make_quote": at_the_store | {"lines": [line], "pickup": pickup},
        "place_order": {"quote_id": new, "client_order_id": "an-id-of-mine"},
        "change_order": {"quote_id": other},
        "quote_order_again": at_the_store,
        "explain_preferences": at_the_store | {"lines": [line], "at": None},
        "preview_passport": {"passport": "a.b.c"},
        "accept_passport": {"passport": "a.b.c", "lines": ["call_name"]},
        "register_walk_in": {"lines": [line], "work_seconds": {"bar": 60}, "label": "Blue scarf"},
        **dict.fromkeys(("bump", "start", "recall"), ticket),
    }


def of_standing_orders(world: World, standing: dict[str, Any]) -> dict[str, Any]:
    """Return the bodies of what is done with usuals and with this standing order, by operation."""
    usual = {
        "name": "Morning",
        "store_id": str(world.store_id),
        "lines": [_line(world)],
        "pickup": {"method": "counter", "alias": "Jo"},
        "price_ceiling": {"amount_minor": 900, "currency": "USD"},
    }
    return {
        "save_usual": usual,
        "change_usual": usual | {"position": 1},
        "quote_usual": {"store_id": str(world.store_id)},
        "start_standing_order": standing,
        "change_standing_order": standing,
    }


def every_day(world: World) -> dict[str, Any]:
    """Return what a standing order says: a usual, every day, not before 2090."""
    return {
        "usual_id": world.usual("customer")["id"],
        "recurrence": "FREQ=DAILY",
        "starts_on": None,
        "at": "08:15",
        "price_ceiling": {"amount_minor": 900, "currency": "USD"},
        "if_unmakeable": "ask",
        "pause": {"from_on": None, "until_on": "2090-01-01"},
    }


def _line(world: World) -> dict[str, Any]:
    return {
        "item_id": str(world.menu.americano),
        "size_id": str(world.menu.tall),
        "quantity": 1,
        "modifiers": [{"option_id": str(world.menu.vanilla), "quantity": 1, "modifiers": []}],
        "note": "Hot, please",
    }


def of_the_wallet(world: World, wallet: dict[str, Any]) -> dict[str, Any]:
    """Return the bodies of what is done with this wallet, by operation."""
    paid_by = {"payment_method_id": str(world.payment_method_id("customer", "sandbox_visa"))}
    return {
        "load_wallet": {"amount": DIME} | paid_by,
        "set_auto_reload": {"threshold": DIME, "amount": DIME, "weekly_cap": DIME} | paid_by,
        "pay_out_cash_out": {"code": wallet["paid_out"]["code"], "amount": DIME},
        **{name: {"code": wallet["card"]["code"]} for name in ("look_up_gift_card", "claim_gift_card")},
    }


def there_is(world: World, order: dict[str, Any]) -> dict[str, Any]:
    """Return what paths name, by parameter: an order and what belongs to it, a customer and a store with theirs."""
    return {
        "order_id": order["id"],
        "client_order_id": order["client_order_id"],
        "number": 1,
        "usual_id": world.usual("customer")["id"],
        "on": world.SKIPPED,
        "kind": "item",
        "item_id": world.menu.croissant,
        "subject_id": world.menu.croissant,
        "person_id": world.people["customer"].id,
        "session_id": world.session_id("customer"),
        "passkey_id": world.passkey_id("customer"),
        "subscription_id": world.push_subscription("customer")["id"],
        "grant_id": world.grant_id("customer"),
        "store_id": world.store_id,
        "walk_in_id": world.at_the_store("walk-ins", work_seconds={"bar": 30})["id"],
        "bump_id": world.at_the_store("bumps", order_id=world.order("customer", "fired")["id"])["id"],
        "link_id": world.at_the_store("board-links")["id"],
        "Board-Token": world.at_the_store("board-links")["token"],
    }


def money_there_is(world: World, wallet: dict[str, Any]) -> dict[str, Any]:
    """Return the same of payments and of a wallet."""
    return {
        "load_id": wallet["load_id"],
        "transfer_id": wallet["transfer"]["id"],
        "card_id": wallet["card"]["id"],
        "cash_out_id": wallet["cash_out"]["id"],
        "method_id": world.payment_method_id("customer"),
        "payment_id": world.payment_id("customer"),
        "provider": "sandbox",
    }


def of_one(world: World, wallet: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the paths of single operations name instead, by operation."""
    said = world.said("customer")
    return {
        **{name: {"kind": said} for name in OF_A_PREFERENCE},
        "accept_transfer": {"transfer_id": wallet["received"]},
        "refuse_transfer": {"transfer_id": wallet["refused"]},
        "answer_ask": {"order_id": world.asked("customer")["id"]},
        "accept_revision": {"order_id": world.revised("customer")["id"], "number": 2},
        "show_pickup": {"order_id": world.order("customer")["id"]},
        "arrive_to_pick_up": {"order_id": world.order("customer")["id"]},
    }
