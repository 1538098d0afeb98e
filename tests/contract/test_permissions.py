"""The ladder of permissions, made from the routes themselves: a new one can't be forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.accounts.models import StaffMembership
from service.clock import now
from service.http.edge import Edge
from tests.factories import make_customer, make_grant, make_guest, make_staff, sign_in_as

from .requests import Sent, operations, requests
from .there import OF_A_PREFERENCE
from .world import World


@pytest.fixture
def world(app: Edge, session: Session) -> World:
    """A store, a menu and people."""
    return World(app, session)


@pytest.fixture
def sent(app: Edge, world: World) -> dict[str, Sent]:
    """A request of every operation."""
    return requests(app, world)


def send(client: FlaskClient, request: Sent, headers: dict[str, str]) -> Any:
    """Send the request as the headers' owner and read the answer: what still streams keeps its caller around."""
    return client.open(
        request.path, method=request.method, json=request.body, headers=request.headers | headers, buffered=True
    )


def test_every_operation_can_be_reached_by_its_audience(
    client: FlaskClient, world: World, sent: dict[str, Sent]
) -> None:
    """The control of everything below: the requests are ones that pass the door."""
    # Others sign that device out, too, and then it takes no push.
    for name in sorted(sent, key=lambda name: name not in {"end_push", "sign_device_out"}):
        request = sent[name]
        answer = send(client, request, world.headers(request.actor, anew=True))
        if name in {"sign_in", "sign_in_with_passkey", "refresh_session"}:
            assert answer.status_code == 401, name  # no such account, passkey, session
        elif name in {"change_password", "request_email_change"}:
            assert answer.json["type"] == "/problems/wrong-password", name
        elif name in {"sign_out", "sign_out_everywhere", "sign_device_out"}:
            assert answer.status_code == 204, name
        else:
            assert answer.status_code not in {401, 403, 404, 405}, (name, answer.text)


def test_without_a_token_only_public_doors_open(client: FlaskClient, sent: dict[str, Sent]) -> None:
    for name, request in sent.items():
        if request.operation.audience.token:
            answer = send(client, request, {})
            assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), name
            assert answer.headers["WWW-Authenticate"].startswith("Bearer"), name


def test_a_token_that_does_not_pass_is_refused_also_where_none_is_needed(
    client: FlaskClient, sent: dict[str, Sent]
) -> None:
    for name, request in sent.items():
        assert send(client, request, {"Authorization": "Bearer a.b.c"}).status_code == 401, name


def test_a_guest_passes_only_where_guests_may(
    app: Edge, client: FlaskClient, session: Session, sent: dict[str, Sent]
) -> None:
    guest = sign_in_as(app, make_guest(session))
    for name, request in sent.items():
        if not request.operation.audience.guests:
            assert send(client, request, guest).status_code == 403, name


def test_a_customer_passes_no_door_of_staff_or_operators(
    app: Edge, client: FlaskClient, session: Session, sent: dict[str, Sent]
) -> None:
    customer = sign_in_as(app, make_customer(session))
    for name, request in sent.items():
        audience = request.operation.audience
        if audience.roles or audience.operator:
            assert send(client, request, customer).status_code == 403, name


def test_staff_of_another_store_pass_no_door_of_this_one(
    app: Edge, client: FlaskClient, session: Session, world: World, sent: dict[str, Sent]
) -> None:
    stranger = sign_in_as(app, make_staff(session, world.other_store_id, "manager"))
    for name, request in sent.items():
        if request.operation.audience.roles:
            expected = 403 if str(world.store_id) in request.path else 404
            assert send(client, request, stranger).status_code == expected, name


def test_a_role_that_is_not_the_operations_passes_no_door(
    app: Edge, client: FlaskClient, session: Session, world: World, sent: dict[str, Sent]
) -> None:
    desk = sign_in_as(app, make_staff(session, world.store_id, "front_desk"))
    for name, request in sent.items():
        roles = request.operation.audience.roles
        if roles and "front_desk" not in roles:
            assert send(client, request, desk).status_code == 403, name


def test_a_role_at_one_store_is_no_role_at_another(
    app: Edge, client: FlaskClient, session: Session, world: World, sent: dict[str, Sent]
) -> None:
    """A front desk here who is a barista elsewhere moves and refunds nothing here."""
    person = make_staff(session, world.store_id, "front_desk")
    session.add(StaffMembership(person_id=person.id, store_id=world.other_store_id, role="barista", granted_at=now()))
    session.commit()
    headers = sign_in_as(app, person)
    for name, request in sent.items():
        roles = request.operation.audience.roles
        if roles and "front_desk" not in roles:
            expected = 403 if str(world.store_id) in request.path else 404
            assert send(client, request, headers).status_code == expected, name


