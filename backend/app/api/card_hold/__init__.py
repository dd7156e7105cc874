"""Deposits held on a card while an application waits for its decision."""
