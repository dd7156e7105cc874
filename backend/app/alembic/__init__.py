"""The schema's history, and the operations that write it."""
