"""Pure calculation of payments."""
