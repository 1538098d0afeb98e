"""Orders: quotes, the promise and its capacity, the order's life from placing to pickup, money owed and given back;
standing orders."""
