"""Tenants: the organisations that run events here."""
