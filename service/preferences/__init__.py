"""Preferences: what a customer said, in every version, and what it fills in. Nothing is here that nobody said."""