OTHERS = {
    "show_order",
    "show_receipt",
    "follow_order",
    "find_my_order",
    "change_order",
    "cancel_order",
    "answer_ask",
    "remake_order",
    "arrive",
    "accept_revision",
    "list_promises",
    "place_order",
    "sign_device_out",
    "read_usual",
    "change_usual",
    "forget_usual",
    "quote_usual",
    "quote_order_again",
    "read_standing_order",
    "change_standing_order",
    "end_standing_order",
    "skip_day",
    "unskip_day",
    "list_upcoming",
    "follow_standing_order",
    "rename_passkey",
    "remove_passkey",
    "show_pickup",
    "arrive_to_pick_up",
    "show_grant",
    "end_grant",
    "list_delegated_acts",
    "end_push",
    "remove_payment_method",
    "show_payment",
    "show_load",
    "show_transfer",
    "accept_transfer",
    "refuse_transfer",
    "withdraw_transfer",
    "show_bought_gift_card",
    "show_cash_out",
    "withdraw_cash_out",
    "show_redemption",
    "cancel_redemption",
    "end_card",
    "take_back_gift",
    "invite_to_pool",
    "change_pool_cap",
    "leave_pool",
}
# Operations of a customer that name nothing of anybody's in their path or body.
OWN = {
    "add_payment_method",
    "choose_default_payment_method",
    "list_payment_methods",
    "read_profile",
    "change_profile",
    "change_password",
    "request_email_change",
    "confirm_email_change",
    "remove_password",
    "list_devices",
    "list_passkeys",
    "prepare_passkey",
    "add_passkey",
    "list_my_orders",
    "list_order_changes",
    "sign_out",
    "sign_out_everywhere",
    "make_quote",
    "list_preferences",
    "list_my_stores",
    "show_my_menu",
    "explain_preferences",
    "read_passport",
    "preview_passport",
    "accept_passport",
    "list_push_subscriptions",
    "subscribe_to_push",
    "list_usuals",
    "save_usual",
    "list_standing_orders",
    "start_standing_order",
    *OF_A_PREFERENCE,
    "list_pickups",
    "offer_grant",
    "list_grants",
    "preview_grant_offer",
    "accept_grant_offer",
    "decline_grant_offer",
    "show_wallet",
    "list_wallet_entries",
    "export_wallet_entries",
    "show_wallet_statement",
    "download_wallet_statement",
    "load_wallet",
    "list_loads",
    "show_auto_reload",
    "set_auto_reload",
    "switch_off_auto_reload",
    "send_transfer",
    "list_transfers",
    "buy_gift_card",
    "list_bought_gift_cards",
    "look_up_gift_card",
    "claim_gift_card",
    "cash_out",
    "list_cash_outs",
    "join_loyalty",
    "show_loyalty",
    "leave_loyalty",
    "opt_in",
    "opt_out",
    "list_star_entries",
    "list_star_changes",
    "download_star_entries",
    "list_lots",
    "forecast_stars",
    "show_statement",
    "download_statement",
    "list_redemptions",
    "redeem_stars",
    "preview_redemption",
    "list_gifts",
    "give_stars",
    "accept_gift",
    "refuse_gift",
    "list_pools",
    "make_pool",
    "join_pool",
    "list_my_claims",
    "claim_stars",
    "list_cards",
    "make_card",
    "list_mergers",
    "consent_to_merger",
    "withdraw_merger_consent",
    "preview_merger",
    "merge_accounts",
}


def test_another_customers_things_do_not_exist(
    app: Edge, client: FlaskClient, session: Session, world: World, sent: dict[str, Sent]
) -> None:
    other = sign_in_as(app, make_customer(session))
    before = world.rows()
    for name in OTHERS:
        answer = send(client, sent[name], other)
        assert (answer.status_code, answer.json["type"]) == (404, "/problems/not-found"), name
    after = world.rows()
    assert {table for table in after if after[table] != before[table]} <= {"idempotency_keys"}


def test_every_operation_of_customers_is_told_apart(app: Edge) -> None:
    """Whoever adds one says whether it can name what is someone else's."""
    found = {
        name
        for name, (_, operation) in operations(app).items()
        if operation.audience.token and not operation.audience.roles and not operation.audience.operator
    }
    assert found == OTHERS | OWN


def test_another_customers_quote_and_order_can_not_be_named_in_a_body(
    app: Edge, client: FlaskClient, session: Session, world: World
) -> None:
    other = sign_in_as(app, make_customer(session))
    order = world.order("customer")
    quote = world.quote("customer")
    line = {"item_id": str(world.menu.americano)}
    basket = {"store_id": str(world.store_id), "lines": [line], "replaces_order_id": order["id"]}

    assert client.post("/v1/quotes", json=basket, headers=other).status_code == 404
    times = client.get(f"/v1/stores/{world.store_id}/pickup-times?quote_id={quote['id']}", headers=other)
    assert times.status_code == 404


