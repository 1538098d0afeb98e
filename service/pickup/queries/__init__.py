"""Reads of pickup: what screens and boards are told."""

from .feed import board_of, check_of, tickets_of

__all__ = ["board_of", "check_of", "tickets_of"]
