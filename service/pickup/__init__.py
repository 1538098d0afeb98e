"""Pickup: what the people on both sides of the counter see. The store's queue as tickets with lines at stations, what
staff did to them and who did it, the screen that shows it, and the board that tells customers what is ready."""
