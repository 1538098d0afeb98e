"""/v1/me/passport: taking along what one says, and taking over from it what one accepts."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from service import clock
from service.accounts.seals import Seal
from service.http.edge import Edge
from service.preferences.rules.passport import LIFETIME, TYPE
from tests.factories import make_guest, sign_in_as
from tests.orders.shop import Shop

from .voice import OAT, Voice

LARGE = {"size": "large"}


@pytest.fixture
def newcomer(shop: Shop) -> Voice:
    """Another account, which never said anything."""
    return Voice(shop, shop.other)


def passport_of(voice: Voice) -> str:
    """Return the customer's passport."""
    answer = voice.client.get("/v1/me/passport", headers=voice.headers)
    assert answer.status_code == 200, answer.text
    text: str = answer.json["passport"]
    return text


def preview(voice: Voice, passport: str) -> Any:
    """Ask what a passport would change."""
    return voice.client.post("/v1/me/passport/preview", json={"passport": passport}, headers=voice.headers)


def changes(voice: Voice, passport: str) -> dict[str, str]:
    """Return what each line of a passport would do."""
    answer = preview(voice, passport)
    assert answer.status_code == 200, answer.text
    return {line["line"]: line["change"] for line in answer.json["data"]}


def accept(voice: Voice, passport: str, *lines: str, version: str | None = None) -> Any:
    """Accept lines of a passport, after a preview unless told otherwise."""
    etag = version or preview(voice, passport).headers["ETag"]
    body = {"passport": passport, "lines": list(lines)}
    return voice.client.post("/v1/me/passport/accept", json=body, headers=voice.headers | {"If-Match": etag})


def content(app: Edge, **changed: Any) -> dict[str, Any]:
    """Return what a passport of this service says, with members replaced."""
    issuer = app.extensions["sayso.settings"].public_url
    return {"iss": issuer, "iat": 0, "exp": 4_000_000_000, "preferences": [], **changed}


def sealed(app: Edge, kind: str = TYPE, **changed: Any) -> str:
    """Return a passport as this service would sign it."""
    seal: Seal = app.extensions["sayso.seal"]
    return seal.sealed(content(app, **changed), kind=kind)


def test_a_passport_says_what_its_customer_says_and_nothing_of_who_they_are(voice: Voice) -> None:
    voice.say("call_name", name="Maya")
    voice.rules({"set": OAT})

    said = jwt.decode(passport_of(voice), options={"verify_signature": False})

    assert [each["kind"] for each in said["preferences"]] == ["order_rules", "call_name"]
    assert said["preferences"][1]["value"] == {"name": "Maya", "pronunciation": None}
    assert set(said) == {"iss", "iat", "exp", "preferences"}


def test_anyone_can_check_it_with_the_published_key(voice: Voice) -> None:
    passport = passport_of(voice)
    header = jwt.get_unverified_header(passport)

    (published,) = (
        key for key in voice.client.get("/.well-known/jwks.json").json["keys"] if key["kid"] == header["kid"]
    )

    assert "d" not in published
    assert jwt.decode(passport, jwt.PyJWK(published).key, algorithms=["ES256"])["preferences"] == []


def test_another_account_takes_over_what_it_accepts_and_nothing_else(voice: Voice, newcomer: Voice) -> None:
    voice.say("call_name", name="Maya")
    voice.say("no_show", do="cancel")
    oat, large = voice.rules({"set": OAT}, {"set": LARGE})
    passport = passport_of(voice)
    assert set(changes(newcomer, passport).values()) == {"added"}

    answer = accept(newcomer, passport, "call_name", f"order_rules/{large['id']}")

    assert answer.status_code == 200
    assert [each["kind"] for each in answer.json["data"]] == ["order_rules", "call_name"]
    assert [each["set"] for each in newcomer.read("order_rules").json["value"]["rules"]] == [LARGE]
    assert newcomer.read("no_show").json["version"] == 0
    assert changes(newcomer, passport) == {
        "call_name": "same",
        "no_show": "added",
        f"order_rules/{oat['id']}": "added",
        f"order_rules/{large['id']}": "same",
    }


