"""Operators: who runs the platform."""
