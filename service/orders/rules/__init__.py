"""Pure calculation for orders: no session, no clock, no I/O."""
