"""Kinds of entries, and the states that things are in."""

from __future__ import annotations

ENTRY_KINDS = (
    "earned",
    "granted",
    "reversed",
    "redeemed",
    "returned",
    "expired",
    "given",
    "given_back",
    "received",
    "let_go",
    "merged_out",
    "merged_in",
)
"""`granted` is by staff or as a remedy; `given_back` a gift that nobody took; `returned` a redemption that wasn't
used; `merged_out` and `merged_in` are the two sides of bringing one account into another."""

REDEMPTION_STATES = ("held", "reserved", "used", "cancelled")
"""`reserved`: it stands in an order that isn't picked up yet."""

GIFT_STATES = ("offered", "accepted", "refused", "taken_back", "returned")

CLAIM_STATES = ("open", "granted", "refused")

AT_LEAVING = ("redeem", "give", "pool", "let_go")
"""What can become of the stars that are left."""
