"""What a popup asks of those who want to come."""
