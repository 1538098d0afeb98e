"""Driving payments: the provider is called here, between transactions and never inside one.

A payment is taken on in one transaction and settled in another. Whoever dies in between leaves a lease that ends, and
whoever drives it next looks up at the provider what became of it before anything is called again.
"""

from .agreeing import Disagreement, provider_agrees
from .driver import Payments

__all__ = ["Disagreement", "Payments", "provider_agrees"]
