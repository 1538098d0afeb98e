"""Pickup: what the people behind the counter see. The store's queue, in the order things are to be made."""
