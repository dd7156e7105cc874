"""Accounts at payment providers: through whom an organisation is paid."""
