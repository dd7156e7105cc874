"""Acts that touch more than one resource, and the world outside."""
