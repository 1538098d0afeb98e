"""The pure rules: states, what to call next, settling; card numbers."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.payments.rules import settling, states, wanted
from service.payments.rules.card_numbers import looks_like_card_number
from service.payments.rules.seen import OPENED, Seen

ID, STEP = UUID(int=1), UUID(int=2)
AMOUNT = 1_000

SEEN = st.sampled_from(
    [
        Seen(state=OPENED),
        Seen(state=states.REQUIRES_ACTION, action_url="https://bank.example"),
        Seen(state=states.AUTHORISED, authorised_minor=AMOUNT),
        Seen(state=states.CAPTURED, authorised_minor=AMOUNT, captured_minor=AMOUNT),
        Seen(state=states.CAPTURED, authorised_minor=AMOUNT, captured_minor=AMOUNT - 100),
        Seen(state=states.VOIDED),
        Seen(state=states.FAILED, reason="card_declined"),
        Seen(state=states.FAILED, reason="card_declined", may_revive=True),
    ]
)
ASKED = st.sampled_from([None, wanted.CAPTURE, wanted.VOID])


def payment(asked: str | None, *, is_expired: bool = False) -> wanted.Payment:
    amount_minor = 0 if asked == wanted.VOID else AMOUNT
    steps = (wanted.Step(id=STEP, kind=asked, purpose_id=ID, amount_minor=amount_minor),) if asked else ()
    return wanted.Payment(id=ID, state=states.CREATED, amount_minor=AMOUNT, steps=steps, is_expired=is_expired)


def test_what_is_over_leads_nowhere_and_everything_else_to_an_end() -> None:
    for state in states.STATES:
        assert not states.leads_to(state, state)
        assert (state in states.OVER) == (not states.TRANSITIONS[state])
        assert state in states.OVER or any(states.leads_to(state, over) for over in states.OVER)


@settings(max_examples=50)
@given(ASKED, st.booleans(), st.lists(SEEN, max_size=5))
def test_whatever_is_heard_in_whichever_order_a_payment_keeps_its_bounds_and_tells_each_thing_once(
    asked: str | None, is_expired: bool, heard: list[Seen]
) -> None:
    now, told = payment(asked, is_expired=is_expired), []
    for seen in heard:
        settled = settling.settle(now, seen, {})
        after = settled.payment
        assert after.state == now.state or states.leads_to(now.state, after.state)
        assert 0 <= after.refunded_minor <= after.refund_asked_minor <= after.captured_minor
        assert after.captured_minor <= after.authorised_minor <= AMOUNT
        assert (after.state == states.CAPTURED) == (after.captured_minor > 0)
        assert (after.state == states.FAILED) == (after.reason is not None)
        told += [each.what for each in settled.happened]
        assert settling.settle(after, seen, {}).happened == ()  # the same heard again
        now = after
    assert len(told) == len(set(told))
    assert len(set(told) & states.OVER) <= 1


class Bank:
    """The smallest provider: it does what it is called for."""

    def __init__(self, answer: Seen) -> None:
        self.answer, self.calls = answer, 0

    def call(self, seen: Seen, call: wanted.Call) -> Seen:
        """Return what is so after the call."""
        self.calls += 1
        if call.kind == wanted.AUTHORISE:
            return self.answer
        if call.kind == wanted.CAPTURE:
            return replace(seen, state=states.CAPTURED, captured_minor=call.amount_minor)
        if call.kind == wanted.VOID:
            failed = seen.state == states.FAILED
            return replace(seen, may_revive=False) if failed else Seen(state=states.VOIDED)
        refunded_minor = seen.refunded_minor + call.amount_minor
        return replace(seen, refunds={**seen.refunds, call.key: "done"}, refunded_minor=refunded_minor)


@settings(max_examples=50)
@given(ASKED, st.booleans(), SEEN, SEEN)
def test_calling_what_comes_next_ends_and_leaves_open_only_who_waits_for_somebody(
    asked: str | None, is_expired: bool, before: Seen, answer: Seen
) -> None:
    bank, seen, now = Bank(answer if answer.state != OPENED else before), before, payment(asked, is_expired=is_expired)
    if bank.answer.state == OPENED:
        bank.answer = Seen(state=states.FAILED, reason="card_declined")
    while (call := wanted.next_call(now, seen, {})) is not None:
        seen = bank.call(seen, call)
        assert bank.calls <= 3
    after = settling.settle(now, seen, {}).payment
    if asked == wanted.VOID:
        assert after.captured_minor == after.refunded_minor  # nothing is kept
        assert not after.is_open
    elif after.is_open:
        assert (seen.state, is_expired) == (states.REQUIRES_ACTION, False)


def with_check(digits: str) -> str:
    """Return the digits with the one that makes them pass."""
    return next(digits + str(last) for last in range(10) if looks_like_card_number(digits + str(last)))


@settings(max_examples=50)
@given(st.text("0123456789", min_size=11, max_size=18), st.sampled_from(["", " ", "-", "."]), st.integers(1, 5))
def test_every_number_with_its_check_is_found_and_one_digit_off_is_not(digits: str, gap: str, every: int) -> None:
    number = with_check(digits)
    grouped = gap.join(number[index : index + every] for index in range(0, len(number), every))

    assert looks_like_card_number(f"pay {grouped} now")
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert not looks_like_card_number(wrong)


@pytest.mark.parametrize("text", ["4242 4242 4242 4242 12/30 123", "12/30 4242424242424242", "1. 4242-4242-4242-4242"])
def test_a_card_number_is_found_beside_its_expiry_and_whatever_else_is_typed_with_it(text: str) -> None:
    assert looks_like_card_number(text)


def test_an_id_is_no_card_number_whatever_its_digits_add_up_to() -> None:
    digits = with_check("12347123845")
    assert not looks_like_card_number(f"0190ab3c-{digits[:4]}-{digits[4:8]}-{digits[8:]}-a5b6c7d8e9f0")
    assert looks_like_card_number(f"{digits[:4]}-{digits[4:8]}-{digits[8:]}-a5b6c7d8e9f0")


@pytest.mark.parametrize("text", ["pm_1MqLiJLkdIwHu7ixUEgbFdYF", "sandbox_visa", "", "12345", True, None, 1.5, 10**400])
def test_a_token_is_no_card_number(text: object) -> None:
    assert not looks_like_card_number(text)
