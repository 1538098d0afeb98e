"""/v1/gift-cards and /v1/me/gift-cards."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import codes
from service.http.limits import limiter
from service.wallet.models import GiftCard
from service.wallet.queries.gift_cards import GIFT_CARD_SYMBOLS

from .purse import Purse, faults, usd


def buy(purse: Purse, amount_minor: int = 2_500, **changes: Any) -> Any:
    """Buy a gift card."""
    return purse.post("/v1/gift-cards", {"amount": usd(amount_minor), "label": "Ana's birthday"} | changes)


def claim(purse: Purse, code: str) -> Any:
    """Claim the card with the code."""
    return purse.post("/v1/me/gift-cards", {"code": code})


def look_up(purse: Purse, code: str) -> Any:
    """Look the code up."""
    return purse.client.post("/v1/gift-cards/look-up", json={"code": code}, headers=purse.headers)


def test_a_card_is_paid_from_the_wallet_and_claimed_by_its_code_once(jane: Purse, ana: Purse) -> None:
    bought = buy(jane)
    assert bought.status_code == 201, bought.text
    code = bought.json["code"]
    assert jane.has() == 2_500
    assert look_up(ana, code).json == {"amount": usd(2_500), "is_claimed": False}

    claimed = claim(ana, code.lower().replace("-", " "))

    assert (claimed.status_code, claimed.json["amount"]) == (201, usd(2_500))
    assert ana.entries() == [("gift_card_claimed", 2_500, 2_500)]
    assert claim(ana, code).status_code == 201  # again, which changes nothing
    assert ana.has() == 2_500
    too_late = claim(jane, code)
    assert (too_late.status_code, too_late.json["type"]) == (409, "/problems/gift-card-taken")
    assert look_up(jane, code).json["is_claimed"] is True
    assert faults(jane.app) == []


def test_its_buyer_sees_whether_it_was_claimed_but_not_by_whom_and_never_the_code_again(
    jane: Purse, ana: Purse
) -> None:
    bought = buy(jane).json
    path = f"/v1/gift-cards/{bought['id']}"
    assert jane.get(path).json["claimed_at"] is None

    claim(ana, bought["code"])

    shown = jane.get(path).json
    assert shown["claimed_at"] is not None
    assert set(shown) == {"id", "amount", "label", "bought_at", "claimed_at"}
    assert jane.get("/v1/gift-cards").json["data"] == [shown]
    assert (ana.get(path).status_code, ana.get("/v1/gift-cards").json["data"]) == (404, [])


def test_only_the_hash_of_the_code_is_kept(session: Session, jane: Purse) -> None:
    code = buy(jane).json["code"].replace("-", "")

    (card,) = session.scalars(sa.select(GiftCard)).all()
    assert len(card.code_hash) == 64
    assert code not in card.code_hash


def test_a_code_that_was_mistyped_or_never_given_finds_nothing(jane: Purse) -> None:
    code = buy(jane).json["code"]
    wrong = ("1" if code[0] != "1" else "2") + code[1:]
    unknown = codes.with_check_digits("0" * GIFT_CARD_SYMBOLS)

    for ask in (look_up, claim):
        assert list(ask(jane, wrong).json["errors"]) == ["code"]
        assert (ask(jane, unknown).status_code, ask(jane, unknown).json["type"]) == (404, "/problems/not-found")


def test_a_card_of_more_than_there_is_is_not_sold(jane: Purse) -> None:
    assert buy(jane, 5_001).status_code == 402
    assert jane.get("/v1/gift-cards").json["data"] == []


def test_the_whole_wallet_can_become_a_card(jane: Purse) -> None:
    assert buy(jane, 5_000).status_code == 201
    assert jane.has() == 0


def test_guessing_codes_is_slowed_down() -> None:
    marked = {name for name in limiter.limit_manager._decorated_limits if "gift_card" in name}
    assert {name.rsplit(".", 1)[-1] for name in marked} == {"look_up_gift_card", "claim_gift_card"}


def test_cards_are_for_customers(client: FlaskClient, guest: dict[str, str], jane: Purse) -> None:
    bought = buy(jane).json
    key = {"Idempotency-Key": str(uuid4())}
    posts = {
        "/v1/gift-cards": {"amount": usd(1)},
        "/v1/me/gift-cards": {"code": bought["code"]},
        "/v1/gift-cards/look-up": {"code": bought["code"]},
    }
    for path, body in posts.items():
        assert client.post(path, json=body, headers=guest | key).status_code == 403
        assert client.post(path, json=body, headers=key).status_code == 401
