"""What banks do of their own accord: refunds that come back, refunds made there, disputes. Heard, booked once, told."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import clock, events
from service.accounts.models import Mail
from service.db import new_id
from service.http.edge import Edge
from service.payments.actions import PaymentReversed
from service.payments.models import PaymentReversal
from service.payments.providers import signatures
from service.payments.providers.sandbox import Sandbox
from service.payments.rules import reversals as rules
from service.payments.rules.seen import Reversal, Seen
from service.payments.rules.settling import settle
from service.payments.rules.wanted import DONE, REFUND, Payment, Step
from service.wallet.queries.audit import _house
from tests.factories import make_operator, sign_in_as
from tests.wallet.purse import Purse, at_once, audited, usd

from .till import Till

PATH = "/v1/payment-reversals"


@pytest.fixture
def jane(app: Edge, session: Session) -> Purse:
    """Jane, whose wallet is empty."""
    return Purse(app, session)


@pytest.fixture
def operator(app: Edge, session: Session) -> dict[str, str]:
    """Somebody who acts for the chain."""
    return sign_in_as(app, make_operator(session, email="chain@example.com"))


def bank_looks(app: Edge, times: int = 1) -> None:
    """Let the bank do what it does next, and tell."""
    for _ in range(times):
        app.extensions["sayso.payments"].hear_the_bank(now=clock.now())


def house(app: Edge, kind: str) -> int:
    """Return what the chain's account of a kind adds up to."""
    with app.database.reading() as session:
        return _house(session, kind).get("USD", 0)


def listed(client: FlaskClient, headers: dict[str, str], **query: Any) -> list[tuple[str, str, int]]:
    """Return kind, state and amount of what the operator is shown."""
    shown = client.get(PATH, headers=headers, query_string=query).json["data"]
    return [(each["kind"], each["state"], each["amount"]["amount_minor"]) for each in shown]


def give_back_there(app: Edge, payment_id: str, amount_minor: int, till: Any) -> None:
    """Give back at the bank's own counter."""
    bank = app.extensions["sayso.payments"].provider("sandbox")
    assert isinstance(bank, Sandbox)
    bank.refund_there(till.kept(UUID(payment_id)).reference, amount_minor=amount_minor)


def test_a_refund_that_came_back_is_told_and_can_be_asked_for_again(till: Till) -> None:
    payment_id = till.paid("sandbox_refund_returned")
    till.want("refund", payment_id, amount_minor=250, purpose_id=uuid4())
    till.drive(payment_id)
    assert (till.state(payment_id), till.disagreements()) == (("captured", 1_250, 250), [])

    bank_looks(till.app, times=3)

    assert (till.state(payment_id), till.disagreements()) == (("captured", 1_250, 0), [])
    told = [("PaymentRefunded", 250), ("PaymentRefundReturned", 250)]
    assert till.told(payment_id)[2:] == told
    till.want("refund", payment_id, amount_minor=1_250, purpose_id=uuid4())  # nothing of it is asked back any more
    till.drive(payment_id)
    assert till.state(payment_id) == ("captured", 1_250, 1_250)


def test_a_cash_out_that_its_bank_sends_back_days_later_is_in_the_wallet_again(jane: Purse) -> None:
    jane.load(1_000, token="sandbox_refund_returned")
    made = jane.post("cash-outs", {"currency": "USD", "channel": "payment_method"}).json
    assert (made["state"], jane.has()) == ("paid", 0)

    bank_looks(jane.app, times=2)

    shown = jane.get(f"cash-outs/{made['id']}").json
    assert (shown["state"], shown["parts"][0]["state"], jane.has()) == ("returned", "returned", 1_000)
    assert jane.entries()[-1] == ("cash_out_returned", 1_000, 1_000)
    assert audited(jane.app) == (0, "The ledger holds.\n")
    again = jane.post("cash-outs", {"currency": "USD", "channel": "till"}).json
    assert again["amount"] == usd(1_000)


def test_of_a_cash_out_to_two_cards_only_the_part_that_came_back_is_returned(jane: Purse) -> None:
    jane.load(400, token="sandbox_visa")
    jane.load(600, token="sandbox_refund_returned")
    made = jane.post("cash-outs", {"currency": "USD", "channel": "payment_method"}).json

    bank_looks(jane.app)

    shown = jane.get(f"cash-outs/{made['id']}").json
    assert (shown["state"], sorted(each["state"] for each in shown["parts"])) == ("paid", ["paid", "returned"])
    assert jane.has() == 600
    assert audited(jane.app) == (0, "The ledger holds.\n")


