"""Refunds of disputed payments by the rules alone: whatever comes in whichever order, nothing is given back twice."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.payments.rules import reversals, settling, wanted
from service.payments.rules.seen import DONE, PENDING, REFUSED, Reversal, Seen
from service.payments.rules.states import CAPTURED

CAPTURED_MINOR = 1_000
AMOUNTS = st.integers(1, 400)
HAPPENS = st.one_of(
    st.tuples(st.just("ask"), AMOUNTS),
    st.tuples(st.just("dispute"), AMOUNTS),
    st.tuples(st.sampled_from(["lose", "win", "drive", "drive unseen"]), st.just(0)),
)


@dataclass
class Bank:
    """A provider with one captured payment, which may be disputed several times."""

    refunds: dict[UUID, int] = field(default_factory=dict)
    disputes: list[Reversal] = field(default_factory=list)

    def seen(self) -> Seen:
        """Return the payment as it is there."""
        return Seen(
            state=CAPTURED,
            authorised_minor=CAPTURED_MINOR,
            captured_minor=CAPTURED_MINOR,
            refunded_minor=sum(self.refunds.values()),
            refunds=dict.fromkeys(self.refunds, DONE),
            reversals=tuple(self.disputes),
        )

    def left(self) -> int:
        """Return what is neither given back nor disputed."""
        return CAPTURED_MINOR - sum(self.refunds.values()) - self.seen().taken_back_minor

    def refund(self, call: wanted.Call) -> bool:
        """Give back, once by key; tell whether it did."""
        if self.seen().is_disputed or call.amount_minor > self.left():
            return False
        self.refunds[call.key] = call.amount_minor
        return True

    def dispute(self, amount_minor: int) -> None:
        """Take some back until it is decided."""
        if amount_minor <= self.left():
            number = str(len(self.disputes))
            self.disputes.append(Reversal(kind="dispute", reference=number, amount_minor=amount_minor, state="open"))

    def decide(self, state: str) -> None:
        """Decide what is open."""
        self.disputes = [replace(each, state=state) if each.state == reversals.OPEN else each for each in self.disputes]


def payment(*steps: wanted.Step) -> wanted.Payment:
    return wanted.Payment(
        id=UUID(int=1),
        state=CAPTURED,
        amount_minor=CAPTURED_MINOR,
        authorised_minor=CAPTURED_MINOR,
        captured_minor=CAPTURED_MINOR,
        refund_asked_minor=sum(step.amount_minor for step in steps),
        steps=steps,
    )


def refund(number: int, amount_minor: int, **values: object) -> wanted.Step:
    key = UUID(int=number)
    step = wanted.Step(id=key, kind=wanted.REFUND, purpose_id=key, amount_minor=amount_minor)
    return replace(step, **values)  # type: ignore[arg-type]


def driven(now: wanted.Payment, bank: Bank, seen: Seen, told: list[settling.Happened]) -> wanted.Payment:
    """Drive the payment as the driver does, beginning with what was seen of it."""
    refused: dict[UUID, str] = {}
    while (call := wanted.next_call(now, seen, refused)) is not None:
        if not bank.refund(call):
            refused[call.key] = "refund_refused"
        else:  # nothing goes to the card while the bank has, or may give, what nobody counted yet
            assert (bank.seen().is_disputed, bank.seen().lost_minor) == (False, now.by_bank_minor)
        seen = bank.seen()
    settled = settling.settle(now, seen, refused)
    told += settled.happened
    return settled.payment


@settings(max_examples=300, deadline=None)
@given(st.lists(HAPPENS, max_size=12))
def test_whatever_happens_all_that_was_asked_is_given_back_once(happens: list[tuple[str, int]]) -> None:
    bank, now, told = Bank(), payment(), list[settling.Happened]()
    for number, (what, amount_minor) in enumerate(happens, start=10):
        seen = bank.seen()
        if what == "ask" and amount_minor <= CAPTURED_MINOR - now.refund_asked_minor:
            steps = (*now.steps, refund(number, amount_minor))
            now = replace(now, steps=steps, refund_asked_minor=now.refund_asked_minor + amount_minor)
        elif what == "dispute":
            bank.dispute(amount_minor)
        elif what in {"lose", "win"}:
            bank.decide(reversals.FINAL if what == "lose" else reversals.RETURNED)
        elif what == "drive unseen":  # the bank moves between the look-up and the call
            bank.dispute(300)
            now = driven(now, bank, seen, told)
        else:
            now = driven(now, bank, seen, told)
        assert 0 <= now.refunded_minor <= now.refund_asked_minor <= CAPTURED_MINOR
        assert now.by_bank_minor <= bank.seen().lost_minor
    bank.decide(reversals.FINAL)
    for _ in range(3):
        now = driven(now, bank, bank.seen(), told)

    assert not now.is_open
    assert now.refunded_minor == sum(bank.refunds.values())
    assert sorted(each.refund_id for each in told if each.refund_id) == [step.id for step in now.steps]
    asked = sum(step.amount_minor for step in now.steps)
    into_wallet = sum(each.amount_minor - each.by_bank_minor for each in told if each.what == settling.REFUND_FAILED)
    assert into_wallet == 0  # what the bank hasn't got, the provider gives
    assert now.refunded_minor + now.by_bank_minor == asked


def disputed(state: str, amount_minor: int = 600) -> Seen:
    dispute = Reversal(kind=reversals.DISPUTE, reference="dp", amount_minor=amount_minor, state=state)
    return Seen(state=CAPTURED, captured_minor=CAPTURED_MINOR, authorised_minor=CAPTURED_MINOR, reversals=(dispute,))


def test_a_refusal_because_of_a_dispute_is_none() -> None:
    now = payment(refund(2, 500))
    waits = settling.settle(now, disputed(reversals.OPEN), {UUID(int=2): "charge_disputed"})
    assert (waits.payment, waits.happened) == (now, ())


def test_what_a_bank_gave_of_a_refund_is_asked_of_the_provider_no_more() -> None:
    now = payment(refund(2, 800))
    seen = disputed(reversals.FINAL)
    assert wanted.next_call(now, seen, {}) is None  # before it is noted

    noted = settling.settle(now, seen, {UUID(int=2): "more_than_left"}).payment  # refused as it was asked before
    assert [(step.state, step.by_bank_minor) for step in noted.steps] == [("wanted", 600)]
    call = wanted.next_call(noted, seen, {})
    assert call is not None
    assert call.amount_minor == 200
    refused = settling.settle(noted, seen, {UUID(int=2): "expired_card"})
    assert [(each.what, each.amount_minor, each.by_bank_minor) for each in refused.happened] == [
        ("refund_failed", 800, 600)
    ]
    assert (refused.payment.refund_asked_minor, refused.payment.refunded_minor) == (600, 0)


def test_a_void_that_found_it_captured_and_disputed_is_given_back_by_the_bank() -> None:
    void = replace(refund(2, 0), kind=wanted.VOID)
    (told,) = settling.settle(payment(void), disputed(reversals.FINAL, 1_000), {}).happened
    assert (told.what, told.amount_minor, told.by_bank_minor) == ("refunded", 1_000, 1_000)


@pytest.mark.parametrize("on_its_way", [PENDING, DONE])
def test_what_is_on_its_way_back_is_not_given_by_the_bank(on_its_way: str) -> None:
    seen = replace(disputed(reversals.FINAL), refunds={UUID(int=2): on_its_way})
    after = settling.settle(payment(refund(2, 400)), seen, {}).payment
    assert [step.by_bank_minor for step in after.steps] == [0]


def test_a_refund_that_its_bank_refused_meanwhile_waits_too() -> None:
    now = payment(refund(2, 400))
    refused = {UUID(int=2): REFUSED}
    assert settling.settle(now, replace(disputed(reversals.OPEN), refunds=refused), {}).happened == ()
    (lost,) = settling.settle(now, replace(disputed(reversals.FINAL), refunds=refused), {}).happened
    assert (lost.what, lost.by_bank_minor) == ("refunded", 400)
    (won,) = settling.settle(now, replace(disputed(reversals.RETURNED), refunds=refused), {}).happened
    assert (won.what, won.amount_minor, won.by_bank_minor) == ("refund_failed", 400, 0)
