"""What payment providers told of, and what came of it."""
