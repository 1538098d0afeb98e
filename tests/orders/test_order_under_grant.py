"""Ordering for somebody: quote, place, see, change and cancel under a grant; logged, and told to the giver."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service import clock
from service.accounts import actions as account_actions
from service.accounts import queries as account_queries
from service.accounts.models import Grant
from service.events import OutboxRow
from service.http.edge import Edge
from service.orders.models import Quote
from service.worker import Worker
from tests.factories import make_customer, make_grant, make_staff, sign_in_as
from tests.preferences.voice import OAT, Voice

from ..counting import counted
from .errand import Errand

# ---- whose it is


def test_an_order_placed_under_a_grant_is_its_givers(errand: Errand) -> None:
    order = errand.placed()

    assert order["placed_under_grant"] == str(errand.grant.id)
    mine = errand.get("/v1/me/orders", errand.shop.customer).json["data"]
    assert [(each["id"], each["placed_under_grant"]) for each in mine] == [(order["id"], str(errand.grant.id))]
    assert errand.get("/v1/me/orders", errand.alone).json["data"] == []
    assert errand.shop.show(order["id"], headers=errand.alone).status_code == 404


def test_what_the_customer_orders_themselves_says_so(errand: Errand) -> None:
    assert errand.shop.placed()["placed_under_grant"] is None


def test_only_what_was_placed_under_the_grant_is_seen_under_it(errand: Errand) -> None:
    theirs = errand.shop.place(client_order_id="an-id-of-janes").json
    placed = errand.placed()
    elsewhere = errand.shop.place(errand.shop.quote(headers=errand.another()).json["id"], headers=errand.another())

    assert elsewhere.status_code == 404  # a quote is placed under the grant that it was made under
    assert [each["id"] for each in errand.get("/v1/me/orders").json["data"]] == [placed["id"]]
    assert errand.shop.show(placed["id"], headers=errand.ana).status_code == 200
    assert errand.shop.show(theirs["id"], headers=errand.ana).status_code == 404
    assert errand.shop.show(placed["id"], headers=errand.another()).status_code == 404
    assert errand.get("/v1/me/orders/by-client-id/an-id-of-janes").status_code == 404


def test_neither_side_places_the_others_quote(errand: Errand) -> None:
    assert errand.shop.place(errand.shop.quote().json["id"], headers=errand.ana).status_code == 404
    assert errand.shop.place(errand.quote()["id"]).status_code == 404


def test_ids_that_both_apps_give_are_kept_apart(errand: Errand) -> None:
    errand.shop.place(client_order_id="the-same-id")

    placed = errand.shop.place(errand.quote()["id"], client_order_id="the-same-id", headers=errand.ana)
    found = errand.get("/v1/me/orders/by-client-id/the-same-id")
    again = errand.shop.place(errand.quote()["id"], client_order_id="the-same-id", headers=errand.ana)

    assert (placed.status_code, placed.json["client_order_id"]) == (201, "the-same-id")
    assert found.json["id"] == placed.json["id"]
    assert (again.status_code, again.json["order_id"]) == (409, placed.json["id"])


def test_the_giver_does_with_it_as_with_any_of_theirs(errand: Errand) -> None:
    first, second = errand.placed(), errand.placed()

    assert errand.shop.cancel(first["id"]).status_code == 200
    quote = errand.shop.quote(errand.shop.line(errand.shop.croissant), replaces_order_id=second["id"]).json
    assert errand.shop.change(second["id"], quote["id"]).status_code == 200
    assert [act["operation"] for act in errand.acts()] == ["place_order", "place_order"]


def test_who_acts_changes_and_cancels_what_they_placed(errand: Errand) -> None:
    order = errand.placed()
    quote = errand.quote(errand.shop.line(errand.shop.croissant), replaces_order_id=order["id"])

    changed = errand.shop.change(order["id"], quote["id"], headers=errand.ana)
    cancelled = errand.shop.cancel(order["id"], headers=errand.ana)

    assert (changed.status_code, changed.json["totals"]["total"]["amount_minor"]) == (200, 352)
    assert (cancelled.status_code, cancelled.json["state"]) == (200, "cancelled")


def test_who_acts_touches_nothing_that_the_giver_ordered(errand: Errand) -> None:
    order = errand.shop.placed()
    body = {"store_id": str(errand.shop.store.id), "lines": [errand.shop.line()], "replaces_order_id": order["id"]}
    own = errand.shop.quote(replaces_order_id=order["id"]).json["id"]

    assert errand.post("/v1/quotes", **body).status_code == 404
    assert errand.shop.change(order["id"], own, headers=errand.ana).status_code == 404
    assert errand.shop.cancel(order["id"], headers=errand.ana).status_code == 404
    assert errand.post(f"/v1/orders/{order['id']}/arrival", kind="here").status_code == 404
    assert errand.shop.show(order["id"]).json["version"] == order["version"]
    assert errand.acts() == []


def test_who_acts_answers_what_is_asked_about_it(errand: Errand) -> None:
    order = errand.placed(errand.shop.line(), errand.shop.line(errand.shop.croissant))
    errand.shop.reject(order["id"], 2)

    answer = errand.shop.answer(order["id"], 1, "refund_line", headers=errand.ana)

    assert (answer.status_code, answer.json["totals"]["total"]["amount_minor"]) == (200, 433)
    assert errand.acts()[0]["operation"] == "answer_ask"


def test_who_acts_taps_for_an_order_that_waits(errand: Errand) -> None:
    order = errand.placed(fire={"trigger": "on_arrival", "if_latest": "cancel"})

    answer = errand.post(f"/v1/orders/{order['id']}/arrival", kind="here")

    assert (answer.status_code, answer.json["state"]) == (200, "placed")
    assert errand.acts()[0]["operation"] == "arrive"


def test_staff_who_act_for_a_customer_are_no_staff_then(app: Edge, session: Session, errand: Errand) -> None:
    """A barista with a grant sees under it what they placed under it, and gives nothing of it back."""
    barista = make_staff(session, errand.shop.store.id, "barista")
    headers = sign_in_as(app, barista)
    under = headers | {"Acting-Under": str(make_grant(session, errand.jane, barista).id)}
    order = errand.shop.place(errand.shop.quote(headers=under).json["id"], headers=under).json
    other = errand.shop.placed()

    assert errand.shop.show(other["id"], headers=headers).status_code == 200
    assert errand.shop.show(other["id"], headers=under).status_code == 404
    assert errand.shop.reject(order["id"], 1, headers=headers).json["type"] == "/problems/own-order"
    assert "reject_lines" not in errand.shop.show(order["id"], headers=headers).json["next_actions"]
    for to in ("fired", "ready", "picked_up"):
        errand.shop.move(order["id"], to)
    refund = errand.shop.refund(order["id"], headers=headers, amount_minor=1)
    assert (refund.status_code, refund.json["type"]) == (403, "/problems/own-order")


def test_staff_are_not_told_under_which_grant(errand: Errand) -> None:
    order = errand.placed()

    shown = errand.shop.show(order["id"], headers=errand.shop.barista).json
    receipt = errand.get(f"/v1/orders/{order['id']}/receipt", errand.shop.barista)

    assert shown["placed_under_grant"] is None
    assert [step["under_grant"] for step in receipt.json["steps"]] == [None]


def test_what_the_giver_says_fills_the_ticket_and_is_not_explained_to_who_orders(errand: Errand) -> None:
    """The values are made and called out; when, and in which preference, they were said is the giver's alone."""
    voice = Voice(errand.shop, errand.shop.customer)
    (rule,) = voice.rules({"set": OAT})
    assert voice.say("call_name", name="JD").status_code == 200
    quote = errand.quote()
    order = errand.shop.place(quote["id"], client_order_id="an-id-of-anas", headers=errand.ana).json
    expired = _expired(errand)

    seen = [
        quote,
        order,
        expired["quote"],
        errand.shop.show(order["id"], headers=errand.ana).json,
        errand.get("/v1/me/orders").json["data"][0],
        errand.get("/v1/me/orders/by-client-id/an-id-of-anas").json,
        errand.shop.cancel(order["id"], headers=errand.ana).json,
    ]

    for document in seen:
        (milk,) = document["lines"][0]["modifiers"]
        assert (milk["option"]["name"], milk["source"]) == ("Oat drink", {"kind": "customer_rule"})
        assert document["pickup"]["alias"] == {"name": "JD", "source": {"kind": "customer_rule"}}
        assert not {"said_at", rule["id"]} & set(_words(document))
    assert not {"said_at", rule["id"]} & set(_words(expired))
    assert rule["id"] in _words(errand.shop.show(order["id"]).json)  # the giver is told


