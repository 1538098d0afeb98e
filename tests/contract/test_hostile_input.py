"""What no client of ours sends: every operation answers with a problem that names what is wrong, and writes nothing."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.http.edge import Edge

from .requests import NEEDED, Sent, operations, requests
from .world import World

PROBLEM = "application/problem+json"
# Kept beside an answer so that its repetition gets the same one: no effect of the request.
TRACES = {"idempotency_keys"}


@pytest.fixture
def world(app: Edge, session: Session) -> World:
    """A store, a menu and people."""
    return World(app, session)


@pytest.fixture
def sent(app: Edge, world: World) -> dict[str, Sent]:
    """A request of every operation."""
    return requests(app, world)


def with_bodies(sent: dict[str, Sent]) -> Iterator[tuple[str, Sent]]:
    """Return the requests that have a body."""
    return ((name, request) for name, request in sent.items() if request.body is not None)


class Sender:
    """Sends hostile requests as someone who would pass, and sees that nothing was written."""

    def __init__(self, client: FlaskClient, world: World) -> None:
        self._client, self._world = client, world

    def send(self, request: Sent, **changes: Any) -> Any:
        """Send the request with changes to what the test client sends."""
        fresh = request.with_body(None)
        headers = fresh.headers | self._world.headers(request.actor) | changes.pop("headers", {})
        path = changes.pop("path", request.path)
        method = changes.pop("method", request.method)
        return self._client.open(path, method=method, headers=headers, **changes)

    def raw(self, request: Sent, body: bytes, media_type: str | None = "application/json") -> Any:
        """Send the bytes as they are."""
        return self.send(request, data=body, content_type=media_type)


@pytest.fixture
def sender(client: FlaskClient, world: World, sent: dict[str, Sent]) -> Iterator[Sender]:
    """A sender; whatever it sent must have changed no table."""
    for request in sent.values():
        world.headers(request.actor)
    before = world.rows()
    yield Sender(client, world)
    after = world.rows()
    changed = {table: (before[table], after[table]) for table in after if after[table] != before[table]}
    assert set(changed) <= TRACES


def says(answer: Any, status: int, kind: str) -> bool:
    """Tell whether the answer is this problem, in words and without our insides."""
    assert (answer.status_code, answer.mimetype) == (status, PROBLEM), (answer.request.path, answer.text[:300])
    assert answer.json["type"] == f"/problems/{kind}", answer.text
    assert answer.json["detail"]
    for inside in ("Traceback", "sqlalchemy", "SELECT", "/site-packages/", "service/"):
        assert inside not in answer.text
    return True


def test_every_operation_that_takes_a_body_is_sent_one(app: Edge, sent: dict[str, Sent]) -> None:
    for name, (_, operation) in operations(app).items():
        takes_body = any(kind.__name__ == "UnsupportedMediaType" for kind in operation.refusals)
        assert (sent[name].body is not None) == takes_body, name


# ---- bodies

NO_JSON = {
    "nothing": b"",
    "half": b'{"name": ',
    "two": b"{}{}",
    "a comment": b"{/* */}",
    "single quotes": b"{'name': 1}",
    "a trailing comma": b'{"name": 1,}',
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": Infinity}',
    "minus Infinity": b'{"name": -Infinity}',
    "an endless number": b'{"name": 1e999}',
    "4,000 digits": b'{"name": ' + b"9" * 4_000 + b"}",
    "200,000 digits": b'{"name": ' + b"9" * 200_000 + b"}",
    "more than 64 bits": b'{"name": 9223372036854775808}',
    "200,000 decimals": b'{"name": 0.' + b"1" * 200_000 + b"e9999}",
    "NUL by escape": b'{"name": "\\u0000"}',
    "NUL in a name": b'{"na\\u0000me": 1}',
    "NUL as it is": b'{"name": "\x00"}',
    "half a pair by escape": b'{"name": "\\ud800"}',
    "half a pair in bytes": b'{"name": "\xed\xa0\x80"}',
    "no UTF-8": b'{"name": "\xff"}',
    "UTF-16": '{"name": "\\u0000"}'.encode("utf-16"),
    "UTF-32": "{}".encode("utf-32"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a name twice": b'{"name": 1, "name": 2}',
    "a name twice, once by escape": b'{"name": 1, "n\\u0061me": 2}',
    "5,000 lists": b'{"name": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "5,000 objects": b'{"name":' * 5_000 + b"1" + b"}" * 5_000,
    "100,000 open lists": b"[" * 100_000,
    "14 objects": b'{"name":' * 14 + b"1" + b"}" * 14,
}


def test_what_is_no_plain_json_is_malformed(sent: dict[str, Sent], sender: Sender) -> None:
    for (name, request), (what, body) in product(with_bodies(sent), NO_JSON.items()):
        assert says(sender.raw(request, body), 400, "malformed-request"), (name, what)


def test_a_body_that_is_no_object_is_invalid(sent: dict[str, Sent], sender: Sender) -> None:
    for (name, request), body in product(with_bodies(sent), [b"null", b"true", b"7", b'"text"', b"[]", b"[{}]"]):
        assert says(sender.raw(request, body), 422, "invalid"), (name, body)


OTHER_MEDIA_TYPES = [
    None,
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "text/json",
    "application/xml",
    "application/jsonx",
    "application/merge-patch+json",
    "*/*",
    "\x7f",
]


def test_another_media_type_is_refused(sent: dict[str, Sent], sender: Sender) -> None:
    for (name, request), media_type in product(with_bodies(sent), OTHER_MEDIA_TYPES):
        body = json.dumps(request.body).encode()
        assert says(sender.raw(request, body, media_type), 415, "unsupported-media-type"), (name, media_type)


def test_more_than_256_kib_are_too_many(sent: dict[str, Sent], sender: Sender) -> None:
    body = b'{"name": "' + b"x" * 300 * 1024 + b'"}'
    for name, request in with_bodies(sent):
        assert says(sender.raw(request, body), 413, "body-too-large"), name


STRANGE_FIELDS = ["id", "version", "is_operator", "is_guest", "customer_id", "state", "totals", "now", "__class__", ""]


def test_a_field_that_no_one_asked_for_is_refused_by_name(sent: dict[str, Sent], sender: Sender) -> None:
    """Also what would be an action's own parameter, or a column: nothing is assigned by the way."""
    for (name, request), field in product(with_bodies(sent), STRANGE_FIELDS):
        answer = sender.send(request, json=request.body | {field: True})
        assert says(answer, 422, "invalid"), name
        assert field in " ".join(answer.json["errors"]), name


