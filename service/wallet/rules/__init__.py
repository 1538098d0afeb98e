"""Pure calculation of the wallet."""
