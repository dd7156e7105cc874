"""Humans: the attendee accounts of an organisation."""
