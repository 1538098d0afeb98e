"""The benchmark: the production server on a durable PostgreSQL, beside the floor of its own SQL statements."""