# What a database's own types may choke on is sent on both; what no database is asked about, on SQLite only.
FOR_A_DATABASE: list[Any] = [
    9_223_372_036_854_775_807,
    2**31,
    1e308,
    "\x01",
    "\u202e\u0000"[:1] + "\x9f",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "' OR 1=1 --",
    "💣" * 300,
]
HOSTILE_VALUES: list[Any] = [
    *FOR_A_DATABASE,
    -9_223_372_036_854_775_808,
    -1,
    1.5,
    True,
    [],
    [[]],
    {},
    {"$gt": ""},
    "",
    " ",
    "x" * 100_000,
    "\x7f",
    "٣",
    "1_0",
    "2026-02-30T00:00:00Z",
    "2026-01-01",
    "00000000-0000-0000-0000-000000000000",
    "{{7*7}}",
    "../../etc/passwd",
]


def test_a_hostile_value_in_any_field_is_refused_by_name_or_is_plain_text(
    app: Edge, client: FlaskClient, world: World, sent: dict[str, Sent]
) -> None:
    sender = Sender(client, world)
    values = FOR_A_DATABASE if app.database.is_postgresql else HOSTILE_VALUES
    for name, request in with_bodies(sent):
        for path in _paths(request.body):
            for value in values:
                answer = sender.send(request, json=_replaced(request.body, path, value))
                world.headers(request.actor, anew=answer.status_code == 401)
                assert answer.status_code < 500, (name, path, value, answer.text)
                if answer.status_code == 422 and answer.json["type"] == "/problems/invalid":
                    assert any(_names(where, path) for where in answer.json["errors"]), (name, path, value, answer.json)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in entries:
        yield (*path, key)
        yield from _paths(below, (*path, key))


