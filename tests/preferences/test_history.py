"""Versions, undo and forgetting."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.http.edge import Edge

from .voice import Voice


def said(voice: Voice, *names: str) -> None:
    """Say these names one after the other."""
    for name in names:
        assert voice.say("call_name", name=name).status_code == 200


def name_of(voice: Voice) -> str | None:
    """Return the name that holds now."""
    value = voice.read("call_name").json["value"]
    return value["name"] if value is not None else None


def test_every_version_stays_readable_the_newest_first(voice: Voice) -> None:
    said(voice, "Ada", "Bea")
    voice.withdraw("call_name")

    versions = voice.versions("call_name").json["data"]

    assert [(each["version"], each["how"]) for each in versions] == [(3, "withdrawn"), (2, "said"), (1, "said")]
    assert [each["value"] and each["value"]["name"] for each in versions] == [None, "Bea", "Ada"]


def test_versions_come_in_pages(voice: Voice) -> None:
    said(voice, "Ada", "Bea", "Cleo")

    first = voice.versions("call_name", "?limit=2").json
    rest = voice.versions("call_name", f"?limit=2&cursor={first['next_cursor']}").json

    assert [each["version"] for each in first["data"] + rest["data"]] == [3, 2, 1]
    assert rest["next_cursor"] is None


def test_undo_brings_the_version_before_back_as_a_new_one_and_can_be_undone(voice: Voice) -> None:
    said(voice, "Ada", "Bea")

    undone = voice.undo("call_name")
    assert (undone.json["value"]["name"], undone.json["version"]) == ("Ada", 3)

    assert voice.undo("call_name").json["value"]["name"] == "Bea"
    assert [each["restored"] for each in voice.versions("call_name").json["data"]] == [2, 1, None, None]


def test_undo_goes_back_to_any_version_and_to_nothing(voice: Voice) -> None:
    said(voice, "Ada", "Bea", "Cleo")

    assert voice.undo("call_name", to_version=1).json["value"]["name"] == "Ada"
    assert voice.undo("call_name", to_version=0).json["value"] is None


def test_what_was_withdrawn_comes_back_by_undo(voice: Voice) -> None:
    said(voice, "Ada")
    voice.withdraw("call_name")

    assert voice.undo("call_name").json["value"]["name"] == "Ada"


def test_there_is_no_undo_to_what_never_was_or_is_yet_to_come(voice: Voice) -> None:
    assert voice.undo("call_name", version=0).status_code == 404
    said(voice, "Ada")

    for target in (1, 2):
        answer = voice.undo("call_name", to_version=target)
        assert (answer.status_code, answer.json["type"]) == (409, "/problems/nothing-to-undo")


def test_forgetting_takes_what_every_version_said_and_leaves_that_there_were_some(voice: Voice) -> None:
    said(voice, "Ada", "Bea")

    assert voice.forget("call_name").status_code == 204

    versions = voice.versions("call_name").json["data"]
    assert [(each["version"], each["how"], each["value"]) for each in versions] == [
        (3, "forgotten", None),
        (2, "said", None),
        (1, "said", None),
    ]
    assert all(each["forgotten_at"] for each in versions)
    assert name_of(voice) is None


def test_what_was_forgotten_can_not_be_undone(voice: Voice) -> None:
    said(voice, "Ada")
    voice.forget("call_name")

    assert voice.undo("call_name", to_version=1).status_code == 409
    assert name_of(voice) is None


def test_what_is_said_after_forgetting_is_said_anew(voice: Voice) -> None:
    said(voice, "Ada")
    voice.forget("call_name")
    said(voice, "Bea")

    assert name_of(voice) == "Bea"
    assert voice.undo("call_name", to_version=0).json["value"] is None


def test_nothing_forgotten_is_left_anywhere_in_the_database(voice: Voice, session: Session) -> None:
    said(voice, "Xanthippe")
    voice.forget("call_name")

    tables = sa.inspect(session.connection()).get_table_names()
    dumps = [str(session.execute(sa.text(f'SELECT * FROM "{table}"')).all()) for table in tables]
    assert not any("Xanthippe" in dump for dump in dumps)


@pytest.mark.parametrize(
    "change",
    [
        'UPDATE preference_versions SET value = \'{"name": "Eve"}\'',
        "UPDATE preference_versions SET said_at = said_at, how = 'withdrawn'",
        "DELETE FROM preference_versions",
    ],
)
def test_the_database_refuses_to_rewrite_what_was_said(app: Edge, voice: Voice, change: str) -> None:
    said(voice, "Ada")

    with app.database.writing() as writing, pytest.raises(IntegrityError, match="stays as it was said"):
        writing.execute(sa.text(change))
    assert name_of(voice) == "Ada"
