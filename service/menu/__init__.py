"""The menu: what a store sells, at what price, how a line of it resolves, what is sold out or counted.
One chain-wide menu with prices by currency, market and store; a store's own menu is what it can sell of that."""
