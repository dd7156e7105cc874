"""Popups: pop-up cities and events."""
