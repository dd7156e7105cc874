"""Products: what a popup sells."""
