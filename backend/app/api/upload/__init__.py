"""Uploads: the files that staff keep here, and how they get in and out."""