def test_a_changed_rule_keeps_its_place_and_a_new_one_comes_last(voice: Voice) -> None:
    first, second = voice.rules({"set": OAT}, {"set": LARGE})
    passport = passport_of(voice)
    voice.rules({**first, "set": {"note": "hot"}}, {"set": {"quantity": 2}})
    lines = {f"order_rules/{first['id']}": "changed", f"order_rules/{second['id']}": "added"}
    assert changes(voice, passport) == lines

    assert accept(voice, passport, *lines).status_code == 200

    kept = voice.read("order_rules").json["value"]["rules"]
    assert [each["set"] for each in kept] == [first["set"], {"quantity": 2}, LARGE]
    assert [each["version"] for each in kept] == [3, 2, 3]


def test_what_is_accepted_is_a_new_version_and_can_be_undone(voice: Voice, newcomer: Voice) -> None:
    voice.say("call_name", name="Maya")
    newcomer.say("call_name", name="Ada")

    accept(newcomer, passport_of(voice), "call_name")

    assert newcomer.read("call_name").json["version"] == 2
    assert newcomer.undo("call_name").json["value"]["name"] == "Ada"


def test_accepting_what_is_said_already_changes_nothing(voice: Voice) -> None:
    voice.say("call_name", name="Maya")

    assert accept(voice, passport_of(voice), "call_name").status_code == 200
    assert voice.version("call_name") == 1


def test_a_preview_changes_nothing(voice: Voice, newcomer: Voice) -> None:
    voice.say("call_name", name="Maya")
    preview(newcomer, passport_of(voice))

    assert newcomer.version("call_name") == 0


def test_what_was_said_since_the_preview_is_not_lost(voice: Voice, newcomer: Voice) -> None:
    voice.say("call_name", name="Maya")
    passport = passport_of(voice)
    seen = preview(newcomer, passport).headers["ETag"]
    newcomer.say("call_name", name="Ada")

    answer = accept(newcomer, passport, "call_name", version=seen)

    assert (answer.status_code, answer.headers["ETag"]) == (412, '"1"')
    assert newcomer.read("call_name").json["value"]["name"] == "Ada"


def test_accepting_names_the_preview(voice: Voice) -> None:
    body = {"passport": passport_of(voice), "lines": ["call_name"]}

    answer = voice.client.post("/v1/me/passport/accept", json=body, headers=voice.headers)

    assert answer.status_code == 428


def test_what_is_unknown_here_is_listed_and_never_applied(app: Edge, voice: Voice) -> None:
    elsewhere = {"id": str(uuid4()), "when": {"item_id": str(uuid4())}, "set": OAT}
    here = {"id": str(uuid4()), "when": {}, "set": OAT}
    passport = sealed(
        app,
        preferences=[
            {"kind": "horoscope", "form": 1, "value": {"sign": "leo"}},
            {"kind": "remedy", "form": 9, "value": {"kind": "a pony"}},
            {"kind": "order_rules", "form": 1, "value": {"rules": [elsewhere, here]}},
            {"kind": "call_name", "form": 1, "value": {"name": "Maya"}},
        ],
    )
    lines = preview(voice, passport).json["data"]
    assert [(each["change"], each["why"]) for each in lines] == [
        ("unknown", "unknown_kind"),
        ("unknown", "unknown_form"),
        ("unknown", "unknown_here"),
        ("added", None),
        ("added", None),
    ]

    for index in range(3):
        answer = accept(voice, passport, "call_name", lines[index]["line"])
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["lines.1"])
        assert voice.version("call_name") == 0, "half of it was applied"

    assert accept(voice, passport, f"order_rules/{here['id']}").status_code == 200
    assert [each["id"] for each in voice.read("order_rules").json["value"]["rules"]] == [here["id"]]


