"""Pure calculation of loyalty: the programme's terms, what a basket earns, which lots pay (docs/loyalty.md)."""
