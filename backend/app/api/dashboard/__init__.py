"""The dashboard: figures for charts, counted by the database."""
