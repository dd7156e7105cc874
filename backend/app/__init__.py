"""The event backend."""
