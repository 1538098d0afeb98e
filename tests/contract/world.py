"""A small world to aim requests at: a store with a menu, people of every audience, orders in many states."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service import clock
from service.accounts.models import DeviceSession, Person
from service.http.edge import Edge
from service.loyalty import actions as loyalty
from service.loyalty import queries as loyalty_queries
from service.loyalty.schemas import read_programme
from service.money import Money
from service.orders import actions as order_actions
from service.payments import actions as payment_actions
from service.wallet import actions as wallet_actions
from tests.factories import (
    SmallMenu,
    make_customer,
    make_grant,
    make_guest,
    make_menu,
    make_operator,
    make_passkey,
    make_staff,
    make_store,
    sign_in_as,
)
from tests.loyalty import club

DIME = {"amount_minor": 10, "currency": "USD"}
ACTORS = ("nobody", "guest", "customer", "manager", "operator")


class World:
    """Who acts, and the ids of what there is."""

    def __init__(self, app: Edge, session: Session) -> None:
        self.app = app
        self.store_id: UUID = make_store(session).id
        self.other_store_id: UUID = make_store(session).id
        self.menu: SmallMenu = make_menu(session)
        self.people: dict[str, Person] = {
            "guest": make_guest(session),
            "customer": make_customer(session, name="Jane"),
            "manager": make_staff(session, self.store_id, "manager"),
            "operator": make_operator(session),
        }
        self._signed_in: dict[str, dict[str, str]] = {}

    def headers(self, actor: str, *, anew: bool = False) -> dict[str, str]:
        """Return the headers of the actor's requests, of a session opened anew where the last one ended."""
        if actor == "nobody":
            return {}
        if anew or actor not in self._signed_in:
            self._signed_in[actor] = sign_in_as(self.app, self.people[actor])
        return self._signed_in[actor]

    def session_id(self, actor: str) -> UUID:
        """Return a session of the actor's that isn't the one in use."""
        sign_in_as(self.app, self.people[actor])
        theirs = sa.select(DeviceSession.id).where(DeviceSession.person_id == self.people[actor].id)
        with self.app.database.reading() as session:
            return session.scalars(theirs.order_by(DeviceSession.id.desc())).first() or uuid4()

    def passkey_id(self, actor: str) -> UUID:
        """Return a passkey of the actor's."""
        with self.app.database.writing() as session:
            return make_passkey(session, self.people[actor]).id

    def grant_id(self, giver: str) -> UUID:
        """Return a grant of the actor's to somebody else."""
        with self.app.database.writing() as session:
            return make_grant(session, self.people[giver], make_customer(session)).id

    def payment_method_id(self, actor: str, token: str = "sandbox_mastercard") -> UUID:
        """Return a payment method of the actor's: a test card."""
        body = {"token": token}
        answer = self.app.test_client().post("/v1/me/payment-methods", json=body, headers=self.headers(actor))
        assert answer.status_code == 201, answer.text
        return UUID(answer.json["id"])

    def payment_id(self, actor: str) -> UUID:
        """Return a payment that the actor has begun."""
        method_id = self.payment_method_id(actor)
        with self.app.database.writing.begin() as session:
            return payment_actions.begin(
                session,
                customer_id=self.people[actor].id,
                amount=Money(amount_minor=500, currency="USD"),
                method_id=method_id,
                purpose="test",
                purpose_id=uuid4(),
                capture=True,
                now=clock.now(),
            )

    def quote(self, actor: str, **basket: Any) -> dict[str, Any]:
        """Make a quote of an Americano."""
        line = {"item_id": str(self.menu.americano)}
        answer = self.app.test_client().post(
            "/v1/quotes",
            json={"store_id": str(self.store_id), "lines": [line], **basket},
            headers=self.headers(actor),
        )
        assert answer.status_code == 201, answer.text
        quote: dict[str, Any] = answer.json
        return quote

    def order(self, actor: str, *states: str) -> dict[str, Any]:
        """Place an order and move it through the states."""
        client = self.app.test_client()
        answer = client.post(
            "/v1/orders",
            json={"quote_id": self.quote(actor)["id"], "client_order_id": f"app-{uuid4()}"},
            headers=self.headers(actor) | {"Idempotency-Key": str(uuid4())},
        )
        for to in states:
            answer = client.post(
                f"/v1/orders/{answer.json['id']}/transitions",
                json={"to": to},
                headers=self.headers("manager") | {"Idempotency-Key": str(uuid4())},
            )
        assert answer.status_code in {200, 201}, answer.text
        order: dict[str, Any] = answer.json
        return order

    def asked(self, actor: str) -> dict[str, Any]:
        """Place an order whose customer is asked about its first line."""
        answer = self.app.test_client().post(
            f"/v1/orders/{self.order(actor)['id']}/rejections",
            json={"lines": [1], "reason": "The grinder broke"},
            headers=self.headers("manager") | {"Idempotency-Key": str(uuid4())},
        )
        assert answer.status_code == 200, answer.text
        order: dict[str, Any] = answer.json
        return order

    def at_the_store(self, path: str, **body: Any) -> dict[str, Any]:
        """Let the store's manager send something to a path below the store."""
        answer = self.app.test_client().post(
            f"/v1/stores/{self.store_id}/{path}",
            json=body,
            headers=self.headers("manager") | {"Idempotency-Key": str(uuid4())},
        )
        assert answer.status_code in {200, 201}, answer.text
        made: dict[str, Any] = answer.json
        return made

    def revised(self, actor: str) -> dict[str, Any]:
        """Place an order that its store can't have ready in time any more, and proposes another window for."""
        order = self.order(actor, "fired")
        late = datetime.fromisoformat(order["promise"]["window_ends_at"]) + timedelta(minutes=1)
        with self.app.database.writing() as session:
            assert order_actions.propose_revision(session, order_id=UUID(order["id"]), now=late)
            session.commit()
        return order

    def said(self, actor: str) -> str:
        """Say something of a kind, and return the kind."""
        headers = self.headers(actor) | {"If-Match": '"0"'}
        body = {"value": {"kind": "none"}}
        answer = self.app.test_client().put("/v1/me/preferences/remedy", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return "remedy"

    def usual(self, actor: str) -> dict[str, Any]:
        """Keep a usual of an Americano."""
        body = {
            "name": "Noon",
            "store_id": str(self.store_id),
            "lines": [{"item_id": str(self.menu.americano)}],
        }
        answer = self.app.test_client().post("/v1/me/usuals", json=body, headers=self.headers(actor))
        assert answer.status_code == 201, answer.text
        usual: dict[str, Any] = answer.json
        return usual

    PUSH: ClassVar[dict[str, Any]] = {
        "endpoint": "https://push.example.com/send/abc",
        "keys": {
            "p256dh": "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
            "auth": "AAAAAAAAAAAAAAAAAAAAAA",
        },
    }

    def push_subscription(self, actor: str) -> dict[str, Any]:
        """Let a device of the actor's take push: not the one in use."""
        headers = sign_in_as(self.app, self.people[actor])
        answer = self.app.test_client().post("/v1/me/push-subscriptions", json=self.PUSH, headers=headers)
        assert answer.status_code == 201, answer.text
        subscription: dict[str, Any] = answer.json
        return subscription

    def wallet(self, actor: str) -> dict[str, Any]:
        """Load the actor's wallet, and take something out of it in every way; return what came of it."""
        client, headers = self.app.test_client(), self.headers(actor)
        with self.app.database.writing() as session:
            giver = make_customer(session)
        now = clock.now()
        made: dict[str, Any] = {"load_id": self._loaded(headers)}
        self._loaded(sign_in_as(self.app, giver))
        with self.app.database.writing.begin() as session:
            mine = self.people[actor].email or ""
            sent = {"amount": Money(5, "USD"), "message": None, "now": now}
            made["received"] = wallet_actions.send_transfer(session, sender_id=giver.id, email=mine, **sent)
            made["refused"] = wallet_actions.send_transfer(session, sender_id=giver.id, email=mine, **sent)
        ask = {
            "transfer": ("/v1/me/wallet/transfers", {"email": giver.email, "amount": DIME}),
            "card": ("/v1/gift-cards", {"amount": DIME}),
            "cash_out": ("/v1/me/wallet/cash-outs", {"currency": "USD", "amount_minor": 10, "channel": "till"}),
            "paid_out": ("/v1/me/wallet/cash-outs", {"currency": "USD", "amount_minor": 10, "channel": "till"}),
        }
        for name, (path, body) in ask.items():
            answer = client.post(path, json=body, headers=headers | {"Idempotency-Key": str(uuid4())})
            assert answer.status_code == 201, answer.text
            made[name] = answer.json
        return made

    def _loaded(self, headers: dict[str, str]) -> UUID:
        """Load a wallet with a test card; return the load's id."""
        client = self.app.test_client()
        card = client.post("/v1/me/payment-methods", json={"token": "sandbox_visa"}, headers=headers).json
        body = {"amount": {"amount_minor": 10_000, "currency": "USD"}, "payment_method_id": card["id"]}
        answer = client.post("/v1/me/wallet/loads", json=body, headers=headers | {"Idempotency-Key": str(uuid4())})
        assert answer.status_code == 201, answer.text
        return UUID(answer.json["id"])

    SKIPPED = "2090-03-03"

    def standing_order(self, actor: str, said: dict[str, Any]) -> dict[str, Any]:
        """Start a standing order that skips a day."""
        client, headers = self.app.test_client(), self.headers(actor)
        key = {"Idempotency-Key": str(uuid4())}
        answer = client.post("/v1/me/standing-orders", json=said, headers=headers | key)
        assert answer.status_code == 201, answer.text
        standing: dict[str, Any] = answer.json
        skips = f"/v1/me/standing-orders/{standing['id']}/skips"
        assert client.post(skips, json={"on": self.SKIPPED}, headers=headers).status_code == 200
        return standing

    def loyalty(self, actor: str) -> dict[str, Any]:
        """Publish a programme, let the actor earn, redeem, give, pool and claim; return what is named by it."""
        now, customer_id = datetime.now(UTC), self.people[actor].id
        document = read_programme(club.programme(rewards=[club.PROGRAMME["rewards"][0]]) | club.NAMES_NOTHING)
        with self.app.database.writing() as session:
            loyalty.publish_programme(session, document=document, now=club.LONG_AGO)
            loyalty.join(session, customer_id=customer_id, now=now)
            loyalty.give_stars(session, customer_id=customer_id, stars=100, rule="remedy", now=now)
            named: dict[str, Any] = {
                "redemption_id": loyalty.redeem(
                    session, customer_id=customer_id, reward="off-1", lots=None, from_pool=False, now=now
                ),
                "gift_id": loyalty.offer_gift(session, customer_id=customer_id, stars=5, message=None, now=now)["id"],
                "pool_id": loyalty.make_pool(session, customer_id=customer_id, name="Us", called="Jo", cap=5, now=now),
                "loyalty_card_id": loyalty.make_card(session, customer_id=customer_id, label="Key ring", now=now),
                "claim_id": loyalty.claim_stars(session, customer_id=customer_id, receipt=uuid4(), note=None, now=now),
            }
            shown = loyalty_queries.shown_card(session, card_id=named["loyalty_card_id"])
            session.commit()
        return {**named, "card_number": shown["number"], "version": 1, "promotion": "white", "month": "2026-03"}

    def rows(self) -> dict[str, int]:
        """Return how many rows each table has: whoever writes nothing changes none."""
        with self.app.database.reading() as session:
            names = sa.inspect(session.connection()).get_table_names()
            return {name: session.scalar(sa.text(f'SELECT count(*) FROM "{name}"')) or 0 for name in names}
