"""Minor units are those of ISO 4217, which payment providers count in, whatever is paid with in the street."""

from __future__ import annotations

import pytest
from babel import Locale

from service.money import Money, minor_units, written


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("USD", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0), ("RSD", 2), ("ALL", 2), ("MGA", 2), ("LBP", 2), ("IQD", 3)],
)
def test_minor_units_are_those_of_the_standard(currency: str, decimals: int) -> None:
    assert minor_units(currency) == decimals


@pytest.mark.parametrize(
    ("amount_minor", "currency", "locale", "reads"),
    [
        (1_250, "USD", "en", "$12.50"),
        (1_250, "EUR", "de", "12,50\xa0€"),
        (480, "JPY", "ja", "￥480"),
        (1_234, "KWD", "en", "KWD1.234"),
        (35_050, "RSD", "sr-Latn", "350,50\xa0RSD"),
        (-1, "USD", "en", "-$0.01"),
    ],
)
def test_an_amount_is_written_to_its_last_unit(amount_minor: int, currency: str, locale: str, reads: str) -> None:
    assert written(Money(amount_minor, currency), Locale.parse(locale, sep="-")) == reads
