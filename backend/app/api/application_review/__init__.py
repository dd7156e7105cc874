"""The reviewers' votes on applications."""
