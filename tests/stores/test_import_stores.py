"""flask import-stores."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from sqlalchemy.orm import Session

from service.http.edge import Edge
from service.stores import queries
from service.stores.models import Station, Store, TaxRate

from ..factories import make_store

COLUMNS = (
    "Store Number",
    "Store Name",
    "Street Address",
    "City",
    "Country",
    "Postcode",
    "Timezone",
    "Longitude",
    "Latitude",
)
ROW = {
    "Store Number": "1-1",
    "Store Name": "Harbour",
    "Street Address": "1 Quay",
    "City": "New York",
    "Country": "US",
    "Postcode": "10001",
    "Timezone": "GMT-05:00 America/New_York",
    "Longitude": "-73.98",
    "Latitude": "40.75",
}
MEXICO, SINGAPORE, CHINA = ("19.43", "-99.13"), ("1.29", "103.85"), ("31.23", "121.47")
CANCUN = ("21.16", "-86.85")

Import = Callable[..., tuple[Result, list[dict[str, str]]]]


@pytest.fixture
def import_stores(app: Edge, tmp_path: Path) -> Import:
    """Write the rows to a file, import it, and give the command's result and the rows of its report."""

    def run(rows: list[dict[str, str]], *options: str) -> tuple[Result, list[dict[str, str]]]:
        path, report = tmp_path / "directory.csv", tmp_path / "report.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, extrasaction="raise")
            writer.writeheader()
            writer.writerows(rows)
        result = app.test_cli_runner().invoke(args=["import-stores", str(path), "--report", str(report), *options])
        return result, read(report) if report.exists() else []

    return run


def read(report: Path) -> list[dict[str, str]]:
    with report.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def at(place: tuple[str, str], **changes: str) -> dict[str, str]:
    return ROW | {"Latitude": place[0], "Longitude": place[1]} | changes


def test_a_row_becomes_a_store_with_what_the_options_supply(import_stores: Import, session: Session) -> None:
    result, report = import_stores(
        [ROW], "--hours", "Mo-Su 06:00-21:00", "--lead-minutes", "7", "--makers", "bar=3", "--tax", "standard=825"
    )

    assert result.exit_code == 0, result.output
    assert "1 rows: 1 accepted, 0 repaired, 0 refused" in result.output
    store = session.scalars(sa.select(Store)).one()
    assert (store.number, store.name, store.timezone, store.currency) == ("1-1", "Harbour", "America/New_York", "USD")
    facts = queries.store_facts(session, store.id)
    assert (facts.hours, facts.lead_minutes, facts.cutoff_minutes) == ("Mo-Su 06:00-21:00", 7, 10)
    assert (facts.stations, facts.tax_rates) == ({"bar": 3}, {"standard": 825})
    assert report[0]["line"] == "2"
    assert (report[0]["key"], report[0]["outcome"], report[0]["applied"]) == ("1-1", "created", "yes")
    assert report[0]["supplied"] == "hours lead_minutes cutoff_minutes makers tax_rates pickup_methods"


def test_without_hours_a_new_store_is_closed_and_that_is_said(import_stores: Import, session: Session) -> None:
    result, _ = import_stores([ROW])

    assert "The file has no opening hours" in result.output
    assert session.scalars(sa.select(Store)).one().hours == "off"


def test_a_second_import_changes_nothing(import_stores: Import, session: Session) -> None:
    import_stores([ROW, ROW | {"Store Number": "2"}])

    result, report = import_stores([ROW, ROW | {"Store Number": "2"}], "--hours", "24/7")

    assert result.exit_code == 0
    assert [row["outcome"] for row in report] == ["unchanged", "unchanged"]
    assert set(session.execute(sa.select(Store.version, Store.hours)).all()) == {(1, "off")}


def test_a_changed_row_changes_the_store_and_keeps_what_the_file_does_not_say(
    import_stores: Import, session: Session
) -> None:
    store = make_store(session, number="1-1", hours="08:00-18:00", stations={"bar": 5})

    _, report = import_stores([ROW | {"Store Name": "Quay"}], "--hours", "24/7")

    assert report[0]["outcome"] == "changed"
    assert report[0]["supplied"] == ""
    session.rollback()
    session.refresh(store)
    assert (store.name, store.search_name, store.hours, store.version) == ("Quay", "quay", "08:00-18:00", 2)
    assert queries.store_facts(session, store.id).stations == {"bar": 5}


