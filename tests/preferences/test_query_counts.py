"""Rules cost no statement: a quote with them takes what one without takes, and its explanation two."""

from __future__ import annotations

from typing import Any

from tests.counting import counted

from .voice import OAT, Voice


def _sent(voice: Voice, path: str) -> list[str]:
    """Return the statements of a request with everything known that was asked before."""
    shop = voice.shop
    body = {"store_id": str(shop.store.id), "lines": [shop.line(), shop.line(shop.croissant), shop.line()]}

    def ask() -> Any:
        return voice.client.post(path, json=body, headers=voice.headers)

    ask()
    with counted(shop.app) as statements:
        answer = ask()
    assert answer.status_code in {200, 201}, answer.text
    own = [each for each in statements if "device_sessions" not in each]
    return [verb for verb in (each.split()[0] for each in own) if verb not in {"BEGIN", "COMMIT"}]


def test_a_quote_with_rules_takes_as_many_statements_as_one_without(voice: Voice) -> None:
    silent = _sent(voice, "/v1/quotes")
    voice.rules({"set": OAT}, {"set": {"size": "large"}}, {"when": {"daypart": "06:00-11:00"}, "set": {"note": "hot"}})

    assert _sent(voice, "/v1/quotes") == silent == ["SELECT", "SELECT", "INSERT"]


def test_an_explanation_takes_two_statements_however_many_rules_there_are(voice: Voice) -> None:
    """The versions of store and menu, the revision of what is said."""
    voice.rules(*({"set": {"note": f"note {number}"}} for number in range(40)))

    assert _sent(voice, "/v1/me/preferences/explain") == ["SELECT"] * 2
