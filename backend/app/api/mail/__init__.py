"""The mail an organisation sends, and what became of it."""
