"""What people send in to come to a popup, and what becomes of it."""