@pytest.mark.parametrize(
    ("row", "zone", "rule"),
    [
        (at(CHINA, Country="CN", Timezone="GMT+08:00 Asia/Beijing"), "Asia/Shanghai", "zone-by-coordinates"),
        (
            at(("28.6", "77.2"), Country="IN", Timezone="GMT+05:30 Asia/New_Delhi"),
            "Asia/Kolkata",
            "zone-by-coordinates",
        ),
        (
            at(("-34.6", "-58.4"), Country="AR", Timezone="GMT-03:00 America/Argentina/Bu"),
            "America/Argentina/Buenos_Aires",
            "zone-completed",
        ),
        (at(SINGAPORE, Country="SG", Timezone="GMT+07:00 Asia/Jakarta"), "Asia/Singapore", "zone-of-the-country"),
        (at(MEXICO, Country="MX", Timezone="GMT+000000 America/Mexico_City"), "America/Mexico_City", ""),
        (ROW | {"Timezone": "EST"}, "America/New_York", "zone-from-abbreviation"),
        (at(("21.39", "-157.96"), Timezone="PST-2"), "Pacific/Honolulu", "zone-from-abbreviation"),
        (ROW | {"Timezone": "America/Montreal"}, "America/Montreal", ""),  # another name, the same clock
    ],
)
def test_a_zone_is_repaired_by_a_stated_rule(
    import_stores: Import, session: Session, row: dict[str, str], zone: str, rule: str
) -> None:
    result, report = import_stores([row])

    assert result.exit_code == 0, result.output
    assert session.scalars(sa.select(Store.timezone)).one() == zone
    assert report[0]["repairs"] == rule


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Store Number": ""}, "empty-number"),
        ({"Store Number": " \u00a0 "}, "empty-number"),
        ({"Store Name": ""}, "empty-name"),
        ({"Country": ""}, "empty-country"),
        ({"Country": "ZZ"}, "unknown-country"),
        ({"Country": "SUN"}, "unknown-country"),
        ({"Latitude": "91"}, "invalid-latitude"),
        ({"Latitude": "nan"}, "invalid-latitude"),
        ({"Latitude": ""}, "empty-latitude"),
        ({"Longitude": "1_0"}, "invalid-longitude"),
        ({"Longitude": "٧٣"}, "invalid-longitude"),
        ({"Timezone": ""}, "empty-timezone"),
        ({"Timezone": "Mars/Olympus"}, "unknown-zone"),
        ({"Timezone": "GMT+000000 Mars/Olympus"}, "unknown-zone"),
        ({"Timezone": "GMT+09:00 Mars/Olympus"}, "zone-contradicts-coordinates"),
        ({"Timezone": "America/Argentina"}, "unknown-zone"),  # cut from more than one
        ({"Timezone": "GMT-08:00 America/Los_Angeles"}, "zone-contradicts-coordinates"),
        ({"Timezone": "PST"}, "zone-contradicts-coordinates"),
        ({"Timezone": "GMT-05:00 Nowhere/Sea", "Latitude": "0", "Longitude": "-30"}, "unknown-zone"),
        ({"Store Name": "x" * 201}, "too-long"),
        ({"Store Name": "a\x00b"}, "unkeepable-text"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_by_name(
    import_stores: Import, session: Session, change: dict[str, str], reason: str
) -> None:
    result, report = import_stores([ROW | change, ROW | {"Store Number": "good"}])

    assert result.exit_code == 1
    assert "2 rows: 1 accepted, 0 repaired, 1 refused" in result.output
    assert f"refused as {reason}: 1" in result.output
    assert (report[0]["outcome"], report[0]["reason"]) == ("refused", reason)
    assert session.scalars(sa.select(Store.number)).all() == ["good"]


@pytest.mark.parametrize(("choice", "zone"), [("file", "America/Mexico_City"), ("coordinates", "America/Cancun")])
def test_the_importer_may_say_who_is_right_about_a_zone(
    import_stores: Import, session: Session, choice: str, zone: str
) -> None:
    row = at(CANCUN, Country="MX", Timezone="GMT-06:00 America/Mexico_City")
    assert import_stores([row])[0].exit_code == 1

    _, report = import_stores([row], "--zone-conflict", choice)

    assert session.scalars(sa.select(Store.timezone)).one() == zone
    assert report[0]["repairs"] == f"zone-by-choice-of-{choice}"


def test_other_defects_are_repaired_and_said(import_stores: Import, session: Session) -> None:
    row = ROW | {"Country": "USA", "Postcode": "2134", "Store Name": "\u00a0Quay\t 4 ", "City": ""}

    result, report = import_stores([row])

    assert "0 accepted, 1 repaired, 0 refused" in result.output
    store = session.scalars(sa.select(Store)).one()
    assert (store.country, store.postcode, store.name, store.city) == ("US", "02134", "Quay 4", None)
    assert report[0]["repairs"] == "country-code whitespace zip-leading-zeros"


def test_a_number_said_twice_is_refused_unless_both_say_the_same(import_stores: Import, session: Session) -> None:
    result, report = import_stores([ROW, ROW, ROW | {"Latitude": "40.76"}])

    assert result.exit_code == 1
    assert [(row["outcome"], row["reason"]) for row in report] == [
        ("created", ""),
        ("unchanged", ""),
        ("refused", "duplicate-key"),
    ]
    assert "line 2" in report[2]["note"]


@pytest.mark.parametrize("option", ["--dry-run", "--strict"])
def test_a_dry_run_and_a_strict_refusal_change_nothing(import_stores: Import, session: Session, option: str) -> None:
    result, report = import_stores([ROW, ROW | {"Store Number": "2", "Country": "ZZ"}], option)

    assert result.exit_code == 1
    assert "Nothing was changed" in result.output
    assert [(row["outcome"], row["applied"]) for row in report] == [("created", "no"), ("refused", "no")]
    assert session.scalar(sa.select(sa.func.count()).select_from(Store)) == 0


def test_strict_imports_a_file_without_refusals(import_stores: Import, session: Session) -> None:
    assert import_stores([ROW], "--strict")[0].exit_code == 0
    assert session.scalar(sa.select(sa.func.count()).select_from(Store)) == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--map", "colour=City"], "no field colour"),
        (["--map", "city=Town"], "no column 'Town'"),
        (["--map", "city"], "FIELD=COLUMN"),
        (["--hours", "whenever"], "OSM"),
        (["--makers", "grill=1"], "--makers"),
        (["--makers", "bar=0"], "--makers"),
        (["--makers", "bar=x"], "NAME=NUMBER"),
        (["--tax", "standard=10001"], "--tax"),
        (["--pickup-method", "drone"], "--pickup-method"),
        (["--encoding", "nonsense"], "nonsense"),
    ],
)
def test_options_that_make_no_sense_end_the_command_before_it_begins(
    import_stores: Import, session: Session, options: list[str], says: str
) -> None:
    result, _ = import_stores([ROW], *options)

    assert result.exit_code == 2
    assert says in result.output
    assert session.scalar(sa.select(sa.func.count()).select_from(Store)) == 0