def _replaced(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    if not path:
        return new
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = _replaced(value[path[0]], path[1:], new)
    return copied


def _names(where: str, path: tuple[str | int, ...]) -> bool:
    """Tell whether an error stands at the field, at something in it, or at what it stands in."""
    written = ".".join(map(str, path))
    return where.startswith(written) or written.startswith(where)


# ---- addresses


UNKNOWN_QUERIES = ["surprise=1", "surprise", "%00=1", "x%00y=1", "limit[]=1", "%F0%9F%92%A3=1"]


def test_an_unknown_name_in_a_query_is_refused(sent: dict[str, Sent], sender: Sender) -> None:
    for (name, request), query in product(sent.items(), UNKNOWN_QUERIES):
        body = {"json": request.body} if request.body is not None else {}
        assert says(sender.send(request, path=f"{request.path}?{query}", **body), 422, "invalid"), name


HOSTILE_QUERY_VALUES = [
    "",
    "%00",
    "x%00y",
    "%ED%A0%80",
    "%FF",
    "null",
    "NaN",
    "Infinity",
    "-1",
    "0",
    "101",
    "1e2",
    "1_0",
    "%D9%A3",
    "9" * 19,
    "9" * 4_000,
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00%2B23:59",
    "[]",
    "' OR 1=1 --",
    "%F0%9F%92%A3" * 50,
]


def _cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


SOME_ID = "01900000-0000-7000-8000-000000000000"
HOSTILE_CURSORS = [
    _cursor(),
    _cursor(None),
    _cursor(SOME_ID, SOME_ID, SOME_ID),
    _cursor("2026-01-01T00:00:00", SOME_ID),
    _cursor("2026-01-01", SOME_ID),
    _cursor("0001-01-01T00:00:00+23:59", SOME_ID),
    _cursor("9999-12-31T23:59:59-23:59", SOME_ID),
    _cursor("2026-01-01T00:00:00Z", 7),
    _cursor("\x00", SOME_ID),
    _cursor("x" * 300, SOME_ID),
    _cursor(1e300, SOME_ID),
    _cursor(-(2**63), SOME_ID),
    _cursor(2**62, SOME_ID),
    _cursor([[]], SOME_ID),
    _cursor({}, SOME_ID),
    _cursor(True, SOME_ID),
    _cursor(SOME_ID),
    "AAAA",
    "%2e%2e",
    "=" * 4,
]


def test_a_hostile_value_in_a_query_is_refused_by_name_or_means_something(
    app: Edge, sent: dict[str, Sent], sender: Sender
) -> None:
    document = app.test_client().get("/openapi.json").json
    for name, (rule, _) in operations(app).items():
        described = document["paths"][_documented(rule.rule)][sent[name].method.lower()]
        for parameter in described.get("parameters", ()):
            if parameter["in"] == "query":
                is_cursor = parameter["name"] in {"cursor", "since"}
                for value in HOSTILE_QUERY_VALUES + HOSTILE_CURSORS * is_cursor:
                    answer = sender.send(sent[name], path=f"{sent[name].path}?{parameter['name']}={value}")
                    assert answer.status_code in {200, 404, 409, 422}, (name, parameter["name"], value, answer.text)
                    if answer.status_code == 422:
                        assert answer.json["errors"], (name, value)


def _documented(rule: str) -> str:
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule)


def test_a_name_given_twice_in_a_query_is_refused(sent: dict[str, Sent], sender: Sender) -> None:
    answer = sender.send(sent["list_my_orders"], path="/v1/me/orders?limit=1&limit=2")

    assert says(answer, 422, "invalid")
    assert set(answer.json["errors"]) == {"limit"}


HOSTILE_SEGMENTS = [
    "%00",
    "%FF",
    "x",
    "1",
    "..",
    "..%2f..%2fetc%2fpasswd",
    "x" * 5_000,
    "%F0%9F%92%A3",
    "'%20OR%201=1--",
    SOME_ID.upper(),
    "{" + SOME_ID + "}",
    SOME_ID.replace("-", ""),
]


def test_an_address_that_names_nothing_is_not_found(app: Edge, sent: dict[str, Sent], sender: Sender) -> None:
    for (name, (rule, _)), segment in product(operations(app).items(), HOSTILE_SEGMENTS):
        body = {"json": sent[name].body} if sent[name].body is not None else {}
        places = [index for index, part in enumerate(rule.rule.split("/")) if part.startswith("<")]
        for place in places:
            parts = sent[name].path.split("/")
            if parts[place] == segment:
                continue  # the first of something does have this name
            parts[place] = segment
            answer = sender.send(sent[name], path="/".join(parts), **body)
            assert answer.status_code in {403, 404, 405, 422}, (name, answer.status_code, answer.text)
            assert answer.mimetype == PROBLEM


# ---- methods and headers


def test_a_wrong_method_is_told_which_are_right(app: Edge, sent: dict[str, Sent], sender: Sender) -> None:
    allowed: dict[str, set[str]] = {}
    for request in sent.values():
        allowed.setdefault(request.path, {"OPTIONS"}).update(
            {request.method, "HEAD"} if request.method == "GET" else {request.method}
        )
    for request in sent.values():
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
            if method not in allowed[request.path]:
                answer = sender.send(request, method=method)
                assert says(answer, 405, "method-not-allowed")
                assert set(answer.headers["Allow"].split(", ")) == allowed[request.path]