def test_a_line_that_the_passport_does_not_have_is_refused(voice: Voice) -> None:
    answer = accept(voice, passport_of(voice), "call_name")

    assert (answer.status_code, answer.json["errors"]) == (422, {"lines.0": ["The passport has no such line."]})


def test_more_rules_than_one_can_have_are_not_taken_over(app: Edge, voice: Voice) -> None:
    voice.rules(*({"set": {"note": f"note {number}"}} for number in range(199)))
    more = [{"id": str(uuid4()), "when": {}, "set": {"note": f"more {number}"}} for number in range(2)]
    passport = sealed(app, preferences=[{"kind": "order_rules", "form": 1, "value": {"rules": more}}])

    assert accept(voice, passport, *(f"order_rules/{each['id']}" for each in more)).status_code == 422
    assert voice.version("order_rules") == 1
    assert accept(voice, passport, f"order_rules/{more[0]['id']}").status_code == 200


def _edited(passport: str) -> str:
    head, body, signature = passport.split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps(said | {"exp": said["exp"] + 1}).encode()).rstrip(b"=")
    return f"{head}.{changed.decode()}.{signature}"


def test_what_is_not_a_passport_of_ours_is_refused_with_the_reason(app: Edge, voice: Voice) -> None:
    voice.say("call_name", name="Maya")
    passport = passport_of(voice)
    head, body, signature = passport.split(".")
    unsigned = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": TYPE}).encode()).rstrip(b"=").decode()
    wrong = {
        "changed": [_edited(passport), f"{head}.{body}.{signature[:-6]}AAAAAA", f"{head}.{body}."],
        "not_ours": [
            Seal("another chain's secret, forty characters!").sealed(content(app), kind=TYPE),
            sealed(app, iss="https://elsewhere.example"),
        ],
        "expired": [sealed(app, exp=1_700_000_000)],
        "not_this": [
            "a passport",
            f"{unsigned}.{body}.",
            sealed(app, kind="at+jwt"),
            sealed(app, exp=None),
            sealed(app, preferences=None),
            voice.headers["Authorization"].removeprefix("Bearer "),
        ],
    }
    for reason, texts in wrong.items():
        for text in texts:
            for answer in (preview(voice, text), accept(voice, text, "call_name", version='"1"')):
                assert (answer.status_code, answer.json["type"]) == (422, "/problems/passport-not-valid"), text
                assert answer.json["reason"] == reason, text
    assert voice.version("call_name") == 1


def test_a_passport_is_no_login(voice: Voice) -> None:
    answer = voice.client.get("/v1/me", headers={"Authorization": f"Bearer {passport_of(voice)}"})

    assert answer.status_code == 401


def test_a_passport_holds_for_a_year(voice: Voice, time_machine: Any) -> None:
    start = clock.now()
    passport = passport_of(voice)
    for after, status in ((timedelta(0), 200), (LIFETIME + timedelta(days=3), 422)):
        time_machine.move_to(start + after)
        later = Voice(voice.shop, sign_in_as(voice.shop.app, make_guest(voice.shop.session)))
        assert preview(later, passport).status_code == status


def test_a_passport_has_a_most(voice: Voice) -> None:
    assert preview(voice, "x" * 240_001).status_code == 422


def test_a_guest_takes_a_passport_along_into_an_account(shop: Shop, newcomer: Voice) -> None:
    guest = Voice(shop, sign_in_as(shop.app, make_guest(shop.session)))
    guest.say("call_name", name="Maya")

    assert accept(newcomer, passport_of(guest), "call_name").status_code == 200
    assert newcomer.read("call_name").json["value"]["name"] == "Maya"


def test_passports_are_for_the_signed_in(voice: Voice) -> None:
    assert voice.client.get("/v1/me/passport").status_code == 401
    for step in ("preview", "accept"):
        assert voice.client.post(f"/v1/me/passport/{step}", json={}).status_code == 401
