"""The shop whose queue the tests look at, and the people behind its counter."""

from __future__ import annotations

import pytest

from tests.orders.conftest import shop
from tests.orders.shop import Shop

from .counter import Counter

__all__ = ["counter", "shop"]


@pytest.fixture
def counter(shop: Shop) -> Counter:
    """The shop's counter."""
    return Counter(shop)
