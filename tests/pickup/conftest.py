"""The shop whose queue the tests look at."""

from tests.orders.conftest import shop

__all__ = ["shop"]
