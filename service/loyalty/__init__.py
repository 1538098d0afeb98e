"""Loyalty: the programme as published, its members, and the ledger of their stars. A lot keeps the terms that it was
earned under."""