def _expired(errand: Errand) -> dict[str, Any]:
    quote = errand.quote()["id"]
    with errand.shop.app.database.writing.begin() as session:
        session.execute(sa.update(Quote).where(Quote.id == UUID(quote)).values(expires_at=clock.now()))
    answer = errand.shop.place(quote, headers=errand.ana)
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/quote-expired")
    refusal: dict[str, Any] = answer.json
    return refusal


def _words(document: Any) -> list[Any]:
    """Return every name and value in a document."""
    if isinstance(document, dict):
        return [word for name, value in document.items() for word in (name, *_words(value))]
    if isinstance(document, list):
        return [word for value in document for word in _words(value)]
    return [document]


# ---- how long


def test_a_revoked_grant_is_out_at_once(errand: Errand) -> None:
    order, quote = errand.placed(), errand.quote()
    errand.revoke()

    answers = [
        errand.shop.place(quote["id"], headers=errand.ana),
        errand.shop.show(order["id"], headers=errand.ana),
        errand.shop.cancel(order["id"], headers=errand.ana),
        errand.get("/v1/me/pickups"),
    ]

    assert {(answer.status_code, answer.json["detail"]) for answer in answers} == {(404, "There is no such grant.")}
    assert errand.shop.show(order["id"]).json["state"] == "placed"  # what was done stays done


