"""importing: reading any CSV, and the report that accounts for every row."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.importing import Request, Row, RowRefused, SeenKeys, read

FIELDS = {"name": ("Product Name",), "price": (), "size": ("Größe",)}


def request_of(tmp_path: Path, content: str | bytes, **changes: object) -> Request:
    path = tmp_path / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    values = {"mapping": {}, "encoding": "utf-8-sig", "dry_run": False, "strict": False, "report": None} | changes
    return Request(file=path, **values)  # type: ignore[arg-type]


def test_columns_are_found_without_case_spaces_and_punctuation(tmp_path: Path) -> None:
    table = read(request_of(tmp_path, "\ufeffproduct_name, PRICE ,grösse\nTea,3,S\n"), FIELDS)

    assert table.columns == {"name": "product_name", "price": " PRICE ", "size": "grösse"}
    assert [dict(row.values) for row in table.rows] == [{"name": "Tea", "price": "3", "size": "S"}]


def test_a_named_column_wins_over_the_usual_ones(tmp_path: Path) -> None:
    request = request_of(tmp_path, "name,title\nwrong,right\n", mapping={"name": "title"})

    assert read(request, FIELDS).rows[0].values["name"] == "right"


def test_lines_are_those_of_the_file_also_after_cells_with_line_breaks(tmp_path: Path) -> None:
    table = read(request_of(tmp_path, 'name,price\n"a\nb",1\n\nc,2\n'), FIELDS)

    assert [(row.line, row.values["name"]) for row in table.rows] == [(2, "a\nb"), (5, "c")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "No column for name"),
        ("price\n1\n", "No column for name"),
        ("name,Name\na,b\n", "2 columns named"),
        (b"name\n\xff\n", "can't be read as utf-8-sig"),
        ('name\n"unclosed\n', "not CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(tmp_path: Path, content: str | bytes, says: str) -> None:
    with pytest.raises(click.ClickException, match=says):
        read(request_of(tmp_path, content), FIELDS, ["name"])


def test_a_short_row_is_marked(tmp_path: Path) -> None:
    table = read(request_of(tmp_path, "name,price\nTea\nMilk,2\n"), FIELDS)

    assert [row.is_short for row in table.rows] == [True, False]


@given(st.text(max_size=40))
def test_text_is_tidied_once_and_for_all_or_refused(text: str) -> None:
    assume("\x00" not in text)
    tidy = Row(1, {"name": text}).text("name")
    again = Row(1, {"name": tidy})
    assert again.text("name") == tidy == tidy.strip()
    assert again.repairs == []


@given(st.text(max_size=20))
def test_a_number_is_finite_and_in_range_or_refused(text: str) -> None:
    with suppress(RowRefused):
        assert 0 <= Row(1, {"price": text}).number("price", 0, 10) <= 10


def test_a_key_said_again_must_say_the_same() -> None:
    seen = SeenKeys()

    assert seen.is_repeat("a", 2, {"price": 1}) is False
    assert seen.is_repeat("a", 3, {"price": 1}) is True
    with pytest.raises(RowRefused, match="line 2"):
        seen.is_repeat("a", 4, {"price": 2})
