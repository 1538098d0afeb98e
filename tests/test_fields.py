"""What JSON says is a number or a flag is one: text is read as one in query strings alone, where all is text."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import pytest
from webargs.multidictproxy import MultiDictProxy
from werkzeug.datastructures import MultiDict

from service.http import Schema, fields


class Asked(Schema):
    """A field of each type, and some within others."""

    whole = fields.Integer(-10, 10)
    part = fields.Decimal(0, 1)
    flag = fields.Flag()
    wholes = fields.List(fields.Integer(0, 9), 3)
    amount = fields.Nested("AskedAmount")


class AskedAmount(Schema):
    """A number one level down."""

    minor = fields.Integer(0, 9)


@pytest.mark.parametrize(
    "sent",
    [
        {"whole": "1"},
        {"whole": True},
        {"whole": 1.0},
        {"part": "0.5"},
        {"part": True},
        {"flag": "true"},
        {"flag": 1},
        {"wholes": ["1"]},
        {"amount": {"minor": "1"}},
    ],
)
def test_json_that_says_something_else_is_refused(sent: dict[str, Any]) -> None:
    with pytest.raises(ma.ValidationError) as refused:
        Asked().load(sent)

    assert list(refused.value.messages_dict) == list(sent)


def test_json_is_taken_as_it_says() -> None:
    sent = {"whole": -1, "part": 0.5, "flag": False, "wholes": [1, 2], "amount": {"minor": 0}}

    assert Asked().load(sent) == sent


def test_a_query_string_is_read_as_its_words_say() -> None:
    asked = Asked()

    assert asked.load(MultiDictProxy(MultiDict({"whole": "-1", "part": "0.5", "flag": "true"}), asked)) == {
        "whole": -1,
        "part": 0.5,
        "flag": True,
    }


@pytest.mark.parametrize("sent", [{"whole": "1.0"}, {"whole": "١"}, {"whole": "1_0"}, {"part": "nan"}, {"flag": "1"}])
def test_a_query_string_that_says_something_else_is_refused(sent: dict[str, str]) -> None:
    asked = Asked()

    with pytest.raises(ma.ValidationError):
        asked.load(MultiDictProxy(MultiDict(sent), asked))
