"""The people who come to a popup."""
