"""What the queue works out: where lines stand, what a ticket shows, how much there is of everything."""
