"""What customers say, and what it does."""
