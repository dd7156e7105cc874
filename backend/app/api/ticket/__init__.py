"""Tickets and check-in."""
