"""Two who say something of the same version: one is heard, the other told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from .voice import Voice

THREADS = 8


def at_once(voice: Voice, version: int) -> list[Any]:
    """Say as many different names from one version, each on a connection of its own."""
    start = Barrier(THREADS)

    def one(number: int) -> Any:
        mine = Voice(voice.shop, voice.headers)
        start.wait()
        return mine.say("call_name", version=version, name=f"Name {number}")

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


@pytest.mark.parametrize("said_before", [0, 1])
def test_of_those_who_speak_from_one_version_one_is_heard(voice: Voice, said_before: int) -> None:
    for _ in range(said_before):
        voice.say("call_name", name="Before")

    answers = at_once(voice, said_before)

    assert sorted(answer.status_code for answer in answers) == [200, *[412] * (THREADS - 1)]
    (heard,) = (answer for answer in answers if answer.status_code == 200)
    assert voice.read("call_name").json == heard.json
    assert [each["version"] for each in voice.versions("call_name").json["data"]] == list(range(said_before + 1, 0, -1))
