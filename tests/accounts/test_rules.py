"""The pure rules of accounts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.accounts.rules import refresh
from service.accounts.rules.passwords import fault_of

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
sessions = st.builds(
    dict,
    session_id=st.uuids(),
    generation=st.integers(1, 2**31),
    secret=st.binary(min_size=32, max_size=32),
    service_key=st.binary(min_size=32, max_size=32),
)


@settings(max_examples=50)
@given(sessions, st.binary(min_size=32, max_size=32))
def test_a_refresh_token_says_its_session_and_is_genuine_by_both_secrets_only(session: dict, other: bytes) -> None:
    said = refresh.read(refresh.token(**session))

    assert said is not None
    assert (said.session_id, said.generation) == (session["session_id"], session["generation"])
    keys = {"secret": session["secret"], "service_key": session["service_key"]}
    assert said.is_genuine(**keys)
    assert said.is_genuine(**keys | {"secret": other}) == (other == session["secret"])
    assert said.is_genuine(**keys | {"service_key": other}) == (other == session["service_key"])


@settings(max_examples=100)
@given(st.text(max_size=200))
def test_any_text_is_read_or_is_no_token(text: str) -> None:
    said = refresh.read(text)

    assert said is None or isinstance(said.session_id, UUID)


@settings(max_examples=200)
@given(st.integers(1, 10), st.integers(1, 10), st.integers(-5, 60), st.integers(0, 30))
def test_only_the_newest_token_and_its_predecessor_in_the_grace_are_no_reuse(
    generation: int, current: int, age: int, grace: int
) -> None:
    use = refresh.use_of(
        generation, current=current, rotated_at=NOW, grace_seconds=grace, now=NOW + timedelta(seconds=age)
    )

    if use is refresh.Use.FIRST:
        assert generation == current
    elif use is refresh.Use.LOST_ANSWER:
        assert generation == current - 1
        assert age <= grace
    else:
        assert generation != current
        assert generation != current - 1 or age > grace


@pytest.mark.parametrize(
    "password",
    [
        "seven quiet herons at dawn",
        "correct horse battery staple",
        "trænger vi til mere kaffe",
        "コーヒーを飲みたい、毎朝七時に起きて",
        "kR8#x0!pQz@7mNv%",
    ],
)
def test_long_and_unusual_is_all_a_password_must_be(password: str) -> None:
    assert fault_of(password) is None


@pytest.mark.parametrize(
    "password",
    [
        "",
        "kR8#x0!pQz@7mN",
        "passwordpassword",
        "aaaaaaaaaaaaaaaaaaaaaa",
        "123456789012345678",
        "qwertyuiopasdfghjkl",
        "abcabcabcabcabcabc",
        "iloveyouiloveyou",
    ],
)
def test_short_or_easily_guessed_passwords_will_not_do(password: str) -> None:
    assert fault_of(password) is not None


def test_a_password_is_not_made_of_what_is_known_of_its_owner() -> None:
    about = ["wilhelmina.featherstone@example.com", "Wilhelmina Featherstone"]

    assert fault_of("wilhelminafeatherstone", about) is not None


@settings(max_examples=30)
@given(st.text(max_size=300), st.lists(st.none() | st.text(max_size=300), max_size=3))
def test_any_text_gets_an_answer(password: str, about: list[str | None]) -> None:
    assert fault_of(password, about) is None or len(password) >= 0
