"""PUT and DELETE /v1/me/preferences/{kind}: saying something, and taking it back."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
import pytest

from tests.orders.shop import Shop

from .voice import OAT, Voice


def test_what_was_said_is_read_back_with_its_version(voice: Voice) -> None:
    said = voice.say("call_name", name="Maya", pronunciation="MY-ah")

    assert said.status_code == 200
    assert said.json["value"] == {"name": "Maya", "pronunciation": "MY-ah"}
    assert (said.json["version"], said.headers["ETag"]) == (1, '"1"')
    assert voice.read("call_name").json == said.json


def test_of_what_was_never_said_there_is_version_0_and_no_value(voice: Voice) -> None:
    assert voice.read("remedy").json == {"kind": "remedy", "id": None, "version": 0, "value": None, "said_at": None}
    assert voice.read("remedy").headers["ETag"] == '"0"'


def test_the_list_holds_what_is_said_now(voice: Voice) -> None:
    voice.say("remedy", kind="none")
    voice.say("call_name", name="Maya")
    voice.withdraw("remedy")

    listed = voice.client.get("/v1/me/preferences", headers=voice.headers).json["data"]

    assert [each["kind"] for each in listed] == ["call_name"]


def test_each_customer_speaks_for_themselves(voice: Voice, shop: Shop) -> None:
    voice.say("call_name", name="Maya")

    assert Voice(shop, shop.other).read("call_name").json["value"] is None


def test_a_change_from_an_older_version_is_refused_and_changes_nothing(voice: Voice) -> None:
    voice.say("call_name", name="Maya")

    stale = voice.say("call_name", version=0, name="Ada")

    assert (stale.status_code, stale.headers["ETag"]) == (412, '"1"')
    assert voice.read("call_name").json["value"]["name"] == "Maya"


def test_a_change_must_name_its_version(voice: Voice) -> None:
    answer = voice.client.put("/v1/me/preferences/call_name", json={"value": {"name": "Maya"}}, headers=voice.headers)

    assert answer.status_code == 428


def test_what_is_no_kind_is_not_found(voice: Voice) -> None:
    for answer in (voice.read("horoscope"), voice.versions("horoscope"), voice.say("horoscope", version=0, sign="Leo")):
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("kind", "value", "field"),
    [
        ("call_name", {}, "value.name"),
        ("call_name", {"name": "x" * 21}, "value.name"),
        ("call_name", {"name": "\u202eMaya"}, "value.name"),
        ("call_name", {"name": "Maya", "age": 7}, "value.age"),
        ("remedy", {"kind": "a pony"}, "value.kind"),
        ("order_rules", {"rules": []}, "value.rules"),
        ("order_rules", {"rules": [{"set": {}}]}, "value.rules.0.set"),
        ("order_rules", {"rules": [{"set": {"size": "large", "note": "hot"}}]}, "value.rules.0.set"),
        ("order_rules", {"rules": [{"when": {"item_id": str(uuid4())}, "set": OAT}]}, "value.rules.0.when.item_id"),
        ("order_rules", {"rules": [{"when": {"store_id": str(uuid4())}, "set": OAT}]}, "value.rules.0.when.store_id"),
        ("order_rules", {"rules": [{"when": {"daypart": "soonish"}, "set": OAT}]}, "value.rules.0.when.daypart"),
        (
            "order_rules",
            {"rules": [{"set": {"options": [{"group": "milk", "option": "unicorn"}]}}]},
            "value.rules.0.set.options.0",
        ),
        (
            "order_rules",
            {"rules": [{"set": {"options": [*OAT["options"], *OAT["options"]]}}]},
            "value.rules.0.set.options",
        ),
        (
            "order_rules",
            {"rules": [{"set": {"options": [*OAT["options"], {"group": "syrup", "option": "vanilla"}]}}]},
            "value.rules.0.set.options",
        ),
    ],
)
def test_a_value_that_can_not_be_used_is_named_by_its_path(
    voice: Voice, kind: str, value: dict[str, Any], field: str
) -> None:
    answer = _put(voice, kind, value)

    assert answer.status_code == 422, answer.text
    assert list(answer.json["errors"]) == [field]
    assert voice.version(kind) == 0


def _put(voice: Voice, kind: str, value: Any) -> Any:
    return voice.client.put(
        f"/v1/me/preferences/{kind}", json={"value": value}, headers=voice.headers | {"If-Match": '"0"'}
    )


def test_nothing_can_be_withdrawn_that_is_not_said(voice: Voice) -> None:
    assert voice.withdraw("remedy").status_code == 404


def test_a_rule_that_says_the_same_stays_as_old_as_it_is(voice: Voice) -> None:
    (first,) = voice.rules({"set": {"size": "large"}})

    kept, added = voice.rules(first, {"set": OAT})
    changed, _ = voice.rules({**kept, "set": {"size": "small"}}, added)

    assert kept == first
    assert (added["version"], changed["version"]) == (2, 3)
    assert changed["id"] == kept["id"]
    assert changed["said_at"] > kept["said_at"]


def test_the_catalogue_says_in_words_and_schema_what_can_be_said(voice: Voice) -> None:
    answer = voice.client.get("/v1/preference-kinds")
    kinds = {each["kind"]: each for each in orjson.loads(answer.data)["data"]}

    assert {"order_rules", "call_name", "pickup_method", "no_show", "remedy"} <= set(kinds)
    assert kinds["remedy"]["schema"]["properties"]["kind"]["enum"] == ["apology", "none", "stars", "money"]
    assert all(kind["label"] and kind["explanation"] and kind["changes"] for kind in kinds.values())
