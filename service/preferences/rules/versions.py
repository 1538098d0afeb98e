"""The versions of one preference: what is said, withdrawn, undone and forgotten."""

from __future__ import annotations

HOW = ("said", "withdrawn", "undone", "forgotten")
"""What makes a version: the customer says something, takes it back, goes back to an earlier version, or has all of it
forgotten."""
