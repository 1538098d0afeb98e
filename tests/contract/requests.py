"""One request of every operation that would pass: what the tests of hostile input and of doors start from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from werkzeug.routing import Rule

from service import clock
from service.http.blueprint import Operation
from service.http.edge import Edge

from .there import every_day, money_there_is, of_one, of_orders, of_standing_orders, of_the_wallet, there_is
from .world import DIME, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request: by whom, where, with which body and headers of its own."""

    operation: Operation
    method: str
    path: str
    actor: str
    body: Any = None
    headers: dict[str, str]

    def with_body(self, body: Any) -> Sent:
        """Return the request with another body and a key of its own."""
        keyed = {name: str(uuid4()) if name == "Idempotency-Key" else text for name, text in self.headers.items()}
        return replace(self, body=body, headers=keyed)


def operations(app: Edge) -> dict[str, tuple[Rule, Operation]]:
    """Return every operation by name."""
    views = ((rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules())
    return {view.operation.name: (rule, view.operation) for rule, view in views if hasattr(view, "operation")}  # type: ignore[attr-defined]


PASSWORD = "nine loud geese by dusk"
_CREDENTIAL: dict[str, Any] = {
    "id": "AAAAAAAAAAAAAAAAAAAAAA",
    "rawId": "AAAAAAAAAAAAAAAAAAAAAA",
    "type": "public-key",
    "authenticatorAttachment": "platform",
    "clientExtensionResults": {"credProps": {"rk": True}},
}
MADE = _CREDENTIAL | {
    "response": {
        "clientDataJSON": "e30",
        "attestationObject": "oA",
        "transports": ["internal"],
        "authenticatorData": "AA",
        "publicKey": "AA",
        "publicKeyAlgorithm": -7,
    }
}
SHOWN = _CREDENTIAL | {
    "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "userHandle": "AA"}
}
# What needs nothing that is there; the rest is in there.py.
BODIES: dict[str, Any] = {
    "start_guest_session": {"device_name": "Phone"},
    "sign_up": {
        "email": "new@example.com",
        "password": PASSWORD,
        "name": "New",
        "phone": "+44 20 7946 0018",
        "language": "en-GB",
    },
    "verify_sign_up": {
        "token": "never sent",
        "passkey": {"credential": MADE, "name": "Phone"},
        "device_name": "Phone",
    },
    "prepare_passkey_sign_up": {"token": "never sent"},
    "sign_in_with_passkey": {"credential": SHOWN, "device_name": "Phone"},
    "add_passkey": {"credential": MADE, "name": "Phone"},
    "rename_passkey": {"name": "Old phone"},
    "sign_in": {"email": "jane@example.com", "password": PASSWORD, "device_name": "Phone"},
    "refresh_session": {"refresh_token": "never given"},
    "change_profile": {"name": "Joan", "phone": "+44 20 7946 0018", "language": "en-GB"},
    "change_password": {"current_password": PASSWORD, "password": "eleven slow swans at noon"},
    "request_email_change": {"current_password": PASSWORD, "email": "other@example.com"},
    "confirm_email_change": {"token": "never sent"},
    "request_password_reset": {"email": "jane@example.com"},
    "reset_password": {"token": "never sent", "password": "eleven slow swans at noon"},
    "grant_role": {"role": "barista"},
    "offer_grant": {
        "email": "ana@example.com",
        "scopes": ["place_orders", "pick_up_orders"],
        "daily_limit": {"amount_minor": 2_000, "currency": "USD"},
        "timezone": "America/New_York",
        "label": "Team coffee",
        "expires_at": (clock.now() + timedelta(days=30)).isoformat(),
    },
    "preview_grant_offer": {"token": "never sent"},
    "accept_grant_offer": {"token": "never sent"},
    "decline_grant_offer": {"token": "never sent"},
    "pause_ordering": {"until": "2099-01-01T00:00:00Z", "reason": "A broken grinder"},
    "change_hours": {
        "hours": "Mo-Su 06:00-22:00",
        "exceptions": [{"on_date": "2030-12-25", "hours": "off"}],
        "notice": "Closed at Christmas",
    },
    "mark_sold_out": {"until": "2099-01-01T00:00:00Z"},
    "count_stock": {"left": 5},
    "cancel_order": {"reason": "Changed my mind"},
    "move_order": {"to": "fired", "reason": "Now"},
    "reject_lines": {"lines": [1], "reason": "The grinder broke"},
    "answer_ask": {"answer": "refund_line"},
    "set_queue_settings": {
        "hurry_after_seconds": 120,
        "late_after_seconds": 300,
        "board_clears_after_seconds": 600,
    },
    "make_board_link": {"name": "Above the bar"},
    "arrive": {"kind": "on_my_way", "minutes": 10},
    "arrive_to_pick_up": {"kind": "on_my_way", "minutes": 10},
    "change_walk_in_share": {"percent": 20},
    "change_remedy_table": {"steps": [{"late_minutes": 5, "percent": 20, "most_minor": 300}]},
    "report_busy": {"extra_minutes": 10, "until": "2099-01-01T00:00:00Z", "reason": "A coach has come"},
    "say_preference": {"value": {"kind": "apology"}},
    "undo_preference": {"to_version": 0},
    "skip_day": {"on": "2090-02-02"},
    "add_payment_method": {"token": "sandbox_visa", "is_default": True},
    "choose_default_payment_method": {"method_id": None},
    "send_transfer": {"email": "ana@example.com", "amount": DIME, "message": "For lunch"},
    "buy_gift_card": {"amount": DIME, "label": "Ana's birthday"},
    "cash_out": {"currency": "USD", "amount_minor": 10, "channel": "payment_method"},
    "redeem_stars": {"reward": "off-1", "from_pool": False},
    "preview_redemption": {"reward": "off-1", "from_pool": True},
    "give_stars": {"stars": 1, "message": "For you"},
    "accept_gift": {"token": "never given"},
    "refuse_gift": {"token": "never given"},
    "preview_merger": {"token": "never given"},
    "merge_accounts": {"token": "never given"},
    "make_card": {"label": "Key ring"},
    "make_pool": {"name": "Family", "called": "Jo", "cap": 10},
    "join_pool": {"token": "never given", "called": "Jo", "cap": 10},
    "change_pool_cap": {"cap": 20},
    "claim_stars": {"receipt": "00000000-0000-0000-0000-000000000001", "note": "Not there"},
    "answer_claim": {"stars": 5, "answer": "Sorry"},
    "refund_order": {"reason": "Spilled", "lines": [{"position": 1, "quantity": 1}]},
}
# The query that an operation can't do without.
NEEDED: dict[str, dict[str, Any]] = {
    "list_menu_changes": {"since": 0},
    "list_wallet_entries": {"currency": "USD"},
    "export_wallet_entries": {"currency": "USD"},
    "show_wallet_statement": {"currency": "USD"},
    "download_wallet_statement": {"currency": "USD"},
}
BY = {"customer or guest": "customer", "customer": "customer", "public": "customer", "operator": "operator"}


def requests(app: Edge, world: World) -> dict[str, Sent]:
    """Return a request of every operation, sent by someone of its audience."""
    order, daily = world.order("customer"), every_day(world)
    bodies = BODIES | of_orders(world, order) | of_standing_orders(world, daily)
    wallet = world.wallet("customer")
    bodies |= of_the_wallet(world, wallet)
    stars = world.loyalty("customer")
    bodies["show_loyalty_card"] = {"number": stars.pop("card_number")}
    params = there_is(world, order) | money_there_is(world, wallet) | stars
    params["standing_order_id"] = world.standing_order("customer", daily)["id"]
    own = of_one(world, wallet)
    return {
        name: _request(app, rule, operation, bodies.get(name), params | own.get(name, {}))
        for name, (rule, operation) in operations(app).items()
    }


def _request(app: Edge, rule: Rule, operation: Operation, body: Any, params: dict[str, Any]) -> Sent:
    (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    path = rule.rule
    for name, converter in rule._converters.items():
        path = path.replace(f"<{_source(rule, name)}>", str(params[name]))
        assert converter is not None
    headers = {"Idempotency-Key": str(uuid4())} if operation.idempotent else {}
    if any(kind.__name__ == "PreconditionRequired" for kind in operation.refusals):
        headers["If-Match"] = '"1"'
    if operation.name in {"show_board", "follow_board"}:
        headers["Board-Token"] = params["Board-Token"]
    actor = BY.get(operation.audience.name, "manager")
    return Sent(operation=operation, method=method, path=path, actor=actor, body=body, headers=headers)


def _source(rule: Rule, name: str) -> str:
    """Return how the rule writes the parameter: `uuid:store_id`."""
    for part in rule.rule.split("<")[1:]:
        written = part.partition(">")[0]
        if written.rpartition(":")[2] == name:
            return written
    raise LookupError(name)
