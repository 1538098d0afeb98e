"""The settings: each is in docs/settings.md, with its default."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.config import ConfigError, Settings

TABLE = (Path(__file__).parent.parent / "docs" / "settings.md").read_text()


class _Asked(dict[str, str]):
    """An environment that notes what is read from it."""

    def __init__(self, given: dict[str, str]) -> None:
        super().__init__(given)
        self.names: set[str] = set()

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        self.names.add(name)
        return super().get(name, default)


def test_every_setting_is_documented_and_nothing_else(tmp_path: Path) -> None:
    asked = _Asked({"INSTANCE_PATH": str(tmp_path)})
    Settings.from_environ(asked)

    assert set(re.findall(r"^\| `([A-Z_]+)` \|", TABLE, re.MULTILINE)) == asked.names


def test_the_documented_defaults_are_those_of_the_code(tmp_path: Path) -> None:
    documented = dict(re.findall(r"^\| `([A-Z_]+)` \| `([^`<]+)` \|", TABLE, re.MULTILINE))
    del documented["INSTANCE_PATH"]  # not written to from here

    told = Settings.from_environ({"INSTANCE_PATH": str(tmp_path)} | documented)

    assert told == Settings.from_environ({"INSTANCE_PATH": str(tmp_path)})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SESSION_DAYS", "0"),
        ("SESSION_DAYS", "1.5"),
        ("PORT", "65536"),
        ("DEMO", "yes"),
        ("SQLITE_SYNCHRONOUS", "EXTRA"),
        ("DATABASE_URL", "mysql://host/name"),
        ("SECRET_KEY", "too short"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Settings.from_environ({"INSTANCE_PATH": str(tmp_path), name: text})


def test_postgresql_needs_a_secret(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="SECRET_KEY"):
        Settings.from_environ({"INSTANCE_PATH": str(tmp_path), "DATABASE_URL": "postgresql://host/name"})


@pytest.mark.parametrize(
    ("changes", "starts"),
    [
        ({}, False),
        ({"PAYMENT_PROVIDER": "sandbox"}, False),
        ({"PAYMENT_SANDBOX_ALLOWED": "0"}, False),
        ({"PAYMENT_SANDBOX_ALLOWED": "1"}, True),
        ({"DEMO": "1"}, True),
        ({"PAYMENT_PROVIDER": "stripe", "STRIPE_API_KEY": "sk_live_1"}, True),
        ({"STRIPE_API_KEY": "sk_live_1"}, False),  # set up, and not chosen
        ({"DATABASE_URL": "sqlite:///sayso.db"}, True),
    ],
)
def test_test_cards_pay_on_postgresql_only_where_that_is_said(
    tmp_path: Path, changes: dict[str, str], starts: bool
) -> None:
    real = {"DATABASE_URL": "postgresql://host/name", "SECRET_KEY": "a" * 40, "INSTANCE_PATH": str(tmp_path)}
    if starts:
        Settings.from_environ(real | changes)
    else:
        with pytest.raises(ConfigError, match=r"PAYMENT_PROVIDER is sandbox.*PAYMENT_SANDBOX_ALLOWED=1"):
            Settings.from_environ(real | changes)