def test_options_tells_the_methods_and_runs_nothing(sent: dict[str, Sent], sender: Sender) -> None:
    for name, request in sent.items():
        answer = sender.send(request, method="OPTIONS")
        assert (answer.status_code, answer.data) == (200, b""), name
        assert request.method in answer.headers["Allow"], name


def test_head_answers_as_get_without_the_body(sent: dict[str, Sent], sender: Sender) -> None:
    for name, request in sent.items():
        if request.method == "GET" and not name.startswith("follow_"):  # what still streams keeps its caller around
            path = f"{request.path}?{urlencode(NEEDED.get(name, {}))}"
            answers = [sender.send(request, method=method, path=path) for method in ("HEAD", "GET")]
            assert [answer.status_code for answer in answers] == [200, 200], name
            assert answers[0].data == b""
            assert answers[0].headers.get("ETag") == answers[1].headers.get("ETag")


STRANGE_ACCEPTS = ["image/png", "*/*;q=0", "garbage", "application/xml;q=1.000000001", ",,,", "\x7f"]
SOME_READS = ["show_order", "show_receipt", "show_menu", "find_stores", "show_queue", "read_profile"]


def test_whatever_is_accepted_json_is_answered(sent: dict[str, Sent], sender: Sender) -> None:
    for name, accept in product(SOME_READS, STRANGE_ACCEPTS):
        answer = sender.send(sent[name], headers={"Accept": accept})
        assert (answer.status_code, answer.mimetype) == (200, "application/json"), (name, accept)


HOSTILE_KEYS = ["", '""', "   ", "x" * 129, "x" * 60_000, "ключ", "a\tb", "\x7f"]


def test_a_key_that_can_not_be_kept_is_refused_by_name(sent: dict[str, Sent], sender: Sender) -> None:
    for (name, request), key in product(sent.items(), HOSTILE_KEYS):
        if request.operation.idempotent:
            header = {"Idempotency-Key": key.encode().decode("latin-1")}
            answer = sender.send(request, json=request.body, headers=header)
            assert says(answer, 422, "invalid"), name
            assert set(answer.json["errors"]) == {"Idempotency-Key"}


HOSTILE_TAGS = ["*", 'W/"1"', '"x"', '"1", "2"', "1e1", '"' + "9" * 40 + '"', "-1", '"٣"', "\x7f"]


def test_a_version_that_can_not_be_one_is_refused_by_name(sent: dict[str, Sent], sender: Sender) -> None:
    for name, tag in product(["change_profile", "change_hours"], HOSTILE_TAGS):
        header = {"If-Match": tag.encode().decode("latin-1")}
        answer = sender.send(sent[name], json=sent[name].body, headers=header)
        assert says(answer, 422, "invalid"), name
        assert set(answer.json["errors"]) == {"If-Match"}


def test_a_version_far_ahead_is_a_mismatch(sent: dict[str, Sent], sender: Sender) -> None:
    for name in ("change_profile", "change_hours"):
        answer = sender.send(sent[name], json=sent[name].body, headers={"If-Match": '"' + "9" * 18 + '"'})
        assert says(answer, 412, "version-mismatch"), name


def test_an_event_id_that_is_not_ours_is_refused(sent: dict[str, Sent], sender: Sender) -> None:
    for event_id in ("-1", "x", "9" * 19, "9" * 5_000, "1.5", "\x7f", ""):
        answer = sender.send(sent["follow_order"], headers={"Last-Event-ID": event_id})

        assert says(answer, 422, "invalid"), event_id
        assert set(answer.json["errors"]) == {"Last-Event-ID"}


HOSTILE_HEADERS = [
    {"If-None-Match": '"' + "x" * 50_000},
    {"If-None-Match": "W/,,*,\x7f"},
    {"Accept-Encoding": "gzip;q=abc, , identity;q=0"},
    {"Accept-Encoding": "gzip;q=2, *;q=0"},
    {"Accept-Language": "x" * 20_000},
    {"X-Request-Id": "x\x7f" * 500},
    {"X-Forwarded-For": "127.0.0.1, ::::, <script>"},
    {"Range": "bytes=0-0,99999999999999999999-"},
    {"If-Modified-Since": "yesterday"},
    {"Cookie": "session=" + "x" * 4_000},
]


def test_strange_headers_change_no_answer(sent: dict[str, Sent], sender: Sender) -> None:
    for name, headers in product(SOME_READS, HOSTILE_HEADERS):
        assert sender.send(sent[name], headers=headers).status_code == 200, (name, headers)