def test_a_dispute_is_booked_as_the_chains_loss_told_and_listed_and_touches_no_wallet(
    jane: Purse, client: FlaskClient, session: Session, operator: dict[str, str]
) -> None:
    load = jane.load(1_000, token="sandbox_disputed")
    assert listed(client, operator) == []

    bank_looks(jane.app)

    assert (jane.has(), house(jane.app, "disputes"), house(jane.app, "provider_clearing")) == (1_000, -1_000, 0)
    assert listed(client, operator) == [("dispute", "open", 1_000)]
    (shown,) = client.get(PATH, headers=operator, query_string={"kind": "dispute"}).json["data"]
    assert (shown["payment_id"], shown["purpose_id"], shown["reason"]) == (
        load["payment_id"],
        load["id"],
        "fraudulent",
    )
    mails = session.query(Mail).filter(Mail.subject == "A bank disputes a payment").all()
    assert [mail.to_address for mail in mails] == ["chain@example.com"]
    session.commit()
    assert audited(jane.app) == (0, "The ledger holds.\n")
    bank_looks(jane.app, times=3)  # the bank decides
    assert listed(client, operator) == [("dispute", "final", 1_000)]
    assert (house(jane.app, "disputes"), audited(jane.app)[0]) == (-1_000, 0)


def test_a_dispute_that_is_won_is_put_back(jane: Purse, client: FlaskClient, operator: dict[str, str]) -> None:
    jane.load(1_000, token="sandbox_dispute_won")
    bank_looks(jane.app)
    assert house(jane.app, "disputes") == -1_000

    bank_looks(jane.app, times=3)

    assert listed(client, operator, kind="dispute") == [("dispute", "returned", 1_000)]
    assert (house(jane.app, "disputes"), house(jane.app, "provider_clearing")) == (0, -1_000)
    assert audited(jane.app) == (0, "The ledger holds.\n")


@pytest.mark.parametrize("token", ["sandbox_disputed", "sandbox_dispute_won"])
@pytest.mark.parametrize("looks", [1, 2])
def test_a_cash_out_of_a_disputed_load_waits_and_is_paid_once(jane: Purse, token: str, looks: int) -> None:
    """By its bank where that decides for the customer, else to the card; asked for while it decides, or after."""
    load = jane.load(1_000, token=token)
    bank_looks(jane.app, times=looks)
    made = jane.post("cash-outs", {"currency": "USD", "channel": "payment_method"}).json
    assert (made["state"], jane.has()) == ("pending" if looks == 1 else "paid", 0)
    assert audited(jane.app)[0] == 0
    for _ in range(4):
        jane.reconcile()

    shown = jane.get(f"cash-outs/{made['id']}").json
    assert (shown["state"], shown["parts"][0]["state"], jane.has()) == ("paid", "paid", 0)
    assert house(jane.app, "disputes") == 0
    payment = jane.app.test_client().get(f"/v1/me/payments/{load['payment_id']}", headers=jane.headers).json
    assert payment["refunded"] == usd(0 if token == "sandbox_disputed" else 1_000)
    assert audited(jane.app) == (0, "The ledger holds.\n")


def test_a_payment_that_is_captured_later_is_disputed_after_that(till: Till) -> None:
    payment_id = till.paid("sandbox_disputed", capture=False)
    bank_looks(till.app)
    assert till.kept(payment_id).taken_back_minor == 0
    till.want("capture", payment_id, amount_minor=1_000)
    till.drive(payment_id)
    bank_looks(till.app)
    assert (till.kept(payment_id).taken_back_minor, till.disagreements()) == (1_000, [])


def test_what_was_given_back_at_the_provider_is_booked_told_and_no_more_to_be_given_back(
    jane: Purse, till: Till, client: FlaskClient, session: Session, operator: dict[str, str]
) -> None:
    load = jane.load(1_000)
    for _ in range(2):
        give_back_there(jane.app, load["payment_id"], 300, till)
        bank_looks(jane.app)

    assert (jane.has(), house(jane.app, "refunds_elsewhere")) == (1_000, -600)
    assert listed(client, operator) == [("refund", "final", 300)] * 2
    assert listed(client, operator, kind="dispute") == []
    assert session.query(Mail).filter(Mail.subject.like("A refund that%")).count() == 2
    session.commit()
    assert audited(jane.app) == (0, "The ledger holds.\n")
    made = jane.post("cash-outs", {"currency": "USD", "channel": "payment_method"}).json
    assert (made["state"], jane.has()) == ("returned", 1_000)  # the bank has only 400 of it left
    assert audited(jane.app) == (0, "The ledger holds.\n")


