"""Logging in: e-mail codes, sessions and tokens."""