def test_what_is_not_for_others_refuses_a_grant_and_says_so(
    app: Edge, client: FlaskClient, session: Session, world: World, sent: dict[str, Sent]
) -> None:
    """Also of who has a grant that allows all there is: it is used where an operation says so, and nowhere else."""
    receiver = make_customer(session)
    under = {"Acting-Under": str(make_grant(session, world.people["customer"], receiver).id)}
    before = world.rows()
    for name, request in sent.items():
        if not request.operation.scopes:
            answer = send(client, request, world.headers(request.actor) | under)
            assert (answer.status_code, list(answer.json["errors"])) == (422, ["Acting-Under"]), name
    after = world.rows()
    assert {table for table in after if after[table] != before[table]} <= {"device_sessions"}


def test_what_is_for_others_asks_for_a_grant_of_the_callers_own(
    app: Edge, client: FlaskClient, session: Session, world: World, sent: dict[str, Sent]
) -> None:
    """Whoever names one that isn't theirs, or not any more, is answered alike, also its giver, staff and operators."""
    receiver, giver = make_customer(session), world.people["customer"]
    active = make_grant(session, giver, receiver).id
    long_ago = now() - timedelta(minutes=1)
    expired = make_grant(session, giver, receiver, expires_at=long_ago).id
    revoked = make_grant(session, giver, receiver, ended_at=long_ago, ended_by="giver").id
    given_up = make_grant(session, giver, receiver, ended_at=long_ago, ended_by="receiver").id
    offered = make_grant(session, giver, receiver, receiver_id=None, accepted_at=None).id
    callers = [(sign_in_as(app, receiver), each) for each in (expired, revoked, given_up, offered, uuid4())]
    callers += [(world.headers(actor), active) for actor in ("customer", "guest", "manager", "operator")]
    for name, request in sent.items():
        if request.operation.scopes:
            for headers, grant_id in callers:
                answer = send(client, request, headers | {"Acting-Under": str(grant_id)})
                assert (answer.status_code, answer.json["detail"]) == (404, "There is no such grant."), name
            answer = send(client, request, sign_in_as(app, receiver) | {"Acting-Under": "none"})
            assert (answer.status_code, list(answer.json["errors"])) == (422, ["Acting-Under"]), name
            assert send(client, request, {"Acting-Under": str(active)}).status_code == 401, name


def test_a_grant_for_something_else_passes_no_door(
    app: Edge, client: FlaskClient, session: Session, world: World, sent: dict[str, Sent]
) -> None:
    receiver, giver = make_customer(session), world.people["customer"]
    grants = {scope: make_grant(session, giver, receiver, scope).id for scope in ("place_orders", "pick_up_orders")}
    for name, request in sent.items():
        for scope in grants.keys() - set(request.operation.scopes):
            if request.operation.scopes:
                under = {"Acting-Under": str(grants[scope])}
                assert send(client, request, sign_in_as(app, receiver) | under).status_code == 403, name


def test_under_a_grant_the_givers_own_things_do_not_exist(
    app: Edge, client: FlaskClient, session: Session, world: World, sent: dict[str, Sent]
) -> None:
    """Ordering for somebody shows nothing that they ordered themselves."""
    receiver = make_customer(session)
    under = {"Acting-Under": str(make_grant(session, world.people["customer"], receiver, "place_orders").id)}
    for name in OTHERS & {name for name, request in sent.items() if "place_orders" in request.operation.scopes}:
        answer = send(client, sent[name], sign_in_as(app, receiver) | under)
        assert (answer.status_code, answer.json["type"]) == (404, "/problems/not-found"), name
    assert client.get("/v1/me/orders", headers=sign_in_as(app, receiver) | under).json["data"] == []


def test_lists_show_only_ones_own(app: Edge, client: FlaskClient, session: Session, world: World) -> None:
    world.order("customer")
    other = sign_in_as(app, make_customer(session))

    assert client.get("/v1/me/orders", headers=other).json["data"] == []
    assert client.get("/v1/me/orders/changes", headers=other).json["data"] == []
    assert len(client.get("/v1/me/devices", headers=other).json["data"]) == 1


def test_a_stores_queue_shows_only_its_own_orders(
    app: Edge, client: FlaskClient, session: Session, world: World
) -> None:
    world.order("customer", "fired")
    stranger = sign_in_as(app, make_staff(session, world.other_store_id, "manager"))

    assert len(client.get(f"/v1/stores/{world.store_id}/queue", headers=world.headers("manager")).json["data"]) == 1
    assert client.get(f"/v1/stores/{world.other_store_id}/queue", headers=stranger).json["data"] == []