def test_what_nobody_books_is_found_by_the_audit(jane: Purse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without what joins reversals to the ledger it would not add up."""
    monkeypatch.setitem(events.in_transaction, PaymentReversed, [])
    jane.load(1_000, token="sandbox_disputed")
    bank_looks(jane.app)

    code, output = audited(jane.app)
    assert (code, "payments brought 0 USD, the ledger says 1000" in output) == (1, True), output
    assert "disputes took 1000 USD, the ledger says 0" in output


def test_what_nobody_heard_is_named_by_the_audit(jane: Purse, till: Till) -> None:
    """The control: before the webhook came, both don't say the same."""
    load = jane.load(1_000)
    give_back_there(jane.app, load["payment_id"], 300, till)

    code, output = audited(jane.app)
    assert (code, load["payment_id"] in output) == (1, True), output


@pytest.mark.parametrize("token", ["sandbox_disputed", "sandbox_refund_returned"])
def test_of_many_that_hear_of_it_at_once_it_is_booked_once(jane: Purse, token: str) -> None:
    jane.load(1_000, token=token)
    if token == "sandbox_refund_returned":
        jane.post("cash-outs", {"currency": "USD", "channel": "payment_method"})
    payments = jane.app.extensions["sayso.payments"]
    bank = payments.provider("sandbox")
    ((_, body),) = bank.take_webhooks(now=clock.now())

    def hear(number: int) -> Any:
        signed = signatures.sign(bank._secret, event_id=f"event_{number}", body=body, now=clock.now())
        answer = jane.app.test_client().post("/v1/payment-webhooks/sandbox", data=body, headers=signed)
        return answer.status_code

    assert at_once(8, hear) == [204] * 8
    jane.reconcile()
    assert jane.has() == 1_000
    assert house(jane.app, "disputes") == (-1_000 if token == "sandbox_disputed" else 0)
    assert audited(jane.app) == (0, "The ledger holds.\n")


def test_only_operators_see_them(jane: Purse, client: FlaskClient, operator: dict[str, str]) -> None:
    assert client.get(PATH).status_code == 401
    assert client.get(PATH, headers=jane.headers).status_code == 403
    assert client.get(PATH, headers=operator, query_string={"kind": "x"}).status_code == 422


def test_the_list_comes_in_pages(till: Till, client: FlaskClient, operator: dict[str, str]) -> None:
    payment_id = till.paid()
    with till.app.database.writing.begin() as session:
        for number in range(3):
            row = {"kind": "refund", "reference": str(number), "amount_minor": 1 + number, "currency": "USD"}
            at = {"noted_at": till.now, "updated_at": till.now}
            session.add(PaymentReversal(id=new_id(), intent_id=payment_id, state="returned", **row, **at))
    first = client.get(PATH, headers=operator, query_string={"limit": 2}).json
    rest = client.get(PATH, headers=operator, query_string={"limit": 2, "cursor": first["next_cursor"]}).json
    assert [each["amount"]["amount_minor"] for each in first["data"] + rest["data"]] == [3, 2, 1]


@pytest.mark.parametrize("before", rules.STATES)
@pytest.mark.parametrize("after", rules.STATES)
def test_what_was_put_back_is_not_taken_again_and_what_is_kept_may_be_put_back(before: str, after: str) -> None:
    order = {rules.ASKED: 0, rules.OPEN: 1, rules.FINAL: 2, rules.RETURNED: 3}
    assert rules.leads_to(before, after) == (order[before] < order[after])


def test_settling_what_came_back_twice_tells_it_once() -> None:
    step = Step(id=uuid4(), kind=REFUND, purpose_id=uuid4(), amount_minor=300, state=DONE)
    payment = Payment(
        id=uuid4(),
        state="captured",
        amount_minor=500,
        authorised_minor=500,
        captured_minor=500,
        refund_asked_minor=300,
        refunded_minor=300,
        steps=(step,),
    )
    dispute = Reversal(kind=rules.DISPUTE, reference="dp_1", amount_minor=500, state=rules.OPEN)
    seen = Seen(state="captured", captured_minor=500, refunds={step.id: "failed"}, reversals=(dispute,))

    once = settle(payment, seen, {})
    assert [(each.what, each.amount_minor, each.refund_id) for each in once.happened] == [
        ("refund_returned", 300, step.purpose_id)
    ]
    assert (once.payment.refunded_minor, once.payment.refund_asked_minor) == (0, 0)
    assert settle(once.payment, seen, {}).happened == ()
    assert seen.taken_back_minor == 500
