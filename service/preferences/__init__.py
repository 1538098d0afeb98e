"""Preferences: what a customer said, in every version, what it fills in, and the usuals. Nothing is here that nobody
said."""
