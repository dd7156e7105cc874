"""Groups: people who apply together, with a leader, seats and a discount."""
