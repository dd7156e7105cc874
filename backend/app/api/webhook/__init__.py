"""Notices of payment providers, as they send them."""