@pytest.mark.campaign
def test_a_large_real_directory_is_imported_whole(
    app: Edge, session: Session, tmp_path: Path, shared_data: Callable[[str], Path]
) -> None:
    path, report = shared_data("starbucks_store_directory_2017.csv"), tmp_path / "report.csv"
    runner: Any = app.test_cli_runner()
    arguments = ["import-stores", str(path), "--hours", "Mo-Su 06:00-21:00", "--report", str(report)]

    first = runner.invoke(args=arguments)

    assert "25597 rows: " in first.output
    rows = read(report)
    assert len(rows) == 25_597
    outcomes = Counter(row["outcome"] for row in rows)
    assert outcomes["created"] + outcomes["refused"] == 25_597
    assert {row["reason"] for row in rows} == {"", "duplicate-key", "zone-contradicts-coordinates"}
    assert outcomes["refused"] < 100
    assert all(row["note"] for row in rows if row["outcome"] == "refused" or row["repairs"])
    for table, times in ((Store, 1), (Station, 3), (TaxRate, 1)):
        assert session.scalar(sa.select(sa.func.count()).select_from(table)) == outcomes["created"] * times
    session.rollback()  # SQLite: a reader's transaction would see the past

    runner.invoke(args=arguments)

    again = Counter(row["outcome"] for row in read(report))
    assert again == {"unchanged": outcomes["created"], "refused": outcomes["refused"]}


def test_another_real_directory_needs_its_columns_named(
    app: Edge, session: Session, shared_data: Callable[[str], Path]
) -> None:
    path = shared_data("dunkin_us_locations_2018.csv")
    runner: Any = app.test_cli_runner()
    named = {
        "number": "id",
        "name": "biz_name",
        "street": "e_address",
        "city": "e_city",
        "state": "e_state",
        "postcode": "e_postal",
        "country": "e_country",
        "phone": "biz_phone",
        "timezone": "loc_TZ",
        "daylight_saving": "loc_DST",
        "latitude": "loc_LAT_poly",
        "longitude": "loc_LONG_poly",
    }

    unnamed = runner.invoke(args=["import-stores", str(path)])
    mapped = [part for field, column in named.items() for part in ("--map", f"{field}={column}")]
    result = runner.invoke(args=["import-stores", str(path), "--number-prefix", "D-", *mapped])

    assert (unnamed.exit_code, "No column for" in unnamed.output) == (2, True)
    assert result.exit_code == 0, result.output
    assert "4898 rows: 0 accepted, 4898 repaired, 0 refused" in result.output
    zones = Counter(session.scalars(sa.select(Store.timezone)).all())
    assert zones["America/Phoenix"] == 44  # no daylight saving, as the file's flag says
    assert session.scalars(sa.select(Store.number).where(Store.timezone == "Pacific/Honolulu")).one() == "D-257"