def test_a_kept_answer_is_not_given_again_after_the_end(errand: Errand) -> None:
    quote, key, name = errand.quote(), str(uuid4()), f"app-{uuid4()}"
    first, again = (errand.shop.place(quote["id"], client_order_id=name, key=key, headers=errand.ana) for _ in range(2))
    errand.revoke()

    late = errand.shop.place(quote["id"], client_order_id=name, key=key, headers=errand.ana)

    assert (first.status_code, again.status_code, again.data == first.data) == (201, 201, True)
    assert late.status_code == 404


def test_an_act_that_passed_the_door_just_before_the_end_does_nothing(
    errand: Errand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The door looked before the giver revoked it, the act comes after: its own look, under lock, decides."""
    quote, acting_under = errand.quote(), account_queries.acting_under

    def then_revoked(*args: Any, **kwargs: Any) -> Any:
        found = acting_under(*args, **kwargs)
        errand.revoke()
        return found

    monkeypatch.setattr(account_queries, "acting_under", then_revoked)

    assert errand.shop.place(quote["id"], headers=errand.ana).status_code == 404
    assert errand.get("/v1/me/orders", errand.shop.customer).json["data"] == []


def test_control_without_that_look_it_would_be_placed(errand: Errand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_actions, "hold_grant", lambda *_, **__: None)

    test = test_an_act_that_passed_the_door_just_before_the_end_does_nothing
    with pytest.raises(AssertionError):
        test(errand, monkeypatch)


def test_keys_of_the_caller_and_of_each_grant_are_apart(errand: Errand) -> None:
    """One key, three intentions: for oneself, under one grant, under another."""
    key, name = str(uuid4()), f"app-{uuid4()}"
    answers = [
        errand.shop.place(errand.shop.quote(headers=headers).json["id"], client_order_id=name, key=key, headers=headers)
        for headers in (errand.alone, errand.ana, errand.another())
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.json["id"] for answer in answers}) == 3


# ---- the log, and who is told


def test_both_see_everything_that_was_done(errand: Errand) -> None:
    order = errand.placed()
    quote = errand.quote(errand.shop.line(quantity=2), replaces_order_id=order["id"])
    errand.shop.change(order["id"], quote["id"], headers=errand.ana)
    errand.shop.cancel(order["id"], headers=errand.ana)

    acts = errand.acts()

    assert [(act["operation"], act["amount"]["amount_minor"]) for act in acts] == [
        ("cancel_order", 0),
        ("change_order", 866),
        ("place_order", 433),
    ]
    assert {act["order_id"] for act in acts} == {order["id"]}
    assert {act["by"]["name"] for act in acts} == {"Ana"}
    assert errand.acts(errand.alone) == acts


def test_the_log_is_read_page_by_page_and_stays_after_the_end(errand: Errand) -> None:
    orders = [errand.placed()["id"] for _ in range(3)]
    errand.revoke()
    path = f"/v1/me/grants/{errand.grant.id}/acts"

    first = errand.get(f"{path}?limit=2", errand.alone).json
    second = errand.get(f"{path}?limit=2&cursor={first['next_cursor']}", errand.alone).json

    assert [act["order_id"] for act in first["data"] + second["data"]] == orders[::-1]
    assert second["next_cursor"] is None


def test_what_is_refused_is_not_logged(errand: Errand) -> None:
    order = errand.placed()
    errand.shop.move(order["id"], "fired")

    assert errand.shop.cancel(order["id"], headers=errand.ana).status_code == 409
    assert [act["operation"] for act in errand.acts()] == ["place_order"]


def test_the_givers_receipt_names_who_did_it(errand: Errand) -> None:
    order = errand.placed()
    errand.shop.cancel(order["id"], headers=errand.ana)

    receipt = errand.get(f"/v1/orders/{order['id']}/receipt", errand.shop.customer).json
    page = errand.get(f"/v1/orders/{order['id']}/receipt", errand.shop.customer | {"Accept": "text/html"})

    assert [(step["state"], step["by"], step["under_grant"]) for step in receipt["steps"]] == [
        ("placed", "customer", {"by": "Ana"}),
        ("cancelled", "customer", {"by": "Ana"}),
    ]
    assert "Placed by Ana under your grant" in page.text


def test_who_gave_no_name_is_called_by_the_address_that_was_offered_to(app: Edge, errand: Errand) -> None:
    person = make_customer(errand.shop.session, email="nameless@example.com")
    grant = make_grant(errand.shop.session, errand.jane, person)
    headers = sign_in_as(app, person) | {"Acting-Under": str(grant.id)}
    order = errand.shop.place(errand.shop.quote(headers=headers).json["id"], headers=headers).json

    receipt = errand.get(f"/v1/orders/{order['id']}/receipt", errand.shop.customer).json

    assert receipt["steps"][0]["under_grant"] == {"by": "nameless@example.com"}


def test_facts_say_under_which_grant_and_only_then(errand: Errand) -> None:
    order = errand.placed(fire={"trigger": "on_arrival", "if_latest": "cancel"})
    errand.post(f"/v1/orders/{order['id']}/arrival", kind="here")
    errand.shop.cancel(order["id"])
    errand.shop.placed()

    facts = errand.shop.session.execute(
        sa.select(OutboxRow.name, OutboxRow.payload).where(OutboxRow.subject == "order").order_by(OutboxRow.seq)
    ).all()

    assert [(fact.name, fact.payload.get("grant_id")) for fact in facts] == [
        ("OrderPlaced", str(errand.grant.id)),
        ("OrderMoved", str(errand.grant.id)),
        ("CustomerArriving", str(errand.grant.id)),
        ("OrderMoved", None),
        ("OrderPlaced", None),
    ]


def test_the_worker_forgets_nothing_of_it(errand: Errand) -> None:
    errand.placed()
    errand.revoke()

    Worker(errand.shop.app.database, {}).work_once(clock.now() + timedelta(days=60))

    assert len(errand.acts(sign_in_as(errand.shop.app, errand.jane))) == 1
    assert errand.shop.session.scalar(sa.select(sa.func.count()).select_from(Grant)) == 1


def test_what_a_placement_under_a_grant_takes_more_than_one_without(errand: Errand) -> None:
    """The look at the door, the lock, what was spent; and the log, which travels with COMMIT."""
    errand.placed()
    own, theirs = errand.shop.quote().json["id"], errand.quote()["id"]

    with counted(errand.shop.app) as without:
        errand.shop.place(own)
    with counted(errand.shop.app) as under:
        errand.shop.place(theirs, headers=errand.ana)

    def sent(statements: list[str]) -> list[str]:
        own = [each for each in statements if "device_sessions" not in each]
        return [verb for verb in (each.split()[0] for each in own) if verb in {"SELECT", "INSERT", "UPDATE", "DELETE"}]

    assert len(sent(under)) == len(sent(without)) + 4
